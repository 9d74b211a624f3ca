//! The second factor: enrolling it, signing in with it, losing it.

use std::time::Duration;

use entente_contracts::identity::events::v1::CredentialChanged;
use entente_contracts::identity::v1::{
    Challenge, ChangePasswordRequest, CompleteSignInRequest, CompleteSignInResponse, ConfirmTotpRequest,
    ConfirmTotpResponse, DisableTotpRequest, EnrollTotpRequest, EnrollTotpResponse, GetCurrentSessionRequest,
    GetPasswordResetTokenRequest, GetSecondFactorRequest, OrganizationType, ReauthenticateRequest,
    RefreshSessionRequest, RegenerateRecoveryCodesRequest, RemoveMemberRequest, RequestPasswordResetRequest,
    ResetPasswordRequest, SecondFactor, SecondFactorState, Tokens, VerifySecondFactorRequest,
};
use entente_identity::store;
use tonic::Status;
use totp_rs::{Builder, Secret};

use crate::support::{Actor, PASSWORD, World, reason, with_token};

const STEP: Duration = Duration::from_secs(30);
const NEW: &str = "seven brown lanterns over Basel";
const WRONG: &str = "000000";

/// A person with an authenticator app.
pub(crate) struct Enrolled {
    pub(crate) person: Actor,
    app: Authenticator,
    codes: Vec<String>,
}

/// An authenticator app.
struct Authenticator(String);

impl Authenticator {
    fn shows(&self, world: &World) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let app = Builder::new().with_secret(secret).build().unwrap();
        let code = app
            .generate(world.now().as_second().try_into().unwrap())
            .to_string();
        // The one code that tests give as a wrong one.
        assert_ne!(code, WRONG);
        code
    }
}

async fn enroll(world: &World, person: &Actor) -> Result<EnrollTotpResponse, Status> {
    let mut client = world.second_factors();
    let answer = client.enroll_totp(person.request(EnrollTotpRequest {})).await?;
    Ok(answer.into_inner())
}

async fn confirm(world: &World, person: &Actor, code: &str) -> Result<ConfirmTotpResponse, Status> {
    let request = ConfirmTotpRequest {
        code: code.to_owned(),
    };
    let answer = world
        .second_factors()
        .confirm_totp(person.request(request))
        .await?;
    Ok(answer.into_inner())
}

/// Enrols an app; the code that confirmed it has passed.
pub(crate) async fn enrolled(world: &World, mut person: Actor) -> Enrolled {
    let app = Authenticator(enroll(world, &person).await.unwrap().secret);
    let confirmed = confirm(world, &person, &app.shows(world)).await.unwrap();
    person.token = confirmed.tokens.unwrap().access_token;
    world.advance(STEP);
    Enrolled {
        person,
        app,
        codes: confirmed.recovery_codes,
    }
}

async fn with_factor() -> (World, Enrolled) {
    let (world, owner) = World::new().await;
    let enrolled = enrolled(&world, owner).await;
    (world, enrolled)
}

async fn challenge(world: &World, person: &Actor) -> String {
    let answer = world.try_sign_in(&person.email, PASSWORD).await.unwrap();
    assert_eq!((&answer.tokens, &answer.session), (&None, &None));
    answer.challenge.unwrap().token
}

async fn complete(world: &World, challenge: &str, code: &str) -> Result<CompleteSignInResponse, Status> {
    let request = CompleteSignInRequest {
        challenge: challenge.to_owned(),
        code: code.to_owned(),
    };
    Ok(world.sessions().complete_sign_in(request).await?.into_inner())
}

async fn verify(world: &World, person: &Actor, code: &str) -> Result<Tokens, Status> {
    let request = VerifySecondFactorRequest {
        code: code.to_owned(),
    };
    let answer = world
        .second_factors()
        .verify_second_factor(person.request(request))
        .await?;
    Ok(answer.into_inner().tokens.unwrap())
}

