//! Slows down who guesses passwords, and keeps nobody out where they have been.
//!
//! Failures in a row count per account and place: who guesses one password from one place waits ever longer. Beside that
//! an account has an allowance of failures from all places together, and a place one for all accounts together: who
//! guesses from many places, or at many accounts, is held to those. A place where the person has been signed in is held
//! to the first alone, so nobody who guesses elsewhere keeps them out there. From anywhere else who knows the password may
//! have to wait as well, as long as somebody guesses; a new password by a mailed link makes the place of that call a
//! familiar one for a day. It counts in this process.

use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::allowance::Allowance;
use crate::domain::origin::Origin;

/// Failures in a row that cost nothing.
const FREE: u32 = 10;
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// Failures at one account at once, and how soon there may be one more: 50 an hour, below the 100 of NIST SP 800-63B.
const AT_ACCOUNT: (u32, Duration) = (50, Duration::from_secs(72));
/// Failures from one place at once, and how soon there may be one more. Many people may share it.
const FROM_PLACE: (u32, Duration) = (100, Duration::from_secs(10));
/// For how long a place stays familiar where somebody has shown otherwise who they are, and hasn't been signed in.
const FORGIVEN: Duration = Duration::from_secs(24 * 60 * 60);
/// Bounds the memory that guessing can take; who failed longest ago goes first.
const ENTRIES: u64 = 100_000;

/// Who tries to sign in as whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The account.
    pub email: String,
    /// Where the call comes from, as far as it is known.
    pub client: Option<String>,
}

/// Whether the person of an account has been where an attempt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// They have been signed in there.
    Familiar,
    /// They haven't, or it isn't known, or there is no such account.
    Strange,
}

impl Place {
    /// What a place is to who has used sessions from `known`.
    pub fn of(known: &[Origin], origin: &Origin) -> Self {
        let caller = origin.caller();
        if caller.is_some() && known.iter().any(|known| known.caller() == caller) {
            Self::Familiar
        } else {
            Self::Strange
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    in_a_row: u32,
    /// On the monotonic clock.
    blocked_until: Duration,
}

/// Counts failures.
#[derive(Debug, Clone)]
pub struct Throttle {
    failures: Cache<Attempt, Failures>,
    forgiven: Cache<Attempt, ()>,
    at_account: Allowance,
    from_place: Allowance,
}

impl Throttle {
    /// Nobody has failed yet.
    pub fn new() -> Self {
        let failures = Cache::builder()
            .max_capacity(ENTRIES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(LONGEST_DELAY * 4)
            .build();
        let forgiven = Cache::builder()
            .max_capacity(ENTRIES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(FORGIVEN)
            .build();
        Self {
            failures,
            forgiven,
            at_account: Allowance::new(AT_ACCOUNT.0, AT_ACCOUNT.1),
            from_place: Allowance::new(FROM_PLACE.0, FROM_PLACE.1),
        }
    }

    /// How long this one has to wait before the next attempt, if at all. Times are of the monotonic clock.
    pub fn delay(&self, attempt: &Attempt, place: Place, now: Duration) -> Option<Duration> {
        let own = self
            .failures
            .get(attempt)
            .map(|failures| failures.blocked_until.saturating_sub(now))
            .filter(|left| !left.is_zero());
        match place {
            Place::Familiar => own,
            Place::Strange if self.forgiven.contains_key(attempt) => own,
            Place::Strange => own
                .max(self.at_account.delay(&attempt.email, now))
                .max(self.from_place.delay(place_of(attempt), now)),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, attempt: Attempt, now: Duration) {
        self.at_account.take(&attempt.email, now);
        self.from_place.take(place_of(&attempt), now);
        self.failures.entry(attempt).and_upsert_with(|before| {
            let in_a_row = before
                .map_or(0, |entry| entry.into_value().in_a_row)
                .saturating_add(1);
            Failures {
                in_a_row,
                blocked_until: now.saturating_add(delay_after(in_a_row)),
            }
        });
    }

    /// Forgets the failures in a row of who has shown otherwise who they are, and takes their place, where it is known, for
    /// a familiar one.
    pub fn forgive(&self, attempt: &Attempt) {
        self.failures.invalidate(attempt);
        if attempt.client.is_some() {
            self.forgiven.insert(attempt.clone(), ());
        }
    }

    /// Forgets the failures in a row, and that this attempt counted as one. Those of others at the account and from the
    /// place stay: one right password makes no guess of another one better.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.failures.invalidate(attempt);
        self.at_account.give_back(&attempt.email);
        self.from_place.give_back(place_of(attempt));
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

fn place_of(attempt: &Attempt) -> &str {
    attempt.client.as_deref().unwrap_or_default()
}

/// Doubles from the tenth failure on, up to a quarter of an hour.
fn delay_after(in_a_row: u32) -> Duration {
    let Some(doublings) = in_a_row.checked_sub(FREE) else {
        return Duration::ZERO;
    };
    FIRST_DELAY
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn at(email: &str, client: &str) -> Attempt {
        Attempt {
            email: email.to_owned(),
            client: Some(client.to_owned()),
        }
    }

    fn attempt(client: &str) -> Attempt {
        at("eva@alpina.example", client)
    }

    fn fail(throttle: &Throttle, times: u32) {
        for _ in 0..times {
            throttle.failed(attempt("192.0.2.1"), NOW);
        }
    }

    fn delay(throttle: &Throttle, attempt: &Attempt) -> Option<Duration> {
        throttle.delay(attempt, Place::Strange, NOW)
    }

    #[test]
    fn nine_failures_cost_nothing() {
        let throttle = Throttle::new();
        fail(&throttle, 9);
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), None);
    }

    #[test]
    fn from_the_tenth_failure_on_the_delay_doubles() {
        let throttle = Throttle::new();
        fail(&throttle, 10);
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), Some(FIRST_DELAY));
        fail(&throttle, 2);
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), Some(FIRST_DELAY * 4));
        fail(&throttle, 60);
        let longest = throttle.delay(&attempt("192.0.2.1"), Place::Familiar, NOW);
        assert_eq!(longest, Some(LONGEST_DELAY));
    }

