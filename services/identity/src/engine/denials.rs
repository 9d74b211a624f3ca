//! Denials, counted until they are announced.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use entente_ids::{OrganizationId, PrincipalId};
use entente_runtime::telemetry::names;
use jiff::Timestamp;

use crate::domain::decision::{Denial, Permission, Requirement, Subject};

/// How many different denials are kept. Who tries ids at random must not fill the memory.
const MOST: usize = 10_000;

/// Who was denied what, why, in which minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Denied {
    pub(super) principal: PrincipalId,
    pub(super) organization: OrganizationId,
    pub(super) target: Option<OrganizationId>,
    /// None where a call was about the person alone.
    pub(super) permission: Option<Permission>,
    pub(super) reason: &'static str,
    /// Since 1970.
    minute: i64,
}

impl Denied {
    pub(super) fn new(
        subject: &Subject,
        requirement: &Requirement,
        target: Option<OrganizationId>,
        denial: &Denial,
        now: Timestamp,
    ) -> Self {
        let permission = match requirement {
            Requirement::Oneself { .. } => None,
            Requirement::Need(need) => Some(need.permission),
        };
        Self {
            principal: subject.principal,
            organization: subject.organization,
            target,
            permission,
            reason: denial.reason(),
            minute: now.as_second().div_euclid(60),
        }
    }

    /// When its minute began.
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_second(self.minute.saturating_mul(60)).unwrap_or(Timestamp::MIN)
    }
}

#[derive(Default)]
pub(super) struct Denials {
    counts: Mutex<HashMap<Denied, i64>>,
}

impl Denials {
    pub(super) fn record(&self, denied: Denied) {
        self.add(denied, 1);
    }

    /// Takes all out, in an order that is the same for everybody.
    pub(super) fn take(&self) -> Vec<(Denied, i64)> {
        let mut taken: Vec<_> = self.counts().drain().collect();
        taken.sort_unstable();
        taken
    }

    /// Takes back what couldn't be announced.
    pub(super) fn put_back(&self, taken: Vec<(Denied, i64)>) {
        for (denied, count) in taken {
            self.add(denied, count);
        }
    }

    fn add(&self, denied: Denied, count: i64) {
        let mut counts = self.counts();
        if let Some(known) = counts.get_mut(&denied) {
            *known = known.saturating_add(count);
            return;
        }
        if counts.len() < MOST {
            counts.insert(denied, count);
            return;
        }
        metrics::counter!(names::DENIALS_DROPPED).increment(u64::try_from(count).unwrap_or_default());
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Denied, i64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use entente_ids::UserId;
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;

    const MINUTE: Timestamp = Timestamp::constant(60 * 1_000, 0);

    fn denied(user: u128, now: Timestamp) -> Denied {
        let subject = Subject {
            principal: UserId::from_uuid(Uuid::from_u128(user)).into(),
            session: None,
            organization: OrganizationId::from_uuid(Uuid::nil()),
            auth_time: None,
            second_factor: false,
        };
        Denied::new(
            &subject,
            &Requirement::Oneself {
                recent_auth: false,
                exempt: false,
            },
            None,
            &Denial::NotFound,
            now,
        )
    }

    #[test]
    fn the_same_denial_in_the_same_minute_is_counted() {
        let denials = Denials::default();
        let (first, last, next) = (
            MINUTE,
            MINUTE + SignedDuration::from_secs(59),
            MINUTE + SignedDuration::from_secs(60),
        );
        for now in [first, last, next] {
            denials.record(denied(1, now));
        }
        let counts: Vec<_> = denials
            .take()
            .into_iter()
            .map(|(denied, count)| (denied.time(), count))
            .collect();
        assert_eq!(counts, [(first, 2), (next, 1)]);
    }

    #[test]
    fn what_is_put_back_is_added() {
        let denials = Denials::default();
        denials.record(denied(1, MINUTE));
        let taken = denials.take();
        denials.record(denied(1, MINUTE));
        denials.put_back(taken);
        assert_eq!(denials.take(), [(denied(1, MINUTE), 2)]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let denials = Denials::default();
        for user in 0..10_050 {
            denials.record(denied(user, MINUTE));
        }
        assert_eq!(denials.take().len(), MOST);
    }
}