async fn regenerate(world: &World, person: &Actor) -> Result<Vec<String>, Status> {
    let request = person.request(RegenerateRecoveryCodesRequest {});
    let answer = world.second_factors().regenerate_recovery_codes(request).await?;
    Ok(answer.into_inner().recovery_codes)
}

async fn disable(world: &World, person: &Actor, code: &str) -> Result<(), Status> {
    let request = DisableTotpRequest {
        code: code.to_owned(),
    };
    let mut client = world.second_factors();
    client.disable_totp(person.request(request)).await.map(drop)
}

async fn reauthenticate(world: &World, person: &Actor, code: &str) -> Result<Tokens, Status> {
    let request = ReauthenticateRequest {
        password: PASSWORD.to_owned(),
        code: code.to_owned(),
    };
    let answer = world.sessions().reauthenticate(person.request(request)).await?;
    Ok(answer.into_inner().tokens.unwrap())
}

async fn factor(world: &World, person: &Actor) -> SecondFactor {
    let request = person.request(GetSecondFactorRequest {});
    let answer = world.second_factors().get_second_factor(request).await.unwrap();
    answer.into_inner().second_factor.unwrap()
}

/// Whether the session of a token has shown a second factor.
async fn is_strong(world: &World, token: &str) -> bool {
    let request = with_token(token, GetCurrentSessionRequest {});
    let answer = world.sessions().get_current_session(request).await.unwrap();
    answer.into_inner().session.unwrap().second_factor
}

async fn refreshed(world: &World, person: &Actor) -> Tokens {
    let request = RefreshSessionRequest {
        refresh_token: person.refresh.clone(),
    };
    let answer = world.sessions().refresh_session(request).await.unwrap();
    answer.into_inner().tokens.unwrap()
}

#[tokio::test]
async fn who_enrols_gets_ten_recovery_codes_and_a_lifted_session() {
    let (world, owner) = World::new().await;
    assert_eq!(factor(&world, &owner).await.state(), SecondFactorState::None);
    let given = enroll(&world, &owner).await.unwrap();
    assert!(given.otpauth_uri.contains(&format!("secret={}", given.secret)));
    assert_eq!(factor(&world, &owner).await.state(), SecondFactorState::Pending);

    let code = Authenticator(given.secret).shows(&world);
    let confirmed = confirm(&world, &owner, &code).await.unwrap();

    assert_eq!(confirmed.recovery_codes.len(), 10);
    assert!(is_strong(&world, &confirmed.tokens.unwrap().access_token).await);
    assert!(!is_strong(&world, &owner.token).await);
    assert!(is_strong(&world, &refreshed(&world, &owner).await.access_token).await);
    let factor = factor(&world, &owner).await;
    assert_eq!(
        (factor.state(), factor.recovery_codes_left),
        (SecondFactorState::Enrolled, 10)
    );
    assert_eq!(factor.enroll_time.unwrap().seconds, world.now().as_second());
}

#[tokio::test]
async fn a_secret_that_is_not_confirmed_asks_for_nothing() {
    let (world, owner) = World::new().await;
    enroll(&world, &owner).await.unwrap();

    assert_eq!(reason(confirm(&world, &owner, WRONG).await), "CODE_WRONG");

    assert!(
        world
            .try_sign_in(&owner.email, PASSWORD)
            .await
            .unwrap()
            .tokens
            .is_some()
    );
}

#[tokio::test]
async fn there_is_nothing_to_confirm_before_and_after_it_was() {
    let (world, owner) = World::new().await;
    assert_eq!(reason(confirm(&world, &owner, WRONG).await), "NOTHING_TO_CONFIRM");
    let enrolled = enrolled(&world, owner).await;
    assert_eq!(
        reason(confirm(&world, &enrolled.person, WRONG).await),
        "NOTHING_TO_CONFIRM"
    );
}