    #[test]
    fn a_delay_passes() {
        let throttle = Throttle::new();
        fail(&throttle, 10);
        let later = throttle.delay(&attempt("192.0.2.1"), Place::Strange, FIRST_DELAY);
        assert_eq!(later, None);
    }

    #[test]
    fn who_guesses_elsewhere_locks_nobody_out() {
        let throttle = Throttle::new();
        fail(&throttle, 30);
        assert_eq!(delay(&throttle, &attempt("192.0.2.2")), None);
    }

    #[test]
    fn who_is_forgiven_gets_nothing_back() {
        let throttle = Throttle::new();
        for _ in 0..AT_ACCOUNT.0 {
            throttle.failed(attempt("192.0.2.1"), NOW);
        }
        throttle.forgive(&attempt("192.0.2.1"));
        let familiar = throttle.delay(&attempt("192.0.2.1"), Place::Familiar, NOW);
        assert_eq!(familiar, None);
        assert!(delay(&throttle, &attempt("192.0.2.2")).is_some());
    }

    #[test]
    fn who_is_forgiven_is_not_kept_out_there_by_who_guesses_elsewhere() {
        let throttle = Throttle::new();
        for number in 0..AT_ACCOUNT.0 {
            throttle.failed(attempt(&format!("192.0.2.{number}")), NOW);
        }
        let (there, nowhere) = (
            attempt("198.51.100.1"),
            Attempt {
                client: None,
                ..attempt("")
            },
        );
        throttle.forgive(&there);
        throttle.forgive(&nowhere);
        assert_eq!(delay(&throttle, &there), None);
        for still in [attempt("198.51.100.2"), nowhere] {
            assert_eq!(delay(&throttle, &still), Some(AT_ACCOUNT.1), "{still:?}");
        }
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::new();
        fail(&throttle, 12);
        throttle.succeeded(&attempt("192.0.2.1"));
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), None);
    }

    #[test]
    fn many_places_that_guess_one_password_are_slowed_down_together() {
        let throttle = Throttle::new();
        for number in 0..AT_ACCOUNT.0 {
            throttle.failed(attempt(&format!("192.0.2.{number}")), NOW);
        }
        let next = attempt("198.51.100.1");
        assert_eq!(delay(&throttle, &next), Some(AT_ACCOUNT.1));
        assert_eq!(throttle.delay(&next, Place::Strange, AT_ACCOUNT.1), None);
        assert_eq!(throttle.delay(&next, Place::Familiar, NOW), None);
        assert_eq!(delay(&throttle, &at("noah@alpina.example", "198.51.100.1")), None);
    }

    #[test]
    fn one_place_that_guesses_at_many_accounts_is_slowed_down() {
        let throttle = Throttle::new();
        for number in 0..FROM_PLACE.0 {
            throttle.failed(at(&format!("person-{number}@alpina.example"), "192.0.2.1"), NOW);
        }
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), Some(FROM_PLACE.1));
        assert_eq!(throttle.delay(&attempt("192.0.2.1"), Place::Familiar, NOW), None);
        assert_eq!(delay(&throttle, &attempt("192.0.2.2")), None);
    }

    #[test]
    fn a_right_password_of_ones_own_buys_no_guesses_at_others() {
        let throttle = Throttle::new();
        for number in 0..FROM_PLACE.0 {
            throttle.failed(at(&format!("person-{number}@alpina.example"), "192.0.2.1"), NOW);
        }
        let own = at("mallory@alpina.example", "192.0.2.1");
        throttle.failed(own.clone(), NOW);
        throttle.succeeded(&own);
        assert_eq!(delay(&throttle, &attempt("192.0.2.1")), Some(FROM_PLACE.1));
    }

    #[test]
    fn a_place_is_familiar_by_its_address_and_never_without_one() {
        let origin = |address: Option<&str>| Origin::new(address.map(str::to_owned), Some("Firefox/140"));
        let known = [origin(Some("192.0.2.1")), origin(None)];
        assert_eq!(Place::of(&known, &origin(Some("192.0.2.1"))), Place::Familiar);
        assert_eq!(Place::of(&known, &origin(Some("192.0.2.2"))), Place::Strange);
        assert_eq!(Place::of(&known, &origin(None)), Place::Strange);
    }
}
