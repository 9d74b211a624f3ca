//! Encryption keys: public keys that files are encrypted to (domain row 9).

use entente_ids::{EncryptionKeyId, OrganizationId};
use jiff::{SignedDuration, Timestamp};

use super::name::DisplayName;

/// The longest that a generated key lives: two years.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(731 * 24);

/// How many days before the end of a key it is warned, the nearest first.
pub const WARNINGS: [i32; 3] = [1, 7, 30];

/// Formats of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum KeyFormat {
    /// OpenPGP (RFC 9580), armored.
    Openpgp,
    /// OpenSSH, as in authorized_keys.
    Ssh,
}

impl KeyFormat {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A public key of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    /// Its id.
    pub id: EncryptionKeyId,
    /// The organization.
    pub organization: OrganizationId,
    /// The name that tells it from others.
    pub display_name: DisplayName,
    /// Its format.
    pub format: KeyFormat,
    /// What it is made of, such as `rsa-4096`.
    pub algorithm: String,
    /// What tells it from every other key, as its format writes it.
    pub fingerprint: String,
    /// The public key itself.
    pub public_key: String,
    /// Whether it was generated here.
    pub generated: bool,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// The fewest days before its end of which it was warned.
    pub warned_days: Option<i32>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How many days are left until a time, counted up: within the last day it is one.
pub fn days_left(end: Timestamp, now: Timestamp) -> i32 {
    const DAY: i64 = 24 * 60 * 60;
    let seconds = end.duration_since(now).as_secs().max(0);
    let days = seconds.saturating_add(DAY - 1).div_euclid(DAY);
    i32::try_from(days).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_up() {
        let now = Timestamp::constant(1_700_000_000, 0);
        for (hours, days) in [(0, 0), (1, 1), (24, 1), (25, 2), (7 * 24, 7)] {
            let end = now + SignedDuration::from_hours(hours);
            assert_eq!(days_left(end, now), days, "{hours}");
        }
    }
}