#[tokio::test]
async fn who_guesses_at_a_secret_that_waits_is_slowed_down() {
    let (world, owner) = World::new().await;
    let app = Authenticator(enroll(&world, &owner).await.unwrap().secret);
    for _ in 0..5 {
        assert_eq!(reason(confirm(&world, &owner, WRONG).await), "CODE_WRONG");
    }
    assert_eq!(
        reason(confirm(&world, &owner, &app.shows(&world)).await),
        "TOO_MANY_ATTEMPTS"
    );
    world.advance(Duration::from_secs(1));
    confirm(&world, &owner, &app.shows(&world)).await.unwrap();
}

#[tokio::test]
async fn a_secret_waits_for_its_code_for_ten_minutes() {
    let (world, owner) = World::new().await;
    let app = Authenticator(enroll(&world, &owner).await.unwrap().secret);
    world.advance(Duration::from_secs(600));
    let again = world.sign_in(&owner.email).await;

    assert_eq!(factor(&world, &again).await.state(), SecondFactorState::None);
    assert_eq!(
        reason(confirm(&world, &again, &app.shows(&world)).await),
        "NOTHING_TO_CONFIRM"
    );
}

#[tokio::test]
async fn confirming_needs_a_recent_proof() {
    let (world, owner) = World::new().await;
    world.advance(Duration::from_secs(4 * 60));
    let app = Authenticator(enroll(&world, &owner).await.unwrap().secret);
    let fresh = Actor {
        token: refreshed(&world, &owner).await.access_token,
        ..owner
    };
    world.advance(Duration::from_secs(2 * 60));

    assert_eq!(
        reason(confirm(&world, &fresh, &app.shows(&world)).await),
        "REAUTHENTICATION_REQUIRED"
    );
}

#[tokio::test]
async fn another_app_is_confirmed_by_a_session_that_has_shown_the_factor() {
    let (world, owner) = World::new().await;
    let elsewhere = world.sign_in(&owner.email).await;
    let enrolled = enrolled(&world, owner).await;
    let new = Authenticator(enroll(&world, &enrolled.person).await.unwrap().secret);

    let confirmed = confirm(&world, &elsewhere, &new.shows(&world)).await;

    assert_eq!(reason(confirmed), "MFA_REQUIRED");
}

#[tokio::test]
async fn enrolling_needs_a_recent_proof() {
    let (world, owner) = World::new().await;
    world.advance(Duration::from_secs(4 * 60));
    let fresh = Actor {
        token: refreshed(&world, &owner).await.access_token,
        ..owner
    };
    world.advance(Duration::from_secs(2 * 60));

    assert_eq!(reason(enroll(&world, &fresh).await), "REAUTHENTICATION_REQUIRED");
}

#[tokio::test]
async fn a_sign_in_gets_tokens_only_for_the_code() {
    let (world, enrolled) = with_factor().await;
    let Challenge { token, expires_in } = world
        .try_sign_in(&enrolled.person.email, PASSWORD)
        .await
        .unwrap()
        .challenge
        .unwrap();
    assert_eq!(expires_in, 300);

    assert_eq!(reason(complete(&world, &token, WRONG).await), "CODE_WRONG");
    let answer = complete(&world, &token, &enrolled.app.shows(&world))
        .await
        .unwrap();

    let session = answer.session.unwrap();
    assert!(session.second_factor);
    assert_eq!(session.organization, enrolled.person.organization);
    assert!(is_strong(&world, &answer.tokens.unwrap().access_token).await);
}

#[tokio::test]
async fn a_challenge_is_asked_of_who_knows_the_password_only() {
    let (world, enrolled) = with_factor().await;
    let stranger = world.try_sign_in("nobody@operator.example", PASSWORD).await;
    let guess = world
        .try_sign_in(&enrolled.person.email, "not the right password")
        .await;
    let told = |answer: Result<_, Status>| {
        let status = answer.unwrap_err();
        (
            status.code(),
            status.message().to_owned(),
            status.details().to_vec(),
        )
    };
    assert_eq!(told(guess), told(stranger));
}

#[tokio::test]
async fn a_challenge_opens_one_session() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    complete(&world, &token, &enrolled.app.shows(&world))
        .await
        .unwrap();
    world.advance(STEP);
    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CHALLENGE_DEAD"
    );
}

