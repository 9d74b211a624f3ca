//! `GetAuditEvent`.

use entente_access::Person;
use entente_contracts::audit::v1::{AuditEvent, GetAuditEventRequest};
use entente_runtime::status::reason;
use tonic::{Code, Status};

use crate::world::{World, fields};

async fn get(world: &World, reader: &Person, organization: &str, event: &str) -> Result<AuditEvent, Status> {
    let request = GetAuditEventRequest {
        organization: organization.to_owned(),
        event: event.to_owned(),
    };
    Ok(world
        .client()
        .get_audit_event(world.by(reader, request))
        .await?
        .into_inner()
        .event
        .unwrap())
}

#[tokio::test]
async fn an_event_is_read_by_its_id() {
    let world = World::new().await;
    let organization = world.organization();
    let reader = world.reader(organization);
    world.announce(&world.event(&[organization])).await;
    let listed = world.trail(&reader, 1).await.remove(0);

    let found = get(&world, &reader, &organization.to_string(), &listed.id)
        .await
        .unwrap();

    assert_eq!(found, listed);
}

#[tokio::test]
async fn an_event_that_does_not_exist_is_not_found() {
    let world = World::new().await;
    let organization = world.organization();
    let unknown = world.event(&[]).id;
    let refused = get(
        &world,
        &world.reader(organization),
        &organization.to_string(),
        &unknown,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_deref()),
        (Code::NotFound, Some("NOT_FOUND"))
    );
}

#[tokio::test]
async fn an_event_that_concerns_others_is_not_found() {
    let world = World::new().await;
    let (theirs, ours) = (world.organization(), world.organization());
    let event = world.event(&[theirs]);
    world.announce(&event).await;
    world.trail(&world.reader(theirs), 1).await;
    let reader = world.reader(ours);

    for organization in [theirs, ours] {
        let refused = get(&world, &reader, &organization.to_string(), &event.id)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
}

#[tokio::test]
async fn a_field_that_is_missing_or_malformed_is_named() {
    let world = World::new().await;
    let organization = world.organization();
    let reader = world.reader(organization);
    let own = organization.to_string();
    for (field, organization, event) in [
        ("organization", "", "evt_1"),
        ("event", own.as_str(), ""),
        ("event", own.as_str(), "evt_1"),
        ("event", own.as_str(), own.as_str()),
    ] {
        let refused = get(&world, &reader, organization, event).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), [field]);
    }
}
