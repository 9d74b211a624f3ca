//! Passwords: chosen, and changed.

use entente_contracts::identity::v1::{ChangePasswordRequest, SignOutRequest};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::support::{Actor, PASSWORD, World, reason};

const NEW: &str = "seven brown lanterns over Basel";
const WRONG: &str = "not the right password";

async fn change(world: &World, by: &Actor, present: &str, new: &str) -> Result<(), Status> {
    let request = ChangePasswordRequest {
        password: present.to_owned(),
        new_password: new.to_owned(),
    };
    world.accounts().change_password(by.request(request)).await?;
    Ok(())
}

fn field(refused: Result<(), Status>) -> (String, String) {
    let request = refused.err().and_then(|status| status.get_details_bad_request());
    let violation = request.and_then(|request| request.field_violations.into_iter().next());
    violation
        .map(|violation| (violation.field, violation.description))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_old_one() {
    let (world, owner) = World::new().await;
    change(&world, &owner, PASSWORD, NEW).await.unwrap();
    let old = world.try_sign_in(&owner.email, PASSWORD).await;
    assert_eq!(reason(old), "CREDENTIALS_WRONG");
    world.try_sign_in(&owner.email, NEW).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_asks() {
    let (world, owner) = World::new().await;
    let eva = world.join(&owner, "eva@operator.example", "member").await;
    let other = world.sign_in(&owner.email).await;

    change(&world, &owner, PASSWORD, NEW).await.unwrap();

    assert_eq!(reason(world.list_members(&other).await), "SESSION_REVOKED");
    world.list_members(&owner).await.unwrap();
    world.list_members(&eva).await.unwrap();
}

#[tokio::test]
async fn who_does_not_know_the_present_password_changes_nothing() {
    let (world, owner) = World::new().await;
    let refused = change(&world, &owner, WRONG, NEW).await;
    assert_eq!(reason(refused), "CREDENTIALS_WRONG");
    world.try_sign_in(&owner.email, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn who_guesses_the_present_password_is_slowed_down() {
    let (world, owner) = World::new().await;
    for _ in 0..10 {
        assert_eq!(
            reason(change(&world, &owner, WRONG, NEW).await),
            "CREDENTIALS_WRONG"
        );
    }
    assert_eq!(
        reason(change(&world, &owner, PASSWORD, NEW).await),
        "TOO_MANY_ATTEMPTS"
    );
}

#[tokio::test]
async fn a_session_that_has_ended_changes_no_password() {
    let (world, owner) = World::new().await;
    world
        .sessions()
        .sign_out(owner.request(SignOutRequest {}))
        .await
        .unwrap();
    assert_eq!(
        reason(change(&world, &owner, PASSWORD, NEW).await),
        "SESSION_REVOKED"
    );
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_is_refused() {
    let (world, owner) = World::new().await;
    for weak in ["Password123456", "olga.operator", "OLGA@operator.example"] {
        let (named, why) = field(change(&world, &owner, PASSWORD, weak).await);
        assert_eq!(named, "new_password", "{weak}");
        assert!(why.contains("choose"), "{why}");
    }
    let (named, _) = field(change(&world, &owner, PASSWORD, "too short").await);
    assert_eq!(named, "new_password");
}

#[tokio::test]
async fn who_accepts_an_invitation_chooses_no_password_that_is_easy_to_guess() {
    let (world, owner) = World::new().await;
    let invited = world
        .invite(&owner, "eva@operator.example", "member")
        .await
        .unwrap();
    let refused = world
        .accept(&owner.organization, &invited.id, "Password123456")
        .await;
    assert_eq!(field(refused.map(drop)).0, "password");
    world.accept(&owner.organization, &invited.id, NEW).await.unwrap();
}

#[tokio::test]
async fn a_change_is_announced_without_the_password() {
    let (world, owner) = World::new().await;
    change(&world, &owner, PASSWORD, NEW).await.unwrap();
    let event = &world.events(&owner.user, 1).await[0];
    assert_eq!(
        (event.kind(), event.header("ce_actor"), event.header("ce_changes")),
        ("account.password_changed", owner.user.as_str(), "")
    );
    let stored: i64 = sqlx::query_scalar(
        "select count(*) from identity_test_log.record
         where position(convert_to('lanterns', 'UTF8') in payload) > 0 or headers::text like '%lanterns%'",
    )
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert_eq!(stored, 0);
}