#[tokio::test]
async fn of_two_answers_at_once_one_opens_a_session() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    let (one, other) = tokio::join!(
        complete(&world, &token, &enrolled.codes[0]),
        complete(&world, &token, &enrolled.codes[1]),
    );
    let refused = [one, other]
        .into_iter()
        .filter_map(Result::err)
        .collect::<Vec<_>>();
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[tokio::test]
async fn a_challenge_dies_after_five_minutes() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    world.advance(Duration::from_secs(300));
    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CHALLENGE_DEAD"
    );
}

#[tokio::test]
async fn a_challenge_is_good_for_nothing_else() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    let as_refresh = RefreshSessionRequest {
        refresh_token: token.clone(),
    };
    assert_eq!(
        reason(world.sessions().refresh_session(as_refresh).await),
        "TOKEN_INVALID"
    );
    let as_access = with_token(&token, GetCurrentSessionRequest {});
    assert_eq!(
        reason(world.sessions().get_current_session(as_access).await),
        "TOKEN_INVALID"
    );
}

#[tokio::test]
async fn a_challenge_of_who_was_removed_meanwhile_is_dead() {
    let (world, owner) = World::new().await;
    let member = world.join(&owner, "mia@operator.example", "member").await;
    let enrolled = enrolled(&world, member).await;
    let token = challenge(&world, &enrolled.person).await;
    let remove = RemoveMemberRequest {
        organization: owner.organization.clone(),
        member: enrolled.person.member.clone(),
        ..Default::default()
    };
    world
        .members()
        .remove_member(owner.request(remove))
        .await
        .unwrap();
    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CHALLENGE_DEAD"
    );
}

#[tokio::test]
async fn a_challenge_got_by_a_password_that_was_reset_is_dead() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    let ask = RequestPasswordResetRequest {
        email: enrolled.person.email.clone(),
    };
    world.accounts().request_password_reset(ask).await.unwrap();
    let user = enrolled.person.user.clone();
    let mailed = world
        .accounts()
        .get_password_reset_token(world.internal(GetPasswordResetTokenRequest { user }))
        .await;
    let reset = ResetPasswordRequest {
        token: mailed.unwrap().into_inner().token,
        new_password: NEW.to_owned(),
    };
    world.accounts().reset_password(reset).await.unwrap();

    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CHALLENGE_DEAD"
    );
}

#[tokio::test]
async fn a_challenge_got_by_a_password_that_was_changed_is_dead() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    let change = ChangePasswordRequest {
        password: PASSWORD.to_owned(),
        new_password: NEW.to_owned(),
    };
    let request = enrolled.person.request(change);
    world.accounts().change_password(request).await.unwrap();

    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CHALLENGE_DEAD"
    );
}

#[tokio::test]
async fn a_code_is_taken_once() {
    let (world, enrolled) = with_factor().await;
    let code = enrolled.app.shows(&world);
    let (first, second) = (
        challenge(&world, &enrolled.person).await,
        challenge(&world, &enrolled.person).await,
    );
    complete(&world, &first, &code).await.unwrap();

    assert_eq!(reason(complete(&world, &second, &code).await), "CODE_WRONG");
    assert_eq!(
        reason(verify(&world, &enrolled.person, &code).await),
        "CODE_WRONG"
    );
}

#[tokio::test]
async fn the_code_that_confirmed_is_used_up() {
    let (world, owner) = World::new().await;
    let app = Authenticator(enroll(&world, &owner).await.unwrap().secret);
    let code = app.shows(&world);
    confirm(&world, &owner, &code).await.unwrap();
    let token = challenge(&world, &owner).await;
    assert_eq!(reason(complete(&world, &token, &code).await), "CODE_WRONG");
}

