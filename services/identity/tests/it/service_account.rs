//! Service accounts and their keys.

use std::time::Duration;

use entente_contracts::identity::v1::{
    ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, CreateServiceAccountRequest,
    DeleteServiceAccountRequest, DisableServiceAccountRequest, EnableServiceAccountRequest,
    ExchangeApiKeyRequest, GetCurrentSessionRequest, GetServiceAccountRequest, ListApiKeysRequest,
    ListServiceAccountsRequest, OrganizationType, RevokeApiKeyRequest, RotateApiKeyRequest,
    RotateApiKeyResponse, ServiceAccount, ServiceAccountState, UpdateServiceAccountRequest,
};
use jiff::SignedDuration;
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::lifecycle::delete as delete_organization;
use crate::support::{Actor, World, reason};

const DAY: i64 = 24;

pub(crate) async fn create_account(
    world: &World,
    by: &Actor,
    name: &str,
    role: &str,
) -> Result<ServiceAccount, Status> {
    let request = CreateServiceAccountRequest {
        organization: by.organization.clone(),
        service_account: Some(ServiceAccount {
            display_name: name.to_owned(),
            role: role.to_owned(),
            ..ServiceAccount::default()
        }),
        request_id: String::new(),
    };
    let answer = world
        .service_accounts()
        .create_service_account(by.request(request))
        .await?;
    Ok(answer.into_inner().service_account.unwrap())
}

fn hours_from_now(world: &World, hours: i64) -> Option<prost_types::Timestamp> {
    let time = world.now() + SignedDuration::from_hours(hours);
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: 0,
    })
}

fn key_request(world: &World, by: &Actor, account: &str) -> CreateApiKeyRequest {
    CreateApiKeyRequest {
        organization: by.organization.clone(),
        service_account: account.to_owned(),
        display_name: "export".to_owned(),
        expire_time: hours_from_now(world, 30 * DAY),
        request_id: String::new(),
    }
}

pub(crate) async fn create_key(
    world: &World,
    by: &Actor,
    account: &str,
) -> Result<CreateApiKeyResponse, Status> {
    let request = by.request(key_request(world, by, account));
    Ok(world
        .service_accounts()
        .create_api_key(request)
        .await?
        .into_inner())
}

async fn list_keys(world: &World, by: &Actor, account: &str) -> Vec<ApiKey> {
    let request = ListApiKeysRequest {
        organization: by.organization.clone(),
        service_account: account.to_owned(),
        ..ListApiKeysRequest::default()
    };
    let answer = world
        .service_accounts()
        .list_api_keys(by.request(request))
        .await
        .unwrap();
    answer.into_inner().api_keys
}

pub(crate) async fn exchange(world: &World, key: &str) -> Result<(String, i32), Status> {
    let request = ExchangeApiKeyRequest { key: key.to_owned() };
    let answer = world
        .service_accounts()
        .exchange_api_key(request)
        .await?
        .into_inner();
    Ok((answer.access_token, answer.expires_in))
}

async fn rotate(
    world: &World,
    by: &Actor,
    key: &ApiKey,
    overlap: i32,
) -> Result<RotateApiKeyResponse, Status> {
    let request = RotateApiKeyRequest {
        organization: by.organization.clone(),
        service_account: key.service_account.clone(),
        api_key: key.id.clone(),
        expire_time: hours_from_now(world, 30 * DAY),
        overlap_seconds: overlap,
        request_id: String::new(),
    };
    Ok(world
        .service_accounts()
        .rotate_api_key(by.request(request))
        .await?
        .into_inner())
}

async fn revoke(world: &World, by: &Actor, key: &ApiKey) -> Result<ApiKey, Status> {
    let request = RevokeApiKeyRequest {
        organization: by.organization.clone(),
        service_account: key.service_account.clone(),
        api_key: key.id.clone(),
        request_id: String::new(),
    };
    let answer = world
        .service_accounts()
        .revoke_api_key(by.request(request))
        .await?;
    Ok(answer.into_inner().api_key.unwrap())
}

/// A service account as it calls with a key.
pub(crate) async fn robot(
    world: &World,
    by: &Actor,
    role: &str,
) -> (ServiceAccount, CreateApiKeyResponse, Actor) {
    let account = create_account(world, by, "Robot", role).await.unwrap();
    let key = create_key(world, by, &account.id).await.unwrap();
    let (token, _) = exchange(world, &key.key).await.unwrap();
    let actor = Actor {
        token,
        user: account.id.clone(),
        ..by.clone()
    };
    (account, key, actor)
}

