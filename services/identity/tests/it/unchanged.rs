//! Writes that find everything as it is to be, and are asked for again with the same `request_id`.

use entente_contracts::identity::v1::{
    DisableMemberRequest, EnableMemberRequest, MemberState, OrganizationState, OrganizationType,
    RemoveMemberRequest, SecondFactorPolicy, SetMemberSecondFactorRequest, SetSignInPolicyRequest,
    SuspendOrganizationRequest,
};

use crate::member::remove;
use crate::member_state::disable_member;
use crate::support::World;

const MIA: &str = "mia@operator.example";

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
