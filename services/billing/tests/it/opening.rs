//! An account comes with its organization.

use entente_contracts::access::v1::Gate;
use entente_events::EventLog as _;
use entente_events::log::Record;
use sqlx::Row as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{World, fields};

const ALL: [&str; 5] = ["legal_name", "email", "address", "country_code", "payment_method"];

#[tokio::test]
async fn a_new_organization_gets_an_account_that_misses_everything() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;

    let account = world.get(&owner, &organization.to_string()).await.unwrap();

    assert_eq!(account.organization, organization.to_string());
    assert_eq!(account.missing, ALL);
    assert_eq!((account.legal_name.as_str(), account.payment_method), ("", None));
    assert!(!account.etag.is_empty() && account.create_time.is_some());
}

#[tokio::test]
async fn the_gate_of_a_new_organization_is_closed_and_says_what_is_missing() {
    let world = World::new().await;
    let (organization, _) = world.opened().await;
    let gate = world.identity.gates(organization).remove(0);
    assert_eq!(
        (gate.gate(), gate.open, gate.version),
        (Gate::BillingSetUp, false, 1)
    );
    assert_eq!(gate.missing, ALL);
}

#[tokio::test]
async fn the_opening_is_announced_as_the_services_own_doing() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;

    let opened = world.announced(organization, 1).await.remove(0);

    assert_eq!(opened.headers["ce_type"], "billing_account.opened");
    assert_eq!(opened.headers["ce_actor"], "service:billing");
    assert_eq!(opened.headers["ce_organizations"], organization.to_string());
    assert_eq!(opened.headers["ce_requestid"], "r-created");
    assert_eq!(
        opened.account,
        world.get(&owner, &organization.to_string()).await.unwrap()
    );
}

#[tokio::test]
async fn an_organization_that_comes_again_or_changes_opens_no_second_account() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    deliver_again(&world).await;
    world
        .announce(&world.event("organization.updated", organization))
        .await;
    // Creating it again, behind those two on the same key, changes nothing either.
    world
        .announce(&world.event("organization.created", organization))
        .await;
    let (other, _) = world.opened().await;
    crate::world::eventually(async || applied(&world, organization).await == 3).await;

    assert_eq!(world.announced(organization, 1).await.len(), 1);
    assert_eq!(world.announced(other, 1).await.len(), 1);
    assert_eq!(
        world.get(&owner, &organization.to_string()).await.unwrap().etag,
        "1"
    );
}

/// How far billing has heard of an organization.
async fn applied(world: &World, organization: entente_ids::OrganizationId) -> i64 {
    sqlx::query_scalar("select seq from billing.cursor where key = $1")
        .bind(organization.to_string())
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap()
}

/// What a relay does that is killed between the log and its outbox.
async fn deliver_again(world: &World) {
    let row = sqlx::query(
        "select topic, key, headers::text, payload from event_log.record
         where topic = 'entente.identity.organization.v1'",
    )
    .fetch_one(&mut world.db.admin().await.unwrap())
    .await
    .unwrap();
    let record = Record {
        topic: row.get(0),
        key: row.get(1),
        headers: serde_json::from_str(row.get(2)).unwrap(),
        payload: row.get(3),
    };
    assert!(world.log.append(&[record]).await.failure.is_none());
}

#[tokio::test]
async fn an_account_that_is_not_open_yet_is_to_be_asked_for_again() {
    let world = World::new().await;
    let organization = world.organization();
    let owner = world.owner(organization);
    let refused = world.get(&owner, &organization.to_string()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("being opened") && refused.get_details_retry_info().is_some());
}

#[tokio::test]
async fn the_account_of_another_organization_is_not_found() {
    let world = World::new().await;
    let (theirs, _) = world.opened().await;
    let stranger = world.owner(world.organization());
    let refused = world.get(&stranger, &theirs.to_string()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn an_organization_that_is_missing_or_malformed_is_named() {
    let world = World::new().await;
    let owner = world.owner(world.organization());
    for organization in ["", "org_1", "usr_1"] {
        let refused = world.get(&owner, organization).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert_eq!(fields(&refused), ["organization"]);
    }
}
