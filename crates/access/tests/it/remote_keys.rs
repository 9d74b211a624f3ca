//! identity's keys, as another service gets them.

use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::to_json_web_key;
use entente_access::{KeySource, Reason, RemoteKeys};
use entente_contracts::identity::v1::JsonWebKey;
use entente_runtime::clock::ManualClock;
use futures::future::join_all;

use crate::identity::Publisher;
use crate::support::*;

const SECOND: Duration = Duration::from_secs(1);

fn published(seeds: &[u8]) -> Vec<JsonWebKey> {
    seeds
        .iter()
        .map(|seed| to_json_web_key(&key(*seed).public()))
        .collect()
}

fn set_up(seeds: &[u8]) -> (Arc<Publisher>, Arc<ManualClock>, RemoteKeys) {
    let identity = Publisher::of(published(seeds));
    let clock = Arc::new(ManualClock::new(NOW));
    let keys = RemoteKeys::new(identity.client(), clock.clone());
    (identity, clock, keys)
}

#[tokio::test]
async fn a_key_is_asked_for_once() {
    let (identity, _, keys) = set_up(&[1]);

    for _ in 0..3 {
        assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
    }

    assert_eq!(identity.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it() {
    let (identity, clock, keys) = set_up(&[1]);
    keys.key(&key_id(1)).await.unwrap();
    identity.publish(published(&[2, 1]));
    clock.advance(SECOND);

    assert_eq!(keys.key(&key_id(2)).await, Ok(key(2).public()));
    assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
}

#[tokio::test]
async fn made_up_key_ids_cost_identity_one_call_a_second() {
    let (identity, clock, keys) = set_up(&[1]);

    for number in 0..100 {
        assert_eq!(
            keys.key(&format!("made up {number}")).await,
            Err(Reason::TokenInvalid)
        );
    }
    assert_eq!(identity.asked(), 1);
    clock.advance(SECOND);
    assert_eq!(keys.key("made up").await, Err(Reason::TokenInvalid));
    assert_eq!(identity.asked(), 2);
}

#[tokio::test]
async fn many_that_need_the_same_key_at_once_ask_once() {
    let (identity, _, keys) = set_up(&[1]);
    let id = key_id(1);

    let found = join_all((0..50).map(|_| keys.key(&id))).await;

    assert!(found.into_iter().all(|found| found == Ok(key(1).public())));
    assert_eq!(identity.asked(), 1);
}

#[tokio::test]
async fn known_keys_serve_on_while_identity_is_away() {
    let (identity, clock, keys) = set_up(&[1]);
    keys.key(&key_id(1)).await.unwrap();
    identity.go_away();
    clock.advance(SECOND);

    assert_eq!(keys.key(&key_id(2)).await, Err(Reason::DecisionUnavailable));
    assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
}

#[tokio::test]
async fn an_identity_that_is_away_is_not_stormed_and_found_when_it_is_back() {
    let (identity, clock, keys) = set_up(&[1]);
    identity.go_away();

    for _ in 0..100 {
        assert_eq!(keys.key(&key_id(1)).await, Err(Reason::DecisionUnavailable));
    }
    assert_eq!(identity.asked(), 1);
    identity.come_back();
    clock.advance(SECOND);
    assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
}

#[tokio::test]
async fn a_set_without_a_usable_key_replaces_nothing() {
    let (identity, clock, keys) = set_up(&[1]);
    keys.key(&key_id(1)).await.unwrap();
    identity.publish(vec![JsonWebKey {
        kty: "RSA".to_owned(),
        ..JsonWebKey::default()
    }]);
    clock.advance(SECOND);

    assert_eq!(keys.key(&key_id(2)).await, Err(Reason::DecisionUnavailable));
    assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_answer_to_the_others() {
    let (identity, _, keys) = set_up(&[1]);
    identity.hold();
    let id = key_id(1);
    let first = {
        let (keys, id) = (keys.clone(), id.clone());
        tokio::spawn(async move { keys.key(&id).await })
    };
    eventually(|| identity.asked() == 1).await;

    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    identity.release();

    assert_eq!(keys.key(&id).await, Ok(key(1).public()));
    assert_eq!(identity.asked(), 1);
}

#[tokio::test]
async fn a_withdrawn_key_is_forgotten_after_five_minutes() {
    let (identity, clock, keys) = set_up(&[1, 2]);
    keys.key(&key_id(1)).await.unwrap();
    identity.publish(published(&[2]));
    clock.advance(Duration::from_mins(5));

    // The call that notices the age of the set doesn't wait for the new one.
    assert_eq!(keys.key(&key_id(1)).await, Ok(key(1).public()));
    let end = tokio::time::Instant::now() + Duration::from_secs(10);
    while keys.key(&key_id(1)).await.is_ok() {
        assert!(tokio::time::Instant::now() < end, "the key is still known");
        tokio::task::yield_now().await;
    }

    assert_eq!(keys.key(&key_id(2)).await, Ok(key(2).public()));
}

async fn eventually(condition: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(tokio::time::Instant::now() < end, "the condition never held");
        tokio::task::yield_now().await;
    }
}
