//! Encryption keys.

use std::time::Duration;

use entente_contracts::identity::v1::{
    DeleteEncryptionKeyRequest, EncryptionKey, EncryptionKeyFormat, GenerateEncryptionKeyRequest,
    GenerateEncryptionKeyResponse, GetEncryptionKeyRequest, ListEncryptionKeysRequest, OrganizationType,
    UploadEncryptionKeyRequest,
};
use entente_identity::app::warn_of_expiry::look;
use entente_identity::events::Announcer;
use jiff::SignedDuration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::lifecycle;
use crate::support::{Actor, World, reason};

const DAY: i64 = 24;
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

fn hours_from_now(world: &World, hours: i64) -> Option<prost_types::Timestamp> {
    let time = world.now() + SignedDuration::from_hours(hours);
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: 0,
    })
}

async fn upload(
    world: &World,
    by: &Actor,
    text: &str,
    expire_time: Option<prost_types::Timestamp>,
) -> Result<EncryptionKey, Status> {
    let request = UploadEncryptionKeyRequest {
        organization: by.organization.clone(),
        display_name: "Files".to_owned(),
        public_key: text.to_owned(),
        expire_time,
        request_id: String::new(),
    };
    let answer = world
        .encryption_keys()
        .upload_encryption_key(by.request(request))
        .await?;
    Ok(answer.into_inner().encryption_key.unwrap())
}

fn generation(world: &World, by: &Actor, format: EncryptionKeyFormat) -> GenerateEncryptionKeyRequest {
    GenerateEncryptionKeyRequest {
        organization: by.organization.clone(),
        display_name: "Files".to_owned(),
        format: format.into(),
        expire_time: hours_from_now(world, 365 * DAY),
        request_id: "once".to_owned(),
    }
}

async fn generate(
    world: &World,
    by: &Actor,
    format: EncryptionKeyFormat,
) -> Result<GenerateEncryptionKeyResponse, Status> {
    let request = by.request(generation(world, by, format));
    let answer = world.encryption_keys().generate_encryption_key(request).await?;
    Ok(answer.into_inner())
}

async fn get(world: &World, by: &Actor, id: &str) -> Result<EncryptionKey, Status> {
    let request = GetEncryptionKeyRequest {
        organization: by.organization.clone(),
        encryption_key: id.to_owned(),
    };
    let answer = world
        .encryption_keys()
        .get_encryption_key(by.request(request))
        .await?;
    Ok(answer.into_inner().encryption_key.unwrap())
}

async fn delete(world: &World, by: &Actor, id: &str) -> Result<(), Status> {
    let request = DeleteEncryptionKeyRequest {
        organization: by.organization.clone(),
        encryption_key: id.to_owned(),
        request_id: String::new(),
    };
    world
        .encryption_keys()
        .delete_encryption_key(by.request(request))
        .await
        .map(drop)
}

#[tokio::test]
async fn an_uploaded_key_is_known_by_its_fingerprint_until_it_is_deleted() {
    let (world, owner) = World::new().await;
    let key = upload(&world, &owner, &format!("{SSH} eva@laptop\n"), None)
        .await
        .unwrap();
    assert_eq!(
        (key.algorithm.as_str(), key.public_key.as_str(), key.generated),
        ("ed25519", SSH, false)
    );
    assert!(key.fingerprint.starts_with("SHA256:"));
    assert_eq!(get(&world, &owner, &key.id).await.unwrap(), key);
    let again = upload(&world, &owner, SSH, None).await;
    assert_eq!(again.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(again), "ENCRYPTION_KEY_KNOWN");
    delete(&world, &owner, &key.id).await.unwrap();
    assert_eq!(reason(get(&world, &owner, &key.id).await), "NOT_FOUND");
    upload(&world, &owner, SSH, None).await.unwrap();
    let events = world.events(&key.id, 2).await;
    assert_eq!(events[0].kind(), "encryption_key.created");
    assert_eq!(events[1].kind(), "encryption_key.deleted");
}

