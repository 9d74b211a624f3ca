//! A service's own token.

use std::sync::Arc;

use entente_access::{LocalKeys, Principal, Reason, ServiceKey, Verifier};
use futures::executor::block_on;
use http::{HeaderMap, header as headers};
use serde_json::Value;

use crate::support::*;

fn partners() -> Principal {
    Principal::Service {
        name: Arc::from("partners"),
    }
}

fn authenticate(world: &World, signer: &entente_access::ServiceSigner) -> Result<Principal, Reason> {
    let headers = HeaderMap::from_iter([(headers::AUTHORIZATION, signer.authorization())]);
    block_on(world.verifier.authenticate(&headers))
}

/// The token must be refused for this claim alone: with the good one it passes.
fn refused_for(name: &str, claim: impl Into<Value>) {
    let world = World::new();
    let claims = service_claims("partners");
    assert!(
        world
            .verify(&forge(PARTNERS, &header("service:partners"), &claims))
            .is_ok()
    );
    let token = forge(PARTNERS, &header("service:partners"), &with(claims, name, claim));
    assert_eq!(world.verify(&token), Err(Reason::TokenInvalid), "{name}");
}

#[test]
fn a_service_proves_its_name_with_its_own_key() {
    let world = World::new();

    assert_eq!(
        authenticate(&world, &world.service("partners", PARTNERS)),
        Ok(partners())
    );
}

#[test]
fn a_service_can_not_take_the_name_of_another() {
    let world = World::new();

    assert_eq!(
        authenticate(&world, &world.service("partners", BILLING)),
        Err(Reason::TokenInvalid)
    );
    refused_for("sub", "service:billing");
    refused_for("iss", "service:billing");
    refused_for("iss", "entente");
}

#[test]
fn identitys_signing_key_makes_no_service() {
    let world = World::new();
    let claims = service_claims("partners");

    for key_id in ["service:partners".to_owned(), key_id(IDENTITY)] {
        assert_eq!(
            world.verify(&forge(IDENTITY, &header(&key_id), &claims)),
            Err(Reason::TokenInvalid)
        );
    }
}

#[test]
fn a_service_without_a_configured_key_is_refused() {
    let world = World::new();

    for name in ["audit", "", "Partners"] {
        let signer = world.service(name, PARTNERS);
        assert_eq!(authenticate(&world, &signer), Err(Reason::TokenInvalid), "{name}");
    }
}

#[test]
fn a_token_expires_after_a_minute_though_it_is_remembered() {
    let world = World::new();
    let header = world.service("partners", PARTNERS).authorization();
    let headers = HeaderMap::from_iter([(headers::AUTHORIZATION, header)]);
    assert!(block_on(world.verifier.authenticate(&headers)).is_ok());

    world.advance(60);

    assert_eq!(
        block_on(world.verifier.authenticate(&headers)),
        Err(Reason::TokenExpired)
    );
}

#[test]
fn a_token_that_ends_more_than_two_minutes_ahead_is_refused() {
    refused_for("exp", NOW.as_second() + 121);
    refused_for("exp", i64::MAX);

    let claims = with(service_claims("partners"), "exp", NOW.as_second() + 120);
    let token = forge(PARTNERS, &header("service:partners"), &claims);
    assert_eq!(World::new().verify(&token), Ok(partners()));
}

#[test]
fn a_service_that_changes_its_key_has_two() {
    let world = World::new();
    let keys = [PARTNERS, STRANGER].map(|seed| ServiceKey {
        name: "partners".to_owned(),
        key: key(seed).public(),
    });
    let people = LocalKeys::new(key(IDENTITY).public(), []);
    let verifier = Verifier::new(people, keys.into_iter().collect(), world.clock.clone());

    for seed in [PARTNERS, STRANGER] {
        let header = world.service("partners", seed).authorization();
        let headers = HeaderMap::from_iter([(headers::AUTHORIZATION, header)]);
        assert_eq!(block_on(verifier.authenticate(&headers)), Ok(partners()));
    }
}
