use entente_runtime::random::SystemRandom;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

const PLACE: Place = Place {
    purpose: "test secret",
    tenant: Uuid::from_u128(1),
    record: Uuid::from_u128(2),
};

fn envelope(folder: &TempDir, current: &str, former: &[&str]) -> Envelope {
    let former: Vec<_> = former.iter().map(|name| folder.path().join(name)).collect();
    Envelope::load_or_create(&folder.path().join(current), &former, SystemRandom::shared()).unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_secret_opens_where_it_was_sealed_for() {
    let folder = folder();
    let sealed = envelope(&folder, "a", &[]).seal(PLACE, b"hunter2").unwrap();

    let opened = envelope(&folder, "a", &[]).open(PLACE, &sealed).unwrap();

    assert_eq!(opened.expose_secret(), b"hunter2");
}

#[test]
fn a_secret_that_was_moved_does_not_open() {
    let envelope = envelope(&folder(), "a", &[]);
    let sealed = envelope.seal(PLACE, b"hunter2").unwrap();
    let elsewhere = [
        Place {
            purpose: "other secret",
            ..PLACE
        },
        Place {
            tenant: Uuid::from_u128(3),
            ..PLACE
        },
        Place {
            record: Uuid::from_u128(3),
            ..PLACE
        },
        Place {
            tenant: PLACE.record,
            record: PLACE.tenant,
            ..PLACE
        },
    ];

    for place in elsewhere {
        assert!(
            matches!(envelope.open(place, &sealed), Err(EnvelopeError::Refused)),
            "{place:?}"
        );
    }
}

#[test]
fn a_changed_byte_is_noticed_wherever_it_is() {
    let envelope = envelope(&folder(), "a", &[]);
    let sealed = envelope.seal(PLACE, b"hunter2").unwrap();

    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(envelope.open(PLACE, &changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_secret_of_a_former_key_opens_and_is_known_as_such() {
    let folder = folder();
    let sealed = envelope(&folder, "old", &[]).seal(PLACE, b"hunter2").unwrap();
    let changed = envelope(&folder, "new", &["old"]);

    assert_eq!(changed.open(PLACE, &sealed).unwrap().expose_secret(), b"hunter2");
    assert!(!changed.is_current(&sealed));
    assert!(changed.is_current(&changed.seal(PLACE, b"hunter2").unwrap()));
}

#[test]
fn a_key_that_is_gone_is_named() {
    let folder = folder();
    let old = envelope(&folder, "old", &[]);
    let sealed = old.seal(PLACE, b"hunter2").unwrap();

    let error = envelope(&folder, "new", &[]).open(PLACE, &sealed).unwrap_err();

    assert!(
        error.to_string().contains(&old.current.id().to_string()),
        "{error}"
    );
}

#[test]
fn the_same_secret_never_looks_the_same() {
    let envelope = envelope(&folder(), "a", &[]);

    assert_ne!(
        envelope.seal(PLACE, b"hunter2").unwrap(),
        envelope.seal(PLACE, b"hunter2").unwrap()
    );
}

#[test]
fn nothing_prints_a_key_or_a_secret() {
    let folder = folder();
    let envelope = envelope(&folder, "a", &[]);
    let opened = envelope.open(PLACE, &envelope.seal(PLACE, b"hunter2").unwrap());
    let key = fs_err::read_to_string(folder.path().join("a")).unwrap();

    let printed = format!("{envelope:?} {opened:?}");

    assert!(!printed.contains("104, 117") && !printed.contains(key.lines().nth(1).unwrap()));
}

proptest! {
    #[test]
    fn what_was_never_sealed_does_not_open(bytes: Vec<u8>) {
        let envelope = envelope(&folder(), "a", &[]);
        prop_assert!(envelope.open(PLACE, &bytes).is_err());
    }
}
