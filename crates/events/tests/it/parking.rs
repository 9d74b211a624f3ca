//! Events that fail for good, and those behind them.

use entente_events::parked::{self, Parked, ParkedError};

use crate::consuming::record;
use crate::support::{Effects, Faults, GROUP, Which, World, topic, until};

on_both_logs!(
    a_poison_message_is_parked_with_what_follows_and_drained_by_a_replay,
    a_replay_that_fails_again_stays_parked,
    a_skipped_event_lets_the_rest_go_on,
    a_missing_event_is_waited_for_and_drains_the_rest,
    a_missing_event_that_never_comes_can_be_skipped,
    a_poison_message_among_many_is_parked_alone,
    a_handler_that_panics_parks_the_event,
    what_the_database_refuses_is_parked,
    what_the_database_refuses_at_the_commit_is_parked,
    a_refusal_that_the_handler_took_no_notice_of_is_parked,
    a_message_that_is_no_event_is_parked_and_the_rest_goes_on,
    a_parked_event_that_is_delivered_again_stays_parked_once,
);

async fn parked(world: &World) -> Vec<Parked> {
    parked::list(&world.parts.worker, &crate::support::orders(), Some(GROUP), 100)
        .await
        .unwrap()
}

async fn wait_for_parked(world: &World, count: usize) -> Vec<Parked> {
    until("events to be parked", async || {
        let parked = parked(world).await;
        (parked.len() == count).then_some(parked)
    })
    .await
}

async fn replay(world: &World, key: &str) {
    parked::replay(&world.parts.worker, &crate::support::orders(), GROUP, key)
        .await
        .unwrap();
}

async fn skip(world: &World, key: &str, sequence: i64) -> Result<(), ParkedError> {
    parked::skip(
        &world.parts.worker,
        &crate::support::orders(),
        GROUP,
        key,
        sequence,
    )
    .await
}

/// Three events of two keys, of which the second of the first key fails.
async fn with_fault(which: Which, fault: Faults) -> (World, Effects, impl Sized) {
    with_fault_in(Effects::of(GROUP), which, fault).await
}

async fn with_fault_in(effects: Effects, which: Which, fault: Faults) -> (World, Effects, impl Sized) {
    let world = World::new(which).await;
    effects.fail("ord_1", 2, fault);
    let running = (world.relay(), world.consume(GROUP, effects.clone()));
    world
        .announce(&["ord_1", "ord_2", "ord_1", "ord_2", "ord_1", "ord_2"])
        .await;
    let parked = wait_for_parked(&world, 2).await;
    world.wait_for_effects(GROUP, 4).await;
    let sequences = world.sequences(GROUP).await;
    assert_eq!(sequences["ord_1"], [1]);
    assert_eq!(sequences["ord_2"], [1, 2, 3]);
    assert_eq!(
        parked.iter().map(|parked| parked.sequence).collect::<Vec<_>>(),
        [2, 3]
    );
    assert!(parked[0].error.is_some() && parked[1].error.is_none());
    (world, effects, running)
}

