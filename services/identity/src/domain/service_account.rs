//! Service accounts and their keys (domain row 7).

use entente_ids::{ApiKeyId, GroupId, OrganizationId, ServiceAccountId, SessionId};
use jiff::{SignedDuration, Timestamp};

use super::name::DisplayName;
use super::role::RoleRef;

/// The longest that a key can be used: a year, leap or not.
pub const LONGEST_KEY: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How often the use of a key is noted.
pub const USE_NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Where a service account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ServiceAccountState {
    /// In.
    Active,
    /// Kept out until enabled again.
    Disabled,
    /// Gone for good.
    Deleted,
}

impl ServiceAccountState {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// An account of an organization that no person signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, unique there among those that aren't deleted.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// The role; none where it has none or it was deleted.
    pub role: Option<RoleRef>,
    /// The groups that it is in.
    pub groups: Vec<GroupId>,
    /// Where it stands.
    pub state: ServiceAccountState,
    /// Rises with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ServiceAccount {
    /// Whether it is in.
    pub fn is_active(&self) -> bool {
        self.state == ServiceAccountState::Active
    }

    /// With the next version.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self
        }
    }
}

/// Why a service account or a key of it can't be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceAccountRefusal {
    /// History doesn't change.
    #[error("the service account was deleted: create another one")]
    Deleted,
    /// It is kept out.
    #[error("the service account is disabled: enable it first")]
    Disabled,
    /// The key was revoked or is too old.
    #[error("the key has ended: create a new one")]
    KeyEnded,
    /// The key was rotated before.
    #[error("the key was replaced already: rotate the one that replaces it")]
    KeyReplaced,
}

/// A key that a service account proves itself with, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The organization.
    pub organization: OrganizationId,
    /// Whose key it is.
    pub service_account: ServiceAccountId,
    /// The name that tells it from others.
    pub display_name: DisplayName,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The key that replaces it.
    pub successor: Option<ApiKeyId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiKey {
    /// Whether it can be used.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// What decisions know it by: a key is a session of its service account.
    pub fn session(&self) -> SessionId {
        SessionId::from_uuid(self.id.uuid())
    }

    /// Whether its use is to be noted again.
    pub fn notes_use(&self, now: Timestamp) -> bool {
        self.last_used_at
            .is_none_or(|noted| now.duration_since(noted) >= USE_NOTED_EVERY)
    }

    /// Until when it goes on once it is replaced: for the overlap, but never longer than it would.
    pub fn end_after(&self, overlap: SignedDuration, now: Timestamp) -> Timestamp {
        self.expires_at.min(now + overlap)
    }
}

/// An end that no key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not within the next 366 days: give a time in the future, at most so far away")]
pub struct WrongEnd;

/// Checks the end of a new key.
///
/// # Errors
/// [`WrongEnd`].
pub fn check_end(end: Timestamp, now: Timestamp) -> Result<Timestamp, WrongEnd> {
    if now < end && end.duration_since(now) <= LONGEST_KEY {
        Ok(end)
    } else {
        Err(WrongEnd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn key() -> ApiKey {
        ApiKey {
            id: ApiKeyId::new(NOW, [1; 10]),
            organization: OrganizationId::new(NOW, [2; 10]),
            service_account: ServiceAccountId::new(NOW, [3; 10]),
            display_name: DisplayName::new("export").unwrap(),
            expires_at: NOW + SignedDuration::from_hours(1),
            last_used_at: None,
            revoked_at: None,
            successor: None,
            created_at: NOW,
        }
    }

    #[test]
    fn a_key_is_good_until_its_last_instant() {
        let key = key();
        assert!(key.is_good(key.expires_at - SignedDuration::from_nanos(1)));
        assert!(!key.is_good(key.expires_at));
    }

    #[test]
    fn a_revoked_key_is_good_for_nothing() {
        let revoked = ApiKey {
            revoked_at: Some(NOW),
            ..key()
        };
        assert!(!revoked.is_good(NOW));
    }

    #[test]
    fn an_overlap_prolongs_nothing() {
        let key = key();
        assert_eq!(
            key.end_after(SignedDuration::from_mins(5), NOW),
            NOW + SignedDuration::from_mins(5)
        );
        assert_eq!(key.end_after(SignedDuration::from_hours(24), NOW), key.expires_at);
    }

    #[test]
    fn a_key_ends_within_a_year() {
        assert_eq!(check_end(NOW, NOW), Err(WrongEnd));
        assert_eq!(check_end(NOW + LONGEST_KEY, NOW), Ok(NOW + LONGEST_KEY));
        let later = NOW + LONGEST_KEY + SignedDuration::from_secs(1);
        assert_eq!(check_end(later, NOW), Err(WrongEnd));
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let used = ApiKey {
            last_used_at: Some(NOW),
            ..key()
        };
        assert!(key().notes_use(NOW));
        assert!(!used.notes_use(NOW + SignedDuration::from_secs(59)));
        assert!(used.notes_use(NOW + SignedDuration::from_secs(60)));
    }
}