#[tokio::test]
async fn who_guesses_codes_is_slowed_down_from_wherever_they_guess() {
    let (world, enrolled) = with_factor().await;
    for _ in 0..5 {
        let token = challenge(&world, &enrolled.person).await;
        assert_eq!(reason(complete(&world, &token, WRONG).await), "CODE_WRONG");
    }
    let token = challenge(&world, &enrolled.person).await;
    let right = enrolled.app.shows(&world);
    assert_eq!(
        reason(complete(&world, &token, &right).await),
        "TOO_MANY_ATTEMPTS"
    );
    assert_eq!(
        reason(verify(&world, &enrolled.person, &right).await),
        "TOO_MANY_ATTEMPTS"
    );
    world.advance(Duration::from_secs(1));
    complete(&world, &token, &right).await.unwrap();
}

#[tokio::test]
async fn who_guesses_codes_keeps_nobody_from_a_recovery_code() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    for _ in 0..6 {
        complete(&world, &token, WRONG).await.unwrap_err();
    }
    complete(&world, &token, &enrolled.codes[0]).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (world, enrolled) = with_factor().await;
    let code = enrolled.codes[3].to_uppercase().replace('-', " ");
    let token = challenge(&world, &enrolled.person).await;
    assert!(
        complete(&world, &token, &code)
            .await
            .unwrap()
            .session
            .unwrap()
            .second_factor
    );

    let token = challenge(&world, &enrolled.person).await;
    assert_eq!(reason(complete(&world, &token, &code).await), "CODE_WRONG");
    assert_eq!(factor(&world, &enrolled.person).await.recovery_codes_left, 9);
}

#[tokio::test]
async fn who_guesses_recovery_codes_is_slowed_down() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    for _ in 0..20 {
        assert_eq!(
            reason(complete(&world, &token, "0000-0000-0000-0000").await),
            "CODE_WRONG"
        );
    }
    assert_eq!(
        reason(complete(&world, &token, &enrolled.codes[0]).await),
        "TOO_MANY_ATTEMPTS"
    );
    world.advance(Duration::from_secs(60));
    complete(&world, &token, &enrolled.codes[0]).await.unwrap();
}

#[tokio::test]
async fn what_can_be_no_code_leaves_no_trace() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    assert_eq!(reason(complete(&world, &token, "no code").await), "CODE_WRONG");
    assert_eq!(reason(complete(&world, &token, WRONG).await), "CODE_WRONG");
    let opened = complete(&world, &token, &enrolled.codes[0]).await.unwrap();
    // The log has all that came before.
    world.events(&opened.session.unwrap().id, 1).await;
    assert_eq!(world.refusals(&enrolled.person.user).await, 1);
}

#[tokio::test]
async fn a_session_of_a_challenge_proves_no_more_than_its_password_did() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    let asked = world.now().as_second();
    world.advance(Duration::from_secs(120));
    let opened = complete(&world, &token, &enrolled.app.shows(&world))
        .await
        .unwrap();
    assert_eq!(opened.session.unwrap().auth_time.unwrap().seconds, asked);
}

#[tokio::test]
async fn another_persons_recovery_code_is_wrong() {
    let (world, owner) = World::new().await;
    let member = world.join(&owner, "mia@operator.example", "member").await;
    let (owner, member) = (enrolled(&world, owner).await, enrolled(&world, member).await);
    let token = challenge(&world, &member.person).await;
    assert_eq!(
        reason(complete(&world, &token, &owner.codes[0]).await),
        "CODE_WRONG"
    );
}

#[tokio::test]
async fn a_session_of_before_is_lifted_by_a_code() {
    let (world, owner) = World::new().await;
    let elsewhere = world.sign_in(&owner.email).await;
    let enrolled = enrolled(&world, owner).await;
    assert!(!is_strong(&world, &elsewhere.token).await);

    let tokens = verify(&world, &elsewhere, &enrolled.app.shows(&world))
        .await
        .unwrap();

    assert!(is_strong(&world, &tokens.access_token).await);
    assert!(is_strong(&world, &refreshed(&world, &elsewhere).await.access_token).await);
}