#[tokio::test]
async fn a_service_account_does_what_its_role_holds_under_its_own_name() {
    let (world, owner) = World::new().await;
    let (account, key, robot) = robot(&world, &owner, "admin").await;
    let invited = world
        .invite(&robot, "new@operator.example", "viewer")
        .await
        .unwrap();
    assert_eq!(
        reason(world.invite(&robot, "boss@operator.example", "owner").await),
        "GRANT_EXCEEDS_OWN"
    );
    let events = world.events(&invited.id, 1).await;
    assert_eq!(events[0].header("ce_actor"), account.id);
    let listed = list_keys(&world, &owner, &account.id).await;
    assert!(key.key.starts_with(&listed[0].prefix) && listed[0].prefix.len() == 31);
    assert_eq!(listed[0].last_use_time.unwrap().seconds, world.now().as_second());
}

#[tokio::test]
async fn what_is_a_persons_alone_is_not_for_a_service_account() {
    let (world, owner) = World::new().await;
    let (_, _, robot) = robot(&world, &owner, "owner").await;
    let session = world
        .sessions()
        .get_current_session(robot.request(GetCurrentSessionRequest {}))
        .await;
    assert_eq!(session.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(session), "PEOPLE_ONLY");
}

#[tokio::test]
async fn the_keys_of_a_deleted_organization_are_dead() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let (_, key, robot) = robot(&world, &alpina, "viewer").await;
    delete_organization(&world, &operator, &alpina.organization)
        .await
        .unwrap();
    assert_eq!(reason(world.list_members(&robot).await), "NOT_FOUND");
    assert_eq!(reason(exchange(&world, &key.key).await), "API_KEY_INVALID");
}

#[tokio::test]
async fn a_revoked_key_and_its_tokens_are_dead_when_the_answer_comes() {
    let (world, owner) = World::new().await;
    let (account, key, robot) = robot(&world, &owner, "viewer").await;
    assert!(world.list_members(&robot).await.is_ok());
    let revoked = revoke(&world, &owner, key.api_key.as_ref().unwrap())
        .await
        .unwrap();
    assert!(revoked.revoke_time.is_some());
    assert_eq!(reason(world.list_members(&robot).await), "API_KEY_INVALID");
    assert_eq!(reason(exchange(&world, &key.key).await), "API_KEY_INVALID");
    let again = revoke(&world, &owner, key.api_key.as_ref().unwrap())
        .await
        .unwrap();
    assert_eq!(again, revoked);
    let events = world.events(&account.id, 3).await;
    assert_eq!(
        events.iter().map(|event| event.kind()).collect::<Vec<_>>(),
        ["service_account.created", "api_key.created", "api_key.revoked"]
    );
}

#[tokio::test]
async fn a_disabled_account_is_out_until_it_is_enabled() {
    let (world, owner) = World::new().await;
    let (account, key, robot) = robot(&world, &owner, "viewer").await;
    let request = DisableServiceAccountRequest {
        organization: owner.organization.clone(),
        service_account: account.id.clone(),
        ..DisableServiceAccountRequest::default()
    };
    let disabled = world
        .service_accounts()
        .disable_service_account(owner.request(request))
        .await
        .unwrap();
    assert_eq!(
        disabled.into_inner().service_account.unwrap().state(),
        ServiceAccountState::Disabled
    );
    assert_eq!(reason(world.list_members(&robot).await), "NOT_FOUND");
    assert_eq!(reason(exchange(&world, &key.key).await), "API_KEY_INVALID");
    assert_eq!(
        reason(create_key(&world, &owner, &account.id).await),
        "SERVICE_ACCOUNT_DISABLED"
    );

    let request = EnableServiceAccountRequest {
        organization: owner.organization.clone(),
        service_account: account.id.clone(),
        ..EnableServiceAccountRequest::default()
    };
    world
        .service_accounts()
        .enable_service_account(owner.request(request))
        .await
        .unwrap();
    assert!(world.list_members(&robot).await.is_ok());
    assert!(exchange(&world, &key.key).await.is_ok());
}

#[tokio::test]
async fn a_deleted_account_is_gone_for_good() {
    let (world, owner) = World::new().await;
    let (account, key, robot) = robot(&world, &owner, "viewer").await;
    let request = DeleteServiceAccountRequest {
        organization: owner.organization.clone(),
        service_account: account.id.clone(),
        request_id: "once".to_owned(),
        ..DeleteServiceAccountRequest::default()
    };
    let mut client = world.service_accounts();
    let first = client
        .delete_service_account(owner.request(request.clone()))
        .await
        .unwrap();
    let second = client
        .delete_service_account(owner.request(request))
        .await
        .unwrap();
    assert_eq!(first.into_inner(), second.into_inner());
    assert_eq!(reason(world.list_members(&robot).await), "API_KEY_INVALID");
    assert_eq!(reason(exchange(&world, &key.key).await), "API_KEY_INVALID");
    assert_eq!(
        reason(create_key(&world, &owner, &account.id).await),
        "SERVICE_ACCOUNT_DELETED"
    );
    // Its name is free again.
    create_account(&world, &owner, "Robot", "viewer").await.unwrap();
}

