//! Removing members, and what an organization keeps.

use entente_contracts::identity::v1::{
    GetCurrentSessionRequest, GetMemberRequest, MemberState, RefreshSessionRequest, RemoveMemberRequest,
};
use tonic::Code;

use crate::member::{removal, remove, set_legal, set_role};
use crate::support::{PASSWORD, World, reason};

#[tokio::test]
async fn the_last_owner_and_the_last_legal_representative_stay() {
    let (world, owner) = World::new().await;
    world
        .invite(&owner, "pending@operator.example", "owner")
        .await
        .unwrap();
    for refused in [
        remove(&world, &owner, &owner.member).await,
        set_role(&world, &owner, &owner.member, "admin").await,
    ] {
        assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(reason(refused), "LAST_OWNER");
    }
    world.join(&owner, "otto@operator.example", "owner").await;
    assert_eq!(
        reason(remove(&world, &owner, &owner.member).await),
        "LAST_LEGAL_REPRESENTATIVE"
    );
    assert_eq!(
        reason(set_legal(&world, &owner, &owner.member, false).await),
        "LAST_LEGAL_REPRESENTATIVE"
    );
}

#[tokio::test]
async fn two_owners_who_remove_each_other_at_once_leave_one() {
    let (world, olga) = World::new().await;
    let otto = world.join(&olga, "otto@operator.example", "owner").await;
    set_legal(&world, &olga, &otto.member, true).await.unwrap();
    let (one, other) = tokio::join!(
        remove(&world, &olga, &otto.member),
        remove(&world, &otto, &olga.member)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let left: i64 = sqlx::query_scalar(
        "select count(*) from identity.member where role = 'owner' and legal_representative and state = 'active'",
    )
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one() {
    let (world, olga) = World::new().await;
    let otto = world.join(&olga, "otto@operator.example", "owner").await;
    set_legal(&world, &olga, &otto.member, true).await.unwrap();
    let (one, other) = tokio::join!(
        remove(&world, &olga, &olga.member),
        remove(&world, &otto, &otto.member)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_removed_member_is_denied_at_the_next_call() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "admin").await;
    let removed = remove(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(removed.state(), MemberState::Removed);

    assert_eq!(reason(world.list_members(&mia).await), "SESSION_REVOKED");
    let current = world
        .sessions()
        .get_current_session(mia.request(GetCurrentSessionRequest {}))
        .await;
    assert_eq!(reason(current), "SESSION_REVOKED");
    let refresh = RefreshSessionRequest {
        refresh_token: mia.refresh.clone(),
    };
    assert_eq!(
        reason(world.sessions().refresh_session(refresh).await),
        "SESSION_REVOKED"
    );
    assert_eq!(
        reason(world.try_sign_in(&mia.email, PASSWORD).await),
        "CREDENTIALS_WRONG"
    );
    assert_eq!(world.events(&mia.session, 2).await[1].kind(), "session.closed");
    assert_eq!(world.events(&mia.member, 3).await[2].kind(), "member.removed");
}

#[tokio::test]
async fn a_removal_stays_and_history_too() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "admin").await;
    let first = remove(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(remove(&world, &owner, &mia.member).await.unwrap(), first);
    assert_eq!(
        reason(set_role(&world, &owner, &mia.member, "viewer").await),
        "MEMBER_REMOVED"
    );
    let request = GetMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
    };
    let read = world
        .members()
        .get_member(owner.request(request))
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert_eq!(read, first);

    let again = world.join(&owner, "mia@operator.example", "viewer").await;
    assert_ne!(again.member, mia.member);
    assert_eq!(again.user, mia.user);
}

#[tokio::test]
async fn a_removal_that_is_asked_again_gets_the_first_answer() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "admin").await;
    let request = RemoveMemberRequest {
        request_id: "r-1".to_owned(),
        ..removal(&owner, &mia.member)
    };
    let mut client = world.members();
    let first = client
        .remove_member(owner.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    let second = client
        .remove_member(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
}
