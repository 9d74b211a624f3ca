//! A person's second factor: an authenticator app that shows a code every half minute (RFC 6238), and recovery codes.

use std::time::Duration;

use entente_ids::UserId;
use jiff::{SignedDuration, Timestamp};

/// How many recovery codes are given at a time.
pub const RECOVERY_CODES: usize = 10;
/// For how long a sign-in waits for its code.
pub const CHALLENGE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// The same in seconds, as `Challenge.expires_in` has it.
pub const CHALLENGE_SECONDS: i32 = 300;

/// For how long a secret waits for its confirmation.
pub const PENDING_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Wrong recovery codes at once, and how soon there may be one more.
pub const RECOVERY_ATTEMPTS: (u32, Duration) = (20, Duration::from_secs(60));

/// Wrong codes in a row that cost nothing. Of a million codes three are right at a time, so few are free.
const FREE: u32 = 5;
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// A person's second factor. The secrets are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The person.
    pub user: UserId,
    /// The secret of the app, once it is enrolled.
    pub enrolled: Option<Enrolled>,
    /// The secret that waits for its confirmation, or waited for it too long.
    pub pending: Option<Pending>,
    /// Wrong codes in a row.
    pub failures: u32,
    /// Until when no code is looked at.
    pub blocked_until: Option<Timestamp>,
}

/// An enrolled app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The sealed secret.
    pub secret: Vec<u8>,
    /// When it was enrolled.
    pub at: Timestamp,
    /// The time step of the last code that was taken.
    pub last_step: i64,
}

/// A secret that waits for its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The sealed secret.
    pub secret: Vec<u8>,
    /// Since when.
    pub since: Timestamp,
}

impl SecondFactor {
    /// The secret that can be confirmed now.
    pub fn pending(&self, now: Timestamp) -> Option<&Pending> {
        let pending = self.pending.as_ref()?;
        (now.duration_since(pending.since) < PENDING_LIFETIME).then_some(pending)
    }

    /// How long no code is looked at, if at all.
    pub fn blocked_for(&self, now: Timestamp) -> Option<Duration> {
        let left = self.blocked_until?.duration_since(now);
        (left > SignedDuration::ZERO).then(|| left.unsigned_abs())
    }

    /// Counts a wrong code. From the fifth in a row on the delay doubles, wherever they come from: unlike a password, a
    /// code can be guessed.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.blocked_until = delay_after(self.failures).map(|delay| now.saturating_add(delay).unwrap_or(now));
    }

    /// Takes the code of a time step, which is never taken again.
    pub fn took(&mut self, step: i64) {
        if let Some(enrolled) = &mut self.enrolled {
            enrolled.last_step = step;
        }
        self.failures = 0;
        self.blocked_until = None;
    }

    /// Enrols the secret that waited, whose code of that time step was shown.
    pub fn confirmed(&mut self, secret: Vec<u8>, step: i64, now: Timestamp) {
        self.pending = None;
        self.enrolled = Some(Enrolled {
            secret,
            at: now,
            last_step: step,
        });
        self.took(step);
    }
}

fn delay_after(failures: u32) -> Option<SignedDuration> {
    let doublings = failures.checked_sub(FREE)?;
    let factor = 2_i32.checked_pow(doublings);
    let delay = factor.and_then(|factor| FIRST_DELAY.checked_mul(factor));
    Some(delay.map_or(LONGEST_DELAY, |delay| delay.min(LONGEST_DELAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn factor() -> SecondFactor {
        SecondFactor {
            user: UserId::new(NOW, [1; 10]),
            enrolled: Some(Enrolled {
                secret: Vec::new(),
                at: NOW,
                last_step: 1,
            }),
            pending: None,
            failures: 0,
            blocked_until: None,
        }
    }

    fn failed(times: u32) -> SecondFactor {
        let mut factor = factor();
        for _ in 0..times {
            factor.failed(NOW);
        }
        factor
    }

    #[test]
    fn a_secret_waits_ten_minutes() {
        let mut factor = factor();
        factor.pending = Some(Pending {
            secret: Vec::new(),
            since: NOW,
        });
        let last = NOW + PENDING_LIFETIME;
        assert!(factor.pending(last - SignedDuration::from_nanos(1)).is_some());
        assert_eq!(factor.pending(last), None);
    }

    #[test]
    fn four_wrong_codes_cost_nothing() {
        assert_eq!(failed(4).blocked_for(NOW), None);
    }

    #[test]
    fn from_the_fifth_wrong_code_on_the_delay_doubles_up_to_a_quarter_of_an_hour() {
        for (times, seconds) in [(5, 1), (6, 2), (9, 16), (15, 900), (80, 900)] {
            assert_eq!(
                failed(times).blocked_for(NOW),
                Some(Duration::from_secs(seconds)),
                "{times}"
            );
        }
    }

    #[test]
    fn a_delay_passes() {
        let factor = failed(5);
        assert_eq!(factor.blocked_for(NOW + SignedDuration::from_secs(1)), None);
    }

    #[test]
    fn a_right_code_forgets_the_wrong_ones_and_is_used_up() {
        let mut factor = failed(7);
        factor.took(9);
        assert_eq!((factor.failures, factor.blocked_for(NOW)), (0, None));
        assert_eq!(factor.enrolled.unwrap().last_step, 9);
    }
}