#[tokio::test]
async fn a_key_ends_at_its_time() {
    let (world, owner) = World::new().await;
    let account = create_account(&world, &owner, "Robot", "viewer").await.unwrap();
    let request = CreateApiKeyRequest {
        expire_time: hours_from_now(&world, 1),
        ..key_request(&world, &owner, &account.id)
    };
    let key = world
        .service_accounts()
        .create_api_key(owner.request(request))
        .await
        .unwrap();
    let key = key.into_inner().key;
    assert_eq!(exchange(&world, &key).await.unwrap().1, 300);
    world.advance(Duration::from_secs(3600 - 20));
    let (token, seconds) = exchange(&world, &key).await.unwrap();
    assert_eq!(seconds, 20);
    world.advance(Duration::from_secs(20));
    let robot = Actor { token, ..owner };
    assert_eq!(reason(world.list_members(&robot).await), "TOKEN_EXPIRED");
    let refused = exchange(&world, &key).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(reason(refused), "API_KEY_EXPIRED");
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap() {
    let (world, owner) = World::new().await;
    let (_, old, _) = robot(&world, &owner, "viewer").await;
    let old_key = old.api_key.unwrap();
    let new = rotate(&world, &owner, &old_key, 3600).await.unwrap();
    assert_eq!(
        new.replaced.as_ref().unwrap().successor,
        new.api_key.as_ref().unwrap().id
    );
    assert!(exchange(&world, &old.key).await.is_ok());
    assert!(exchange(&world, &new.key).await.is_ok());
    assert_eq!(
        reason(rotate(&world, &owner, &old_key, 0).await),
        "API_KEY_REPLACED"
    );
    world.advance(Duration::from_secs(3600));
    let owner = world.sign_in(&owner.email).await;
    assert_eq!(reason(exchange(&world, &old.key).await), "API_KEY_EXPIRED");
    assert!(exchange(&world, &new.key).await.is_ok());
    assert_eq!(reason(rotate(&world, &owner, &old_key, 0).await), "API_KEY_ENDED");
}

#[tokio::test]
async fn without_an_overlap_the_old_key_is_dead_at_once() {
    let (world, owner) = World::new().await;
    let (_, old, robot) = robot(&world, &owner, "viewer").await;
    let new = rotate(&world, &owner, old.api_key.as_ref().unwrap(), 0)
        .await
        .unwrap();
    assert_eq!(reason(world.list_members(&robot).await), "API_KEY_INVALID");
    assert_eq!(reason(exchange(&world, &old.key).await), "API_KEY_INVALID");
    assert!(exchange(&world, &new.key).await.is_ok());
}

#[tokio::test]
async fn a_token_from_before_a_rotation_outlives_a_short_overlap_unless_the_key_is_revoked() {
    let (world, owner) = World::new().await;
    let (_, old, before) = robot(&world, &owner, "viewer").await;
    let old_key = old.api_key.unwrap();
    rotate(&world, &owner, &old_key, 60).await.unwrap();
    let (token, seconds) = exchange(&world, &old.key).await.unwrap();
    assert_eq!(seconds, 60);
    let since = Actor {
        token,
        ..before.clone()
    };
    world.advance(Duration::from_secs(60));
    assert_eq!(reason(exchange(&world, &old.key).await), "API_KEY_EXPIRED");
    assert_eq!(reason(world.list_members(&since).await), "TOKEN_EXPIRED");
    assert!(world.list_members(&before).await.is_ok());
    revoke(&world, &owner, &old_key).await.unwrap();
    assert_eq!(reason(world.list_members(&before).await), "API_KEY_INVALID");
}

#[tokio::test]
async fn a_secret_is_shown_once_and_stands_nowhere() {
    let (world, owner) = World::new().await;
    let account = create_account(&world, &owner, "Robot", "viewer").await.unwrap();
    let request = CreateApiKeyRequest {
        request_id: "once".to_owned(),
        ..key_request(&world, &owner, &account.id)
    };
    let mut client = world.service_accounts();
    let first = client
        .create_api_key(owner.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    let second = client
        .create_api_key(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    assert!(first.key.starts_with("entk_"));
    assert_eq!((second.key.as_str(), second.api_key), ("", first.api_key));

    let secret = first.key.splitn(3, '_').last().unwrap();
    world.events(&account.id, 2).await;
    for table in [
        "identity.api_key",
        "identity.request",
        "identity.revision",
        "identity_test_log.record",
    ] {
        let statement = format!(
            "select count(*) from {table} as row
             where position($1 in row::text) > 0 or position(encode(convert_to($1, 'UTF8'), 'hex') in row::text) > 0"
        );
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .bind(secret)
            .fetch_one(&mut world.admin().await)
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_no_key_or_anothers_secret_is_refused_alike() {
    let (world, owner) = World::new().await;
    let (account, key, _) = robot(&world, &owner, "viewer").await;
    let other = create_key(&world, &owner, &account.id).await.unwrap();
    let (_, secret) = other.key.rsplit_once("entk_").unwrap();
    let mixed = format!(
        "{}_{}",
        key.api_key.unwrap().prefix,
        secret.split_once('_').unwrap().1
    );
    for wrong in [
        "entk_",
        "x",
        "entk_01h455vb4pex5vsknk084sn02q_AAAA",
        mixed.as_str(),
    ] {
        let refused = exchange(&world, wrong).await;
        assert_eq!(
            refused.as_ref().unwrap_err().code(),
            Code::Unauthenticated,
            "{wrong}"
        );
        assert_eq!(reason(refused), "API_KEY_INVALID");
    }
}

#[tokio::test]
async fn nobody_gets_more_by_a_service_account_than_they_hold() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    assert_eq!(
        reason(create_account(&world, &admin, "Boss", "owner").await),
        "GRANT_EXCEEDS_OWN"
    );
    let boss = create_account(&world, &owner, "Boss", "owner").await.unwrap();
    assert_eq!(
        reason(create_key(&world, &admin, &boss.id).await),
        "GRANT_EXCEEDS_OWN"
    );
    let request = UpdateServiceAccountRequest {
        organization: admin.organization.clone(),
        service_account: Some(ServiceAccount {
            id: boss.id.clone(),
            role: "viewer".to_owned(),
            ..ServiceAccount::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["role".to_owned()],
        }),
        request_id: String::new(),
    };
    let mut client = world.service_accounts();
    let refused = client
        .update_service_account(admin.request(request.clone()))
        .await;
    assert_eq!(reason(refused), "GRANT_EXCEEDS_OWN");
    let updated = client
        .update_service_account(owner.request(request))
        .await
        .unwrap();
    assert_eq!(updated.into_inner().service_account.unwrap().role, "viewer");
}

#[tokio::test]
async fn anothers_service_account_and_one_that_isnt_there_look_the_same() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    let belvedere = world.found(&operator, kind, "Belvedere").await;
    let (theirs, key, _) = robot(&world, &belvedere, "viewer").await;
    let key = key.api_key.unwrap();
    let unknown = entente_ids::ServiceAccountId::new(world.now(), [7; 10]).to_string();
    for id in [theirs.id, unknown] {
        let request = GetServiceAccountRequest {
            organization: alpina.organization.clone(),
            service_account: id.clone(),
        };
        let got = world
            .service_accounts()
            .get_service_account(alpina.request(request))
            .await;
        assert_eq!(reason(got), "NOT_FOUND");
        assert_eq!(reason(create_key(&world, &alpina, &id).await), "NOT_FOUND");
        let key = ApiKey {
            service_account: id,
            ..key.clone()
        };
        assert_eq!(reason(rotate(&world, &alpina, &key, 0).await), "NOT_FOUND");
        assert_eq!(reason(revoke(&world, &alpina, &key).await), "NOT_FOUND");
    }
    let request = ListServiceAccountsRequest {
        organization: alpina.organization.clone(),
        ..ListServiceAccountsRequest::default()
    };
    let listed = world
        .service_accounts()
        .list_service_accounts(alpina.request(request))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().service_accounts, []);
}

#[tokio::test]
async fn the_end_of_a_key_lies_within_a_year() {
    let (world, owner) = World::new().await;
    let account = create_account(&world, &owner, "Robot", "viewer").await.unwrap();
    for expire_time in [
        None,
        hours_from_now(&world, 0),
        hours_from_now(&world, 366 * DAY + 1),
    ] {
        let request = CreateApiKeyRequest {
            expire_time,
            ..key_request(&world, &owner, &account.id)
        };
        let refused = world
            .service_accounts()
            .create_api_key(owner.request(request))
            .await
            .unwrap_err();
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            "expire_time"
        );
    }
}
