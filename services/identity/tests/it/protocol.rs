//! The protocol of docs/revocation.md, looked at in every order in which its steps can come.

mod model;
mod search;

use model::{Bounds, Mistake, Sight};
use search::search;

/// Two writers, each with a revocation of its own, or one that repeats the other's.
const TWO_REVOCATIONS: Bounds = Bounds {
    revisions: 2,
    crashes: 0,
};
/// One of them, and a holder that crashes at any moment.
const A_CRASH: Bounds = Bounds {
    revisions: 1,
    crashes: 1,
};

#[test]
fn no_call_that_starts_after_the_answer_is_allowed() {
    for (bounds, crashed) in [(TWO_REVOCATIONS, None), (A_CRASH, Some(Sight::Crashed))] {
        let found = search(Mistake::None, bounds);
        assert_eq!(found.violation, None, "{bounds:?}");
        // It isn't true because nothing happens.
        for sight in [
            Sight::AnsweredByConfirmation,
            Sight::AnsweredByPeriod,
            Sight::Forgotten,
            Sight::RegisteredAnew,
            Sight::Denied,
        ]
        .into_iter()
        .chain(crashed)
        {
            assert!(
                found.sights.contains(&sight),
                "{sight:?} in {} states",
                found.states
            );
        }
    }
}

#[test]
fn each_step_is_needed() {
    for mistake in [
        Mistake::LeaseFromAnswer,
        Mistake::ReadBeforeRenewal,
        Mistake::NoMargin,
        Mistake::ConfirmedBeforeApplied,
        Mistake::LeaseAskedUnlocked,
        Mistake::RenewedRowForgotten,
        Mistake::RenewedWithoutRow,
        Mistake::ListedBeforeCommit,
        Mistake::RepeatedUnwaited,
        Mistake::RowLeftBeforeLease,
    ] {
        let found = search(mistake, TWO_REVOCATIONS);
        let way = found.violation.unwrap_or_default();
        assert_eq!(way.last(), Some(&"a call is allowed"), "{mistake:?}");
    }
}
