//! Writes that find everything as it is to be: they are in force when they are answered, and asked for again with the same
//! `request_id` they are answered alike.

use std::time::{Duration, Instant};

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    DisableMemberRequest, EnableMemberRequest, MemberState, OrganizationState, OrganizationType,
    RemoveMemberRequest, SecondFactorPolicy, SetMemberSecondFactorRequest, SetSignInPolicyRequest,
    SuspendOrganizationRequest,
};

use tonic::Status;

use crate::group::{self, create_group};
use crate::member::{remove, set_role};
use crate::member_state::disable_member;
use crate::support::{World, all_delegated};
use crate::{bulk, controls, role};

const MIA: &str = "mia@operator.example";
/// A lease, and what clocks can be astray.
const LEASE: Duration = Duration::from_millis(625);

/// Sends the request twice: the answer is the same, and comes back.
macro_rules! twice {
    ($client:expr, $method:ident, $by:expr, $request:expr) => {{
        let request = $request;
        let mut client = $client;
        let first = client.$method($by.request(request.clone())).await.unwrap();
        let second = client.$method($by.request(request)).await.unwrap();
        let (first, second) = (first.into_inner(), second.into_inner());
        assert_eq!(first, second);
        first
    }};
}

fn once() -> String {
    "once".to_owned()
}

#[tokio::test]
async fn a_member_who_is_disabled_already() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    disable_member(&world, &owner, &mia.member).await.unwrap();
    let request = DisableMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        request_id: once(),
        ..Default::default()
    };
    let answer = twice!(world.members(), disable_member, owner, request);
    assert_eq!(answer.member.unwrap().state(), MemberState::Disabled);
}

#[tokio::test]
async fn a_member_who_is_enabled_already() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let request = EnableMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        request_id: once(),
        ..Default::default()
    };
    let answer = twice!(world.members(), enable_member, owner, request);
    assert_eq!(answer.member.unwrap().state(), MemberState::Active);
}

#[tokio::test]
async fn a_member_who_is_removed_already() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    remove(&world, &owner, &mia.member).await.unwrap();
    let request = RemoveMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        request_id: once(),
        ..Default::default()
    };
    let answer = twice!(world.members(), remove_member, owner, request);
    assert_eq!(answer.member.unwrap().state(), MemberState::Removed);
}

#[tokio::test]
async fn a_members_second_factor_that_is_so_already() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let request = SetMemberSecondFactorRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        second_factor: SecondFactorPolicy::Inherit.into(),
        request_id: once(),
        ..Default::default()
    };
    let answer = twice!(world.policies(), set_member_second_factor, owner, request);
    assert_eq!(answer.second_factor(), SecondFactorPolicy::Inherit);
}

#[tokio::test]
async fn a_sign_in_policy_that_is_so_already() {
    let (world, owner) = World::new().await;
    let request = |request_id| SetSignInPolicyRequest {
        organization: owner.organization.clone(),
        second_factor: SecondFactorPolicy::Never.into(),
        request_id,
        ..Default::default()
    };
    let mut policies = world.policies();
    let set = policies.set_sign_in_policy(owner.request(request(String::new())));
    set.await.unwrap();
    let answer = twice!(world.policies(), set_sign_in_policy, owner, request(once()));
    assert_eq!(answer.policy.unwrap().second_factor(), SecondFactorPolicy::Never);
}

#[tokio::test]
async fn an_organization_that_is_suspended_already() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let request = |request_id| SuspendOrganizationRequest {
        parent: operator.organization.clone(),
        organization: alpina.organization.clone(),
        request_id,
        ..Default::default()
    };
    let mut organizations = world.organizations();
    let suspended = organizations.suspend_organization(operator.request(request(String::new())));
    suspended.await.unwrap();
    let answer = twice!(
        world.organizations(),
        suspend_organization,
        operator,
        request(once())
    );
    assert_eq!(answer.organization.unwrap().state(), OrganizationState::Suspended);
}

/// Somebody else may have made the change just now, and not have been answered: a replica that is behind is waited for.
#[tokio::test]
async fn what_is_so_already_is_answered_when_it_is_so_everywhere() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let delegated = controls::set(&world, &owner, &alpina.organization, all_delegated());
    delegated.await.unwrap();
    let readers = create_group(&world, &owner, "Readers", &["viewer"])
        .await
        .unwrap();
    let clerk = role::create(&world, &owner, "Clerk", &[(Resource::Product, Action::Read)])
        .await
        .unwrap();

    waits(
        &world,
        "a member",
        set_role(&world, &owner, &mia.member, "viewer"),
    )
    .await;
    let changes = [(mia.member.as_str(), "viewer")];
    let batch = bulk::update(&world, &owner, &changes, false);
    waits(&world, "members", batch).await;
    let same = group::update(&world, &owner, readers, &["roles"]);
    waits(&world, "a group", same).await;
    let same = role::update(&world, &owner, clerk, &["permissions"]);
    waits(&world, "a role", same).await;
    let same = controls::set(&world, &owner, &alpina.organization, all_delegated());
    waits(&world, "controls", same).await;
}

/// Makes the call beside a replica that never says what it knows.
async fn waits<T>(world: &World, what: &str, call: impl Future<Output = Result<T, Status>>) {
    let mut admin = world.db.admin().await.unwrap();
    sqlx::query("insert into identity.replica (confirmed) values (0)")
        .execute(&mut admin)
        .await
        .unwrap();
    let started = Instant::now();
    assert!(call.await.is_ok(), "{what}");
    assert!(started.elapsed() >= LEASE, "{what}");
}