#[tokio::test]
async fn a_private_half_is_shown_once_and_stands_nowhere() {
    let (world, owner) = World::new().await;
    for (format, begins) in [
        (
            EncryptionKeyFormat::Openpgp,
            "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        ),
        (EncryptionKeyFormat::Ssh, "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ] {
        let request = GenerateEncryptionKeyRequest {
            request_id: begins.to_owned(),
            ..generation(&world, &owner, format)
        };
        let mut client = world.encryption_keys();
        let first = client
            .generate_encryption_key(owner.request(request.clone()))
            .await
            .unwrap();
        let second = client
            .generate_encryption_key(owner.request(request))
            .await
            .unwrap();
        let (first, second) = (first.into_inner(), second.into_inner());
        assert!(first.private_key.starts_with(begins));
        let key = first.encryption_key.unwrap();
        assert!(key.generated && !key.public_key.contains("PRIVATE"));
        assert_eq!(
            (second.private_key.as_str(), second.encryption_key.as_ref()),
            ("", Some(&key))
        );
        world.events(&key.id, 1).await;
        let line = first.private_key.lines().nth(3).unwrap();
        for table in [
            "identity.encryption_key",
            "identity.request",
            "identity_test_log.record",
        ] {
            let statement =
                format!("select count(*) from {table} as row where position($1 in row::text) > 0");
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
                .bind(line)
                .fetch_one(&mut world.admin().await)
                .await
                .unwrap();
            assert_eq!(count, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn what_is_no_fit_public_key_is_refused_without_a_word_of_it() {
    let (world, owner) = World::new().await;
    let private = generate(&world, &owner, EncryptionKeyFormat::Openpgp)
        .await
        .unwrap()
        .private_key;
    let long = "x".repeat(10_000_000);
    for text in ["s3cret", private.as_str(), "ssh-ed25519 s3cret", long.as_str()] {
        let refused = upload(&world, &owner, text, None).await.unwrap_err();
        assert!(!refused.message().contains("s3cret") && refused.message().len() < 500);
        assert!(matches!(
            refused.code(),
            Code::InvalidArgument | Code::OutOfRange | Code::ResourceExhausted
        ));
    }
    let refused = upload(&world, &owner, &private, None).await.unwrap_err();
    assert!(refused.message().contains("is a private key"));
    let request = ListEncryptionKeysRequest {
        organization: owner.organization.clone(),
        ..ListEncryptionKeysRequest::default()
    };
    let listed = world
        .encryption_keys()
        .list_encryption_keys(owner.request(request))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().encryption_keys.len(), 1);
}

#[tokio::test]
async fn an_end_lies_in_the_future() {
    let (world, owner) = World::new().await;
    let past = upload(&world, &owner, SSH, hours_from_now(&world, 0))
        .await
        .unwrap_err();
    let far = GenerateEncryptionKeyRequest {
        expire_time: hours_from_now(&world, 732 * DAY),
        ..generation(&world, &owner, EncryptionKeyFormat::Ssh)
    };
    let far = world
        .encryption_keys()
        .generate_encryption_key(owner.request(far))
        .await
        .unwrap_err();
    for refused in [past, far] {
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            "expire_time"
        );
    }
}

#[tokio::test]
async fn anothers_encryption_key_and_one_that_isnt_there_look_the_same() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    let belvedere = world.found(&operator, kind, "Belvedere").await;
    let theirs = upload(&world, &belvedere, SSH, None).await.unwrap().id;
    let unknown = entente_ids::EncryptionKeyId::new(world.now(), [7; 10]).to_string();
    for id in [theirs, unknown] {
        assert_eq!(reason(get(&world, &alpina, &id).await), "NOT_FOUND");
        assert_eq!(reason(delete(&world, &alpina, &id).await), "NOT_FOUND");
    }
    upload(&world, &alpina, SSH, None).await.unwrap();
}

#[tokio::test]
async fn of_two_who_delete_a_key_at_once_one_does() {
    let (world, owner) = World::new().await;
    let key = upload(&world, &owner, SSH, None).await.unwrap();
    let (one, other) = tokio::join!(delete(&world, &owner, &key.id), delete(&world, &owner, &key.id));
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(reason(lost), "NOT_FOUND");
    let events = world.events(&key.id, 2).await;
    assert_eq!((events.len(), events[1].kind()), (2, "encryption_key.deleted"));
}

#[tokio::test]
async fn nobody_is_warned_of_the_keys_of_a_deleted_organization() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let announcer = Announcer::new(world.context.clone()).unwrap();
    upload(&world, &alpina, SSH, hours_from_now(&world, 3 * DAY))
        .await
        .unwrap();
    lifecycle::delete(&world, &operator, &alpina.organization)
        .await
        .unwrap();
    assert_eq!(look(&world.context, &announcer).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_is_warned_of_once_for_each_of_thirty_seven_and_one_days() {
    let (world, owner) = World::new().await;
    let announcer = Announcer::new(world.context.clone()).unwrap();
    let key = upload(&world, &owner, SSH, hours_from_now(&world, 31 * DAY))
        .await
        .unwrap();
    let mut warned = Vec::new();
    for _ in 0..32 {
        warned.push(look(&world.context, &announcer).await.unwrap());
        world.advance(Duration::from_secs(24 * 3600));
    }
    let days: Vec<_> = (0..32)
        .filter(|day| warned[*day] > 0)
        .map(|day| 31 - day)
        .collect();
    assert_eq!(days, [30, 7, 1]);
    let events = world.events(&key.id, 4).await;
    assert_eq!(events.len(), 4);
    assert_eq!(events[3].kind(), "encryption_key.expiring");
    assert_eq!(events[3].header("ce_actor"), "service:identity");
}
