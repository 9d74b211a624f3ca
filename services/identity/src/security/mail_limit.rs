//! How many mails people can have sent: to one account, and from one place.

use std::time::Duration;

use super::allowance::Allowance;

/// Mails of an account at once, and how soon there may be one more.
const OF_ACCOUNT: (u32, Duration) = (5, Duration::from_secs(12 * 60));
/// Mails from one place at once, and how soon there may be one more. Many people may share it.
const FROM_PLACE: (u32, Duration) = (20, Duration::from_secs(3 * 60));

/// Counts mails that were asked for.
#[derive(Debug, Clone)]
pub struct MailLimit {
    of_account: Allowance,
    from_place: Allowance,
}

impl MailLimit {
    /// None were asked for yet.
    pub fn new() -> Self {
        Self {
            of_account: Allowance::new(OF_ACCOUNT.0, OF_ACCOUNT.1),
            from_place: Allowance::new(FROM_PLACE.0, FROM_PLACE.1),
        }
    }

    /// Counts one more for this account, from there; or how long to wait, where there were too many. Times are of the
    /// monotonic clock.
    ///
    /// # Errors
    /// The delay.
    pub fn take(&self, account: &str, place: Option<&str>, now: Duration) -> Result<(), Duration> {
        let place = place.unwrap_or_default();
        let delay = self
            .of_account
            .delay(account, now)
            .max(self.from_place.delay(place, now));
        if let Some(delay) = delay {
            return Err(delay);
        }
        self.of_account.take(account, now);
        self.from_place.take(place, now);
        Ok(())
    }
}

impl Default for MailLimit {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_one_account_nor_one_place_has_mails_without_end() {
        let limit = MailLimit::new();
        for place in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"] {
            limit.take("eva", Some(place), Duration::ZERO).unwrap();
        }
        limit.take("eva", Some("192.0.2.6"), Duration::ZERO).unwrap_err();

        for number in 0..20 {
            let account = format!("person-{number}");
            limit.take(&account, Some("192.0.2.9"), Duration::ZERO).unwrap();
        }
        limit.take("noah", Some("192.0.2.9"), Duration::ZERO).unwrap_err();
    }
}
