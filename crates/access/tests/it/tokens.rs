//! A person's token, from its signing to its end.

use entente_access::{LocalKeys, Person, Principal, Reason, ServiceKeys, TokenSigner, Verifier};
use futures::executor::block_on;

use crate::support::*;

#[test]
fn a_signed_token_proves_who_the_person_is() {
    let world = World::new();

    assert_eq!(
        world.verify(&world.sign(&person())),
        Ok(Principal::Person(person()))
    );
}

#[test]
fn a_service_accounts_token_proves_which_one_it_is() {
    let world = World::new();
    let (token, seconds) = world.sign_service_account(&program(), 3600);

    assert_eq!(seconds, 300);
    assert_eq!(world.verify(&token), Ok(Principal::ServiceAccount(program())));
}

#[test]
fn a_service_accounts_token_ends_with_its_key() {
    let world = World::new();
    let (token, seconds) = world.sign_service_account(&program(), 20);

    assert_eq!(seconds, 20);
    world.advance(19);
    assert!(world.verify(&token).is_ok());
    world.advance(1);
    assert_eq!(world.verify(&token), Err(Reason::TokenExpired));
}

#[test]
fn a_person_without_a_proof_is_nobody() {
    let world = World::new();
    let mut claims = person_claims();
    claims.as_object_mut().unwrap().remove("auth_time");
    let token = forge(IDENTITY, &header(&key_id(IDENTITY)), &claims);

    assert_eq!(world.verify(&token), Err(Reason::TokenInvalid));
}

#[test]
fn a_token_says_whether_a_second_factor_was_shown() {
    let world = World::new();

    assert_eq!(world.verify(&world.sign(&weak())), Ok(Principal::Person(weak())));
}

#[test]
fn only_a_one_time_password_is_a_second_factor() {
    let world = World::new();
    let mut says_nothing = person_claims();
    says_nothing.as_object_mut().unwrap().remove("amr");
    let says_otherwise = with(person_claims(), "amr", vec!["pwd", "sms"]);

    for claims in [says_nothing, says_otherwise] {
        let token = forge(IDENTITY, &header(&key_id(IDENTITY)), &claims);
        assert_eq!(world.verify(&token), Ok(Principal::Person(weak())), "{claims}");
    }
}

fn weak() -> Person {
    Person {
        second_factor: false,
        ..person()
    }
}

#[test]
fn a_token_is_good_for_five_minutes_and_not_a_second_longer() {
    let world = World::new();
    let token = world.sign(&person());

    world.advance(299);
    assert!(world.verify(&token).is_ok());
    world.advance(1);
    assert_eq!(world.verify(&token), Err(Reason::TokenExpired));
}

#[test]
fn a_token_that_nobody_has_seen_yet_expires_too() {
    let world = World::new();
    let token = world.sign(&person());

    world.advance(300);

    assert_eq!(world.verify(&token), Err(Reason::TokenExpired));
}

#[test]
fn a_token_from_the_future_is_not_valid_yet() {
    let world = World::new();
    let issued_later = with(person_claims(), "iat", world.now() + 11);
    let valid_later = with(person_claims(), "nbf", world.now() + 11);

    for claims in [issued_later, valid_later] {
        let token = forge(IDENTITY, &header(&key_id(IDENTITY)), &claims);
        assert_eq!(world.verify(&token), Err(Reason::TokenInvalid), "{claims}");
    }
}

#[test]
fn a_signer_whose_clock_is_a_little_ahead_is_believed() {
    let world = World::new();
    let claims = with(person_claims(), "iat", world.now() + 10);

    assert!(
        world
            .verify(&forge(IDENTITY, &header(&key_id(IDENTITY)), &claims))
            .is_ok()
    );
}

#[test]
fn a_token_of_a_former_key_is_still_good() {
    let world = World::new();
    let keys = LocalKeys::new(key(STRANGER).public(), [key(IDENTITY).public()]);
    let verifier = Verifier::new(keys, ServiceKeys::default(), world.clock.clone());

    let result = block_on(verifier.authenticate(&bearer(&world.sign(&person()))));

    assert_eq!(result, Ok(Principal::Person(person())));
}

#[test]
fn the_key_that_signs_now_is_published_first() {
    let keys = LocalKeys::new(key(STRANGER).public(), [key(IDENTITY).public()]);

    let published: Vec<_> = keys.json_web_keys().into_iter().map(|key| key.kid).collect();

    assert_eq!(published, [key_id(STRANGER), key_id(IDENTITY)]);
}

#[test]
fn nothing_prints_a_private_key_or_a_token() {
    let world = World::new();
    let signer = TokenSigner::new(key(IDENTITY), world.clock.clone());
    let token = signer.sign(&person());
    world.verify(&token).unwrap();

    let printed = format!("{signer:?} {:?}", world.verifier);

    assert!(
        !printed.contains(&token) && !printed.contains(token.rsplit_once('.').unwrap().1),
        "{printed}"
    );
}