#[tokio::test]
async fn who_has_no_second_factor_can_show_none() {
    let (world, owner) = World::new().await;
    assert_eq!(reason(verify(&world, &owner, WRONG).await), "NO_SECOND_FACTOR");
    assert_eq!(reason(regenerate(&world, &owner).await), "NO_SECOND_FACTOR");
    assert_eq!(reason(disable(&world, &owner, WRONG).await), "NO_SECOND_FACTOR");
}

#[tokio::test]
async fn a_proof_of_who_has_a_second_factor_shows_it_too() {
    let (world, enrolled) = with_factor().await;
    let person = &enrolled.person;
    assert_eq!(reason(reauthenticate(&world, person, "").await), "MFA_REQUIRED");
    assert_eq!(reason(reauthenticate(&world, person, WRONG).await), "CODE_WRONG");
    let code = enrolled.app.shows(&world);
    let tokens = reauthenticate(&world, person, &code).await.unwrap();
    assert!(is_strong(&world, &tokens.access_token).await);
}

#[tokio::test]
async fn new_recovery_codes_kill_those_of_before() {
    let (world, enrolled) = with_factor().await;
    let codes = regenerate(&world, &enrolled.person).await.unwrap();
    assert_eq!(codes.len(), 10);
    let token = challenge(&world, &enrolled.person).await;
    assert_eq!(
        reason(complete(&world, &token, &enrolled.codes[0]).await),
        "CODE_WRONG"
    );
    complete(&world, &token, &codes[0]).await.unwrap();
}

#[tokio::test]
async fn new_recovery_codes_need_a_session_that_has_shown_the_factor() {
    let (world, owner) = World::new().await;
    let elsewhere = world.sign_in(&owner.email).await;
    enrolled(&world, owner).await;
    assert_eq!(reason(regenerate(&world, &elsewhere).await), "MFA_REQUIRED");
}

#[tokio::test]
async fn another_app_takes_the_place_of_the_first_when_it_is_confirmed() {
    let (world, owner) = World::new().await;
    let elsewhere = world.sign_in(&owner.email).await;
    let enrolled = enrolled(&world, owner).await;
    assert_eq!(reason(enroll(&world, &elsewhere).await), "MFA_REQUIRED");

    let new = Authenticator(enroll(&world, &enrolled.person).await.unwrap().secret);
    let token = challenge(&world, &enrolled.person).await;
    assert_eq!(
        reason(complete(&world, &token, &new.shows(&world)).await),
        "CODE_WRONG"
    );
    confirm(&world, &enrolled.person, &new.shows(&world))
        .await
        .unwrap();

    assert_eq!(
        reason(complete(&world, &token, &enrolled.app.shows(&world)).await),
        "CODE_WRONG"
    );
    world.advance(STEP);
    complete(&world, &token, &new.shows(&world)).await.unwrap();
}

#[tokio::test]
async fn giving_the_factor_up_needs_a_code_and_forgets_that_it_was_shown() {
    let (world, enrolled) = with_factor().await;
    let person = &enrolled.person;
    assert_eq!(reason(disable(&world, person, WRONG).await), "CODE_WRONG");
    disable(&world, person, &enrolled.app.shows(&world))
        .await
        .unwrap();

    assert_eq!(factor(&world, person).await.state(), SecondFactorState::None);
    assert!(!is_strong(&world, &refreshed(&world, person).await.access_token).await);
    assert!(
        world
            .try_sign_in(&person.email, PASSWORD)
            .await
            .unwrap()
            .tokens
            .is_some()
    );
}

#[tokio::test]
async fn giving_the_factor_up_needs_a_recent_proof() {
    let (world, enrolled) = with_factor().await;
    world.advance(Duration::from_secs(4 * 60));
    let fresh = Actor {
        token: refreshed(&world, &enrolled.person).await.access_token,
        ..enrolled.person.clone()
    };
    world.advance(Duration::from_secs(2 * 60));
    assert_eq!(
        reason(disable(&world, &fresh, &enrolled.app.shows(&world)).await),
        "REAUTHENTICATION_REQUIRED"
    );
}