async fn fault_is_parked_and_drained(which: Which, fault: Faults) {
    let (world, effects, _running) = with_fault(which, fault).await;
    world.announce(&["ord_1"]).await;
    wait_for_parked(&world, 3).await;

    effects.heal();
    replay(&world, "ord_1").await;

    world.all_applied_once_in_order(GROUP).await;
    wait_for_parked(&world, 0).await;
    world.announce(&["ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn a_poison_message_is_parked_with_what_follows_and_drained_by_a_replay(which: Which) {
    fault_is_parked_and_drained(which, Faults::Permanent).await;
}

async fn a_poison_message_among_many_is_parked_alone(which: Which) {
    let (world, effects, _running) =
        with_fault_in(Effects::of(GROUP).by_many(), which, Faults::Permanent).await;
    effects.heal();
    replay(&world, "ord_1").await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn a_handler_that_panics_parks_the_event(which: Which) {
    fault_is_parked_and_drained(which, Faults::Panic).await;
}

async fn what_the_database_refuses_is_parked(which: Which) {
    fault_is_parked_and_drained(which, Faults::Refused).await;
}

async fn what_the_database_refuses_at_the_commit_is_parked(which: Which) {
    fault_is_parked_and_drained(which, Faults::RefusedAtCommit).await;
}

async fn a_refusal_that_the_handler_took_no_notice_of_is_parked(which: Which) {
    fault_is_parked_and_drained(which, Faults::Swallowed).await;
}

async fn a_replay_that_fails_again_stays_parked(which: Which) {
    let (world, effects, _running) = with_fault(which, Faults::Permanent).await;

    replay(&world, "ord_1").await;

    until("the replay to have failed", async || {
        let parked = parked(&world).await;
        (!parked[0].replay_requested && parked.len() == 2).then_some(())
    })
    .await;
    effects.heal();
    replay(&world, "ord_1").await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn a_skipped_event_lets_the_rest_go_on(which: Which) {
    let (world, _, _running) = with_fault(which, Faults::Permanent).await;
    assert!(matches!(
        skip(&world, "ord_1", 3).await,
        Err(ParkedError::NotNext { next: 2, .. })
    ));
    assert!(matches!(
        skip(&world, "ord_2", 4).await,
        Err(ParkedError::NothingFailed { .. })
    ));

    skip(&world, "ord_1", 2).await.unwrap();

    wait_for_parked(&world, 0).await;
    world.announce(&["ord_1"]).await;
    world.wait_for_effects(GROUP, 6).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 3, 4]);
}

async fn a_missing_event_is_waited_for_and_drains_the_rest(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    world.parts.log.ensure_topics(&[topic()]).await.unwrap();
    for sequence in [1, 3, 4, 5] {
        world.parts.log.append(&[record("ord_1", sequence)]).await;
    }
    let parked = wait_for_parked(&world, 3).await;
    assert!(parked.iter().all(|parked| parked.error.is_none()));

    world.parts.log.append(&[record("ord_1", 2)]).await;

    wait_for_parked(&world, 0).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 2, 3, 4, 5]);
}

async fn a_missing_event_that_never_comes_can_be_skipped(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    world.parts.log.ensure_topics(&[topic()]).await.unwrap();
    for sequence in [1, 3, 4] {
        world.parts.log.append(&[record("ord_1", sequence)]).await;
    }
    wait_for_parked(&world, 2).await;

    skip(&world, "ord_1", 2).await.unwrap();

    wait_for_parked(&world, 0).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 3, 4]);
}

async fn a_message_that_is_no_event_is_parked_and_the_rest_goes_on(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    world.parts.log.ensure_topics(&[topic()]).await.unwrap();
    let mut nonsense = record("ord_1", 1);
    nonsense.headers.clear();
    world
        .parts
        .log
        .append(&[nonsense, record("ord_1", 1), record("ord_1", 2)])
        .await;

    let parked = wait_for_parked(&world, 1).await;
    world.wait_for_effects(GROUP, 2).await;
    assert!(
        parked[0]
            .error
            .as_ref()
            .unwrap()
            .contains("ce_sequence is missing")
    );
    skip(&world, &parked[0].key, 1).await.unwrap();

    wait_for_parked(&world, 0).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 2]);
}

async fn a_parked_event_that_is_delivered_again_stays_parked_once(which: Which) {
    let world = World::new(which).await;
    let effects = Effects::of(GROUP);
    effects.fail("ord_1", 1, Faults::Permanent);
    let _consumer = world.consume(GROUP, effects.clone());
    world.parts.log.ensure_topics(&[topic()]).await.unwrap();
    for _ in 0..3 {
        world
            .parts
            .log
            .append(&[record("ord_1", 1), record("ord_1", 2)])
            .await;
    }
    world.parts.log.append(&[record("ord_2", 1)]).await;
    world.parts.log.append(&[record("ord_1", 3)]).await;
    wait_for_parked(&world, 3).await;

    effects.heal();
    replay(&world, "ord_1").await;

    wait_for_parked(&world, 0).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 2, 3]);
}
