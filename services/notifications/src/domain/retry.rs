//! When something that failed is tried again.

use jiff::{SignedDuration, Timestamp};

/// The first wait.
const FIRST: SignedDuration = SignedDuration::from_secs(1);
/// The longest wait between two questions to another service: it is back within minutes or somebody is paged.
const LONGEST_FOR_PEERS: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait between two attempts at a mail: servers that greylist or are down want patience.
const LONGEST_FOR_MAIL: SignedDuration = SignedDuration::from_mins(15);
/// For how long a mail is tried.
const MAIL_PATIENCE: SignedDuration = SignedDuration::from_hours(72);

/// When to ask the other services again after so many failures. They are asked until they answer.
pub fn next_question(attempts: i32, now: Timestamp) -> Timestamp {
    later(now, pause(attempts, LONGEST_FOR_PEERS))
}

/// When to try a mail again after so many failures; none when it has been tried for long enough.
pub fn next_mail(attempts: i32, created: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let next = later(now, pause(attempts, LONGEST_FOR_MAIL));
    (next.duration_since(created) <= MAIL_PATIENCE).then_some(next)
}

/// Doubles with each failure, up to the longest.
fn pause(attempts: i32, longest: SignedDuration) -> SignedDuration {
    let doublings = attempts.saturating_sub(1).clamp(0, 20);
    let factor = 1_i32.checked_shl(doublings.unsigned_abs()).unwrap_or(i32::MAX);
    FIRST.checked_mul(factor).unwrap_or(longest).min(longest)
}

fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn seconds(attempts: i32, longest: SignedDuration) -> i64 {
        pause(attempts, longest).as_secs()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<i64> = (1..=7)
            .map(|attempts| seconds(attempts, LONGEST_FOR_PEERS))
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(seconds(i32::MAX, LONGEST_FOR_MAIL), 900);
    }

    #[test]
    fn a_mail_is_given_up_after_three_days() {
        let after = |hours| NOW + SignedDuration::from_hours(hours);
        assert!(next_mail(300, NOW, after(71)).is_some());
        assert!(next_mail(300, NOW, after(72)).is_none());
    }
}