#[tokio::test]
async fn each_step_is_announced_to_the_organizations_of_the_person_without_a_secret() {
    let (world, enrolled) = with_factor().await;
    let person = &enrolled.person;
    let token = challenge(&world, person).await;
    complete(&world, &token, &enrolled.codes[0]).await.unwrap();
    regenerate(&world, person).await.unwrap();
    disable(&world, person, &enrolled.app.shows(&world))
        .await
        .unwrap();

    let events = world.events(&person.user, 4).await;

    let kinds: Vec<_> = events.iter().map(|event| event.kind()).collect();
    assert_eq!(
        kinds,
        [
            "second_factor.enrolled",
            "second_factor.recovery_code_used",
            "second_factor.recovery_codes_replaced",
            "second_factor.disabled",
        ]
    );
    let told = format!("{events:?}");
    assert!(!told.contains(&enrolled.app.0) && !told.contains(&enrolled.codes[1]));
    for event in &events {
        assert!(format!("{event:?}").contains(&person.organization));
    }
}

#[tokio::test]
async fn each_organization_is_told_of_a_factor_alone() {
    let (world, owner) = World::new().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &owner.email, "viewer").await.unwrap();
    world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();

    let enrolled = enrolled(&world, owner).await;

    let events = world.events(&enrolled.person.user, 2).await;
    let mut trails: Vec<_> = events
        .iter()
        .map(|event| event.header("ce_organizations"))
        .collect();
    let mut places = [
        enrolled.person.organization.as_str(),
        alpina.organization.as_str(),
    ];
    trails.sort_unstable();
    places.sort_unstable();
    assert_eq!(trails, places);
    // The person is told by one of them.
    let told: Vec<_> = world
        .payloads::<CredentialChanged>(&enrolled.person.user)
        .await
        .into_iter()
        .map(|event| event.organization)
        .collect();
    assert_eq!(told, [enrolled.person.organization.as_str(), ""]);
}

#[tokio::test]
async fn a_wrong_code_leaves_a_trace() {
    let (world, enrolled) = with_factor().await;
    let token = challenge(&world, &enrolled.person).await;
    complete(&world, &token, WRONG).await.unwrap_err();
    let refusals: i64 = world.refusals(&enrolled.person.user).await;
    assert_eq!(refusals, 1);
}

#[tokio::test]
async fn the_secret_does_not_stand_in_the_database() {
    let (world, enrolled) = with_factor().await;
    let secret = Secret::try_from_base32(&enrolled.app.0).unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("select secret from identity.second_factor")
        .fetch_one(&mut world.admin().await)
        .await
        .unwrap();
    let bytes: &[u8] = secret.as_ref();
    assert!(!stored.windows(bytes.len()).any(|window| window == bytes));
}

#[tokio::test]
async fn who_is_asked_for_a_second_factor_cant_give_it_up() {
    let (world, enrolled) = with_factor().await;
    let mut admin = world.db.admin().await.unwrap();
    for (own, required, members, demanded) in [
        ("inherit", false, "inherit", false),
        ("always", false, "never", false),
        ("always", false, "inherit", true),
        ("never", false, "always", true),
        ("never", true, "never", true),
    ] {
        sqlx::query("update identity.organization set second_factor = $1, second_factor_required = $2")
            .bind(own)
            .bind(required)
            .execute(&mut admin)
            .await
            .unwrap();
        sqlx::query("update identity.member set second_factor = $1")
            .bind(members)
            .execute(&mut admin)
            .await
            .unwrap();
        let user = enrolled.person.user.parse().unwrap();
        let asked = store::second_factor::is_demanded(&mut admin, user).await.unwrap();
        assert_eq!(asked, demanded, "{own} {required} {members}");
    }
    let refused = disable(&world, &enrolled.person, &enrolled.app.shows(&world)).await;
    assert_eq!(reason(refused), "SECOND_FACTOR_DEMANDED");
}
