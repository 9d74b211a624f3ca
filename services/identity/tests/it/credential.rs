//! Members who have lost what they sign in with, and administrators who let them in again.

use std::time::Duration;

use entente_contracts::access::v1::DelegationFlag;
use entente_contracts::identity::v1::{
    OrganizationControls, OrganizationType, ResetMemberPasswordRequest, ResetMemberSecondFactorRequest,
};
use tonic::{Code, Status};

use crate::controls;
use crate::email_change::refreshed;
use crate::member_state::disable_member;
use crate::password_reset::{reset, token};
use crate::second_factor::enrolled;
use crate::support::{Actor, PASSWORD, World, reason};

const MIA: &str = "mia@operator.example";
const NEW: &str = "seven brown lanterns over Basel";

async fn reset_password(world: &World, by: &Actor, member: &str) -> Result<(), Status> {
    let request = ResetMemberPasswordRequest {
        organization: by.organization.clone(),
        member: member.to_owned(),
        ..Default::default()
    };
    let mut client = world.credentials();
    client.reset_member_password(by.request(request)).await.map(drop)
}

async fn reset_second_factor(world: &World, by: &Actor, member: &str) -> Result<(), Status> {
    let request = ResetMemberSecondFactorRequest {
        organization: by.organization.clone(),
        member: member.to_owned(),
        ..Default::default()
    };
    let mut client = world.credentials();
    client
        .reset_member_second_factor(by.request(request))
        .await
        .map(drop)
}

#[tokio::test]
async fn who_lost_the_password_chooses_another_by_the_mailed_link() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    reset_password(&world, &owner, &mia.member).await.unwrap();
    // Until then nothing has changed.
    world.list_members(&mia).await.unwrap();
    let events = world.events(&mia.user, 1).await;
    let asked = events.last().unwrap();
    assert_eq!(asked.kind(), "account.password_reset_requested");
    assert_eq!(asked.header("ce_actor"), owner.user);

    let link = token(&world, &mia).await;
    reset(&world, &link, NEW).await.unwrap();
    world.try_sign_in(MIA, NEW).await.unwrap();
    assert_eq!(
        reason(world.try_sign_in(MIA, PASSWORD).await),
        "CREDENTIALS_WRONG"
    );
}

#[tokio::test]
async fn another_employer_hears_nothing_of_it() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let mia = world.join(&operator, MIA, "viewer").await;
    world.join(&alpina, MIA, "viewer").await;
    reset_password(&world, &operator, &mia.member).await.unwrap();
    let events = world.events(&mia.user, 1).await;
    let asked: Vec<_> = events
        .iter()
        .filter(|event| event.kind() == "account.password_reset_requested")
        .map(|event| event.header("ce_organizations"))
        .collect();
    assert_eq!(asked, [operator.organization.as_str()]);
}

#[tokio::test]
async fn who_lost_the_second_factor_is_out_at_once_and_comes_in_by_the_password() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let mia = enrolled(&world, mia).await.person;
    let owner = world.sign_in(&owner.email).await;
    reset_second_factor(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(reason(world.list_members(&mia).await), "SESSION_REVOKED");
    let mia = world.sign_in(MIA).await;
    world.list_members(&mia).await.unwrap();
    let events = world.events(&mia.user, 2).await;
    let given_up = events
        .iter()
        .find(|event| event.kind() == "second_factor.disabled");
    assert_eq!(given_up.unwrap().header("ce_actor"), owner.user);
    assert_eq!(
        reason(reset_second_factor(&world, &owner, &mia.member).await),
        "NO_SECOND_FACTOR"
    );
}

#[tokio::test]
async fn what_protects_another_organization_too_is_not_given_up() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let mia = world.join(&operator, MIA, "viewer").await;
    world.join(&alpina, MIA, "viewer").await;
    let mia = enrolled(&world, mia).await.person;
    let operator = world.sign_in(&operator.email).await;
    let refused = reset_second_factor(&world, &operator, &mia.member).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(refused), "MEMBER_ELSEWHERE");
    world.list_members(&mia).await.unwrap();
}

#[tokio::test]
async fn nobody_resets_who_holds_more_or_themselves_or_who_is_not_in() {
    let (world, owner) = World::new().await;
    let adam = world.join(&owner, "adam@operator.example", "admin").await;
    let mia = world.join(&owner, MIA, "viewer").await;
    for (by, whom, wanted) in [
        (&adam, &owner, "GRANT_EXCEEDS_OWN"),
        (&adam, &adam, "OWN_CREDENTIAL"),
        (&mia, &adam, "PERMISSION_MISSING"),
    ] {
        assert_eq!(reason(reset_password(&world, by, &whom.member).await), wanted);
        assert_eq!(
            reason(reset_second_factor(&world, by, &whom.member).await),
            wanted
        );
    }
    disable_member(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(
        reason(reset_password(&world, &adam, &mia.member).await),
        "MEMBER_NOT_ACTIVE"
    );
    let foreign = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    assert_eq!(
        reason(reset_password(&world, &owner, &foreign.member).await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn a_proof_of_long_ago_is_not_enough() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    world.advance(Duration::from_secs(10 * 60));
    let owner = refreshed(&world, &owner).await;
    for refused in [
        reset_password(&world, &owner, &mia.member).await,
        reset_second_factor(&world, &owner, &mia.member).await,
    ] {
        assert_eq!(reason(refused), "REAUTHENTICATION_REQUIRED");
    }
}

#[tokio::test]
async fn a_partners_administrator_resets_what_the_operator_has_delegated() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let adam = world.join(&alpina, "adam@alpina.example", "admin").await;
    let mia = world.join(&alpina, "mia@alpina.example", "viewer").await;
    let delegate = async |flags: &[DelegationFlag]| {
        let controls = OrganizationControls {
            delegation: flags.iter().map(|flag| (*flag).into()).collect(),
            ..Default::default()
        };
        controls::set(&world, &operator, &alpina.organization, controls)
            .await
            .unwrap();
    };
    delegate(&[DelegationFlag::UserCreation]).await;
    assert_eq!(
        reason(reset_password(&world, &adam, &mia.member).await),
        "DELEGATION_DISABLED"
    );
    delegate(&[DelegationFlag::CredentialChanges]).await;
    reset_password(&world, &adam, &mia.member).await.unwrap();
}

#[tokio::test]
async fn a_repeated_request_sends_one_mail() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let request = ResetMemberPasswordRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        request_id: "once".to_owned(),
        ..Default::default()
    };
    for _ in 0..2 {
        let mut client = world.credentials();
        client
            .reset_member_password(owner.request(request.clone()))
            .await
            .unwrap();
    }
    let events = world.events(&mia.user, 1).await;
    let asked = events
        .iter()
        .filter(|event| event.kind() == "account.password_reset_requested");
    assert_eq!(asked.count(), 1);
    let stale = ResetMemberPasswordRequest {
        etag: "99".to_owned(),
        request_id: String::new(),
        ..request
    };
    let refused = world
        .credentials()
        .reset_member_password(owner.request(stale))
        .await;
    assert_eq!(reason(refused), "STALE_ETAG");
}
