//! Who has to show a second factor.

use entente_contracts::identity::v1::{
    GetProfileRequest, GetSignInPolicyRequest, OrganizationControls, OrganizationType, Profile,
    SecondFactorPolicy, SetMemberSecondFactorRequest, SetSignInPolicyRequest, SignInPolicy,
    UpdateProfileRequest,
};
use tonic::{Code, Status};

use crate::controls;
use crate::support::{Actor, World, reason};

async fn set(
    world: &World,
    by: &Actor,
    policy: SecondFactorPolicy,
    etag: &str,
) -> Result<SignInPolicy, Status> {
    let request = SetSignInPolicyRequest {
        organization: by.organization.clone(),
        second_factor: policy.into(),
        etag: etag.to_owned(),
        request_id: String::new(),
    };
    let answer = world.policies().set_sign_in_policy(by.request(request)).await?;
    Ok(answer.into_inner().policy.unwrap())
}

async fn set_member(
    world: &World,
    by: &Actor,
    member: &str,
    policy: SecondFactorPolicy,
) -> Result<SecondFactorPolicy, Status> {
    let request = SetMemberSecondFactorRequest {
        organization: by.organization.clone(),
        member: member.to_owned(),
        second_factor: policy.into(),
        ..Default::default()
    };
    let answer = world
        .policies()
        .set_member_second_factor(by.request(request))
        .await?;
    Ok(answer.into_inner().second_factor())
}

#[tokio::test]
async fn who_must_show_a_second_factor_is_stopped_at_the_next_call() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    set_member(&world, &owner, &mia.member, SecondFactorPolicy::Always)
        .await
        .unwrap();
    let refused = world.list_members(&mia).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(reason(refused), "MFA_REQUIRED");
    let events = world.events(&mia.member, 3).await;
    assert_eq!(
        (events[2].kind(), events[2].header("ce_changes")),
        (
            "member.second_factor_set",
            r#"[{"field":"second_factor","after":"always"}]"#
        )
    );
    set_member(&world, &owner, &mia.member, SecondFactorPolicy::Never)
        .await
        .unwrap();
    world.list_members(&mia).await.unwrap();
}

#[tokio::test]
async fn who_lacks_the_second_factor_sees_who_they_are_and_changes_nothing() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    set_member(&world, &owner, &mia.member, SecondFactorPolicy::Always)
        .await
        .unwrap();
    let mut accounts = world.accounts();
    accounts
        .get_profile(mia.request(GetProfileRequest {}))
        .await
        .unwrap();
    let request = UpdateProfileRequest {
        profile: Some(Profile {
            display_name: "Mia".to_owned(),
            ..Profile::default()
        }),
        ..UpdateProfileRequest::default()
    };
    let refused = accounts.update_profile(mia.request(request)).await;
    assert_eq!(reason(refused), "MFA_REQUIRED");
}

#[tokio::test]
async fn an_organization_asks_all_but_those_whom_it_excepts() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    set_member(&world, &owner, &owner.member, SecondFactorPolicy::Never)
        .await
        .unwrap();
    let set = set(&world, &owner, SecondFactorPolicy::Always, "").await.unwrap();
    assert_eq!(set.second_factor(), SecondFactorPolicy::Always);
    assert_eq!(reason(world.list_members(&mia).await), "MFA_REQUIRED");
    world.list_members(&owner).await.unwrap();
}

#[tokio::test]
async fn a_partner_doesnt_loosen_what_the_operator_requires() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    set_member(&world, &alpina, &alpina.member, SecondFactorPolicy::Never)
        .await
        .unwrap();
    let required = OrganizationControls {
        second_factor_required: true,
        ..crate::support::all_delegated()
    };
    controls::set(&world, &operator, &alpina.organization, required)
        .await
        .unwrap();
    assert_eq!(reason(world.list_members(&alpina).await), "MFA_REQUIRED");
    assert_eq!(
        reason(set(&world, &alpina, SecondFactorPolicy::Never, "").await),
        "MFA_REQUIRED"
    );
}

#[tokio::test]
async fn an_admin_doesnt_loosen_an_owners_second_factor() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    assert_eq!(
        reason(set_member(&world, &admin, &owner.member, SecondFactorPolicy::Never).await),
        "GRANT_EXCEEDS_OWN"
    );
    let viewer = world.join(&owner, "vera@operator.example", "viewer").await;
    assert_eq!(
        reason(set(&world, &viewer, SecondFactorPolicy::Never, "").await),
        "PERMISSION_MISSING"
    );
}

#[tokio::test]
async fn a_stale_policy_is_aborted_and_a_missing_one_named() {
    let (world, owner) = World::new().await;
    let request = GetSignInPolicyRequest {
        organization: owner.organization.clone(),
    };
    let read = world
        .policies()
        .get_sign_in_policy(owner.request(request))
        .await
        .unwrap()
        .into_inner()
        .policy
        .unwrap();
    assert_eq!(read.second_factor(), SecondFactorPolicy::Inherit);
    let set_once = set(&world, &owner, SecondFactorPolicy::Never, &read.etag)
        .await
        .unwrap();
    assert_ne!(set_once.etag, read.etag);
    assert_eq!(
        reason(set(&world, &owner, SecondFactorPolicy::Inherit, &read.etag).await),
        "STALE_ETAG"
    );
    assert_eq!(
        reason(set(&world, &owner, SecondFactorPolicy::Unspecified, "").await),
        "INVALID_FIELD"
    );
}

#[tokio::test]
async fn anothers_policy_is_not_found() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let intruder = Actor {
        organization: operator.organization.clone(),
        ..alpina
    };
    assert_eq!(
        reason(set(&world, &intruder, SecondFactorPolicy::Never, "").await),
        "NOT_FOUND"
    );
}
