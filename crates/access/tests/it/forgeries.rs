//! Tokens that somebody made up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_access::Reason;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::*;

fn refused(token: &str) {
    assert_eq!(World::new().verify(token), Err(Reason::TokenInvalid), "{token}");
}

/// The token must be refused for this claim alone: with the good one it passes.
fn refused_for(name: &str, claim: impl Into<Value>) {
    let good = forge(IDENTITY, &header(&key_id(IDENTITY)), &person_claims());
    assert!(World::new().verify(&good).is_ok());
    refused(&forge(
        IDENTITY,
        &header(&key_id(IDENTITY)),
        &with(person_claims(), name, claim),
    ));
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let none = with(header(&key_id(IDENTITY)), "alg", "none");

    refused(&format!("{}.", unsigned(&none, &person_claims())));
    refused(&unsigned(&none, &person_claims()));
    refused(&format!(
        "{}.",
        unsigned(&header(&key_id(IDENTITY)), &person_claims())
    ));
}

#[test]
fn a_public_key_is_no_hmac_secret() {
    let hs256 = with(header(&key_id(IDENTITY)), "alg", "HS256");
    let signed = unsigned(&hs256, &person_claims());
    let public = key(IDENTITY).public();
    let pem = public.to_pem().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(public.to_base64url()).unwrap();

    for secret in [pem.as_bytes(), public.to_base64url().as_bytes(), raw.as_slice()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(signed.as_bytes());
        let tag = mac.finalize().into_bytes();
        refused(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)));
    }
}

#[test]
fn another_algorithm_is_refused_even_with_a_true_signature() {
    for algorithm in ["none", "HS256", "ES256", "Ed25519", "eddsa", "EDDSA", ""] {
        refused(&forge(
            IDENTITY,
            &with(header(&key_id(IDENTITY)), "alg", algorithm),
            &person_claims(),
        ));
    }
}

#[test]
fn a_header_that_must_be_understood_is_refused() {
    refused(&forge(
        IDENTITY,
        &with(header(&key_id(IDENTITY)), "crit", json!(["b64"])),
        &person_claims(),
    ));
}

#[test]
fn a_key_that_the_token_brings_along_counts_for_nothing() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": key(STRANGER).public().to_base64url() });

    refused(&forge(
        STRANGER,
        &with(header(&key_id(IDENTITY)), "jwk", jwk),
        &person_claims(),
    ));
}

#[test]
fn an_unknown_or_missing_key_id_is_refused() {
    refused(&forge(STRANGER, &header(&key_id(STRANGER)), &person_claims()));
    refused(&forge(IDENTITY, &header(""), &person_claims()));
    refused(&forge(IDENTITY, &json!({ "alg": "EdDSA" }), &person_claims()));
}

#[test]
fn a_changed_payload_is_refused() {
    let token = World::new().sign(&person());
    let (head, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let claims = with(person_claims(), "exp", NOW.as_second() + 3000);

    refused(&format!(
        "{head}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(claims.to_string())
    ));
}

#[test]
fn another_issuer_is_refused() {
    for issuer in ["", "Entente", "entente2", "service:partners"] {
        refused_for("iss", issuer);
    }
}

#[test]
fn claims_that_name_something_else_are_refused() {
    let person = person();
    refused_for("sub", person.organization.to_string());
    refused_for("sub", "usr_");
    refused_for("sid", person.user.to_string());
    refused_for("org", "");
    refused_for("org", Value::Null);
    refused_for("auth_time", i64::MAX);
    refused_for("iat", "now");
    refused_for("iat", 1.5);
    refused_for("exp", Value::Null);
    refused_for("exp", u64::MAX);
    refused_for("exp", person_claims()["iat"].clone());
}

#[test]
fn a_claim_that_stands_twice_is_refused() {
    let twice = person_claims()
        .to_string()
        .replacen('{', r#"{"org":"org_01h455vb4pex5vsknk084sn02q","#, 1);
    let header = URL_SAFE_NO_PAD.encode(header(&key_id(IDENTITY)).to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(twice));
    let signature = {
        use ed25519_dalek::{Signer, SigningKey};
        SigningKey::from_bytes(&[IDENTITY; 32]).sign(signed.as_bytes())
    };

    refused(&format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    ));
}

#[test]
fn a_services_key_signs_no_person() {
    refused(&forge(PARTNERS, &header("service:partners"), &person_claims()));
    refused(&forge(PARTNERS, &header(&key_id(PARTNERS)), &person_claims()));
    refused(&forge(PARTNERS, &header(&key_id(IDENTITY)), &person_claims()));
}

proptest! {
    // Signatures are slow in an unoptimised build.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_random_bytes_verify(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let world = World::new();
        let parts: Vec<_> = bytes.chunks(200).map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        for token in [URL_SAFE_NO_PAD.encode(&bytes), parts.join(".")] {
            prop_assert_eq!(world.verify(&token), Err(Reason::TokenInvalid));
        }
    }

    #[test]
    fn no_random_signature_verifies(bytes in proptest::collection::vec(any::<u8>(), 64)) {
        let signed = unsigned(&header(&key_id(IDENTITY)), &person_claims());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes));
        prop_assert_eq!(World::new().verify(&token), Err(Reason::TokenInvalid));
    }

    #[test]
    fn no_token_with_one_character_changed_verifies(place: prop::sample::Index, change in "[-_A-Za-z0-9.]") {
        let world = World::new();
        let token = world.sign(&person());
        let at = place.index(token.len());
        let changed = format!("{}{change}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        prop_assert_eq!(world.verify(&changed), Err(Reason::TokenInvalid));
    }

    #[test]
    fn no_claims_of_any_kind_panic(claims in "\\PC{0,200}") {
        let token = forge(IDENTITY, &header(&key_id(IDENTITY)), &Value::String(claims));
        prop_assert_eq!(World::new().verify(&token), Err(Reason::TokenInvalid));
    }
}
