//! What was decided before a write began, and what a caller has seen of access.

use std::time::{Duration, Instant};

use entente_contracts::identity::v1::{CheckRequest, Requirement, Subject};
use entente_identity::domain::decision::{Change, Revision};
use entente_identity::store;
use entente_ids::OrganizationId;
use sqlx::{Connection as _, PgConnection};
use tonic::Request;

use crate::member::{removal, set_role};
use crate::support::{World, reason};

const REVISION: &str = "entente-revision";
const DEADLINE: Duration = Duration::from_secs(20);

async fn until_somebody_waits_for_a_lock(admin: &mut PgConnection) {
    let deadline = Instant::now() + DEADLINE;
    let waits = "select exists (select from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waits)
        .fetch_one(&mut *admin)
        .await
        .unwrap()
    {
        assert!(Instant::now() < deadline, "somebody waits for the lock");
    }
}

#[tokio::test]
async fn who_loses_the_right_while_a_change_is_under_way_changes_nothing() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "admin").await;
    let max = world.join(&owner, "max@operator.example", "viewer").await;
    let organization: OrganizationId = owner.organization.parse().unwrap();
    let mut other = world.admin().await;
    let mut tx = other.begin().await.unwrap();
    store::organization::lock(&mut tx, organization).await.unwrap();

    let change = set_role(&world, &mia, &max.member, "member");
    let revocation = async {
        until_somebody_waits_for_a_lock(&mut world.admin().await).await;
        let revoked = Change::SessionRevoked {
            session: mia.session.parse().unwrap(),
            principal: mia.user.parse().unwrap(),
            until: world.now() + Duration::from_secs(600),
        };
        store::revision::append(&mut tx, &[revoked], world.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let (changed, ()) = tokio::join!(change, revocation);

    assert_eq!(reason(changed), "SESSION_REVOKED");
    let members = world.list_members(&owner).await.unwrap();
    let role = members
        .iter()
        .find(|member| member.id == max.member)
        .map(|member| member.role.as_str());
    assert_eq!(role, Some("viewer"));
}

#[tokio::test]
async fn who_keeps_the_right_goes_on_although_access_was_changed() {
    let (world, owner) = World::new().await;
    let max = world.join(&owner, "max@operator.example", "viewer").await;
    let organization: OrganizationId = owner.organization.parse().unwrap();
    let mut other = world.admin().await;
    let mut tx = other.begin().await.unwrap();
    store::organization::lock(&mut tx, organization).await.unwrap();

    let change = set_role(&world, &owner, &max.member, "member");
    let another = async {
        until_somebody_waits_for_a_lock(&mut world.admin().await).await;
        store::revision::append(&mut tx, &[], world.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (changed, ()) = tokio::join!(change, another);

    assert_eq!(changed.unwrap().role, "member");
}

#[tokio::test]
async fn a_change_of_access_tells_its_revision_and_other_calls_what_they_were_told() {
    let (world, owner) = World::new().await;
    let max = world.join(&owner, "max@operator.example", "viewer").await;
    let told = |metadata: &tonic::metadata::MetadataMap| {
        metadata
            .get(REVISION)
            .map(|revision| revision.to_str().unwrap().to_owned())
    };
    let removed = world
        .members()
        .remove_member(owner.request(removal(&owner, &max.member)))
        .await
        .unwrap();
    let current = store::revision::current(&mut world.admin().await).await.unwrap();
    assert_eq!(told(removed.metadata()), Some(current.to_string()));

    let plain = || owner.request(entente_contracts::identity::v1::GetCurrentSessionRequest {});
    let answer = world.sessions().get_current_session(plain()).await.unwrap();
    assert_eq!(told(answer.metadata()), None);
    let mut carrying = plain();
    carrying
        .metadata_mut()
        .insert(REVISION, current.to_string().parse().unwrap());
    let answer = world.sessions().get_current_session(carrying).await.unwrap();
    assert_eq!(told(answer.metadata()), Some(current.to_string()));
}

#[tokio::test]
async fn a_check_is_made_on_the_revision_that_it_asks_for() {
    let (world, owner) = World::new().await;
    let mut admin = world.admin().await;
    let mut tx = admin.begin().await.unwrap();
    let revision: Revision = store::revision::append(&mut tx, &[], world.now()).await.unwrap();
    tx.commit().await.unwrap();
    let request: Request<CheckRequest> = world.internal(CheckRequest {
        subject: Some(Subject {
            user: owner.user.clone(),
            session: owner.session.clone(),
            organization: owner.organization.clone(),
            ..Subject::default()
        }),
        requirement: Some(Requirement::default()),
        min_revision: revision.number(),
    });
    let decision = world
        .decisions()
        .check(request)
        .await
        .unwrap()
        .into_inner()
        .decision
        .unwrap();
    assert!(decision.allowed && decision.revision >= revision.number());
}
