//! The `authorization` header in all its shapes.

use entente_access::{Principal, Reason};
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, header};

use crate::support::*;

fn authenticate(world: &World, values: &[&[u8]]) -> Result<Principal, Reason> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    block_on(world.verifier.authenticate(&headers))
}

#[test]
fn no_header_is_an_anonymous_caller() {
    assert_eq!(authenticate(&World::new(), &[]), Ok(Principal::Anonymous));
}

#[test]
fn the_name_of_the_scheme_is_in_any_case() {
    let world = World::new();
    let token = world.sign(&person());

    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert!(
            authenticate(&world, &[format!("{scheme} {token}").as_bytes()]).is_ok(),
            "{scheme}"
        );
    }
}

#[test]
fn anything_but_one_bearer_token_is_invalid() {
    let world = World::new();
    let good = format!("Bearer {}", world.sign(&person()));
    let basic = good.replace("Bearer", "Basic");
    let bare = good.replace("Bearer ", "");
    let extended = format!("{good} x");
    let wrong: [&[&[u8]]; 11] = [
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Bearer .."],
        &[b"Bearer ..."],
        &["Bearer caf\u{e9}.\u{e9}.\u{e9}".as_bytes()],
        &[b"Bearer \xff\xfe.\x80.\x80"],
        &[basic.as_bytes()],
        &[bare.as_bytes()],
        &[extended.as_bytes()],
        &[good.as_bytes(), good.as_bytes()],
    ];
    for values in wrong {
        assert_eq!(
            authenticate(&world, values),
            Err(Reason::TokenInvalid),
            "{values:?}"
        );
    }
}

#[test]
fn a_huge_header_is_refused_unread() {
    let world = World::new();
    let huge = format!("Bearer {}", "a".repeat(1 << 20));

    assert_eq!(
        authenticate(&world, &[huge.as_bytes()]),
        Err(Reason::TokenInvalid)
    );
}
