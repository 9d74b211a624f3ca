//! Typed identifiers: a UUIDv7 inside, a prefix outside (TypeID), so that an id says what it names wherever it is read.
//!
//! Storage keeps the UUID, the contract shows the text, and the two meet only here.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

/// What an id names: the prefix is part of the contract.
pub trait Kind: 'static {
    /// The prefix of the text form, without the underscore.
    const PREFIX: &'static str;
}

/// The identifier of one kind of thing.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// A new id: its time orders it, and ten random bytes make it unique.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }

    /// The id of a stored UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The UUID to store.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = DynamicType::new(K::PREFIX).map_err(|_| fmt::Error)?;
        write!(f, "{}", TypeSafeId::from_type_and_uuid(kind, self.uuid))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an id of this kind: give one that begins with `{prefix}_`")]
pub struct ParseIdError {
    prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = ParseIdError { prefix: K::PREFIX };
        let parsed = TypeSafeId::<DynamicType>::from_str(text).map_err(|_| error.clone())?;
        if parsed.type_prefix() != K::PREFIX {
            return Err(error);
        }
        Ok(Self::from_uuid(parsed.uuid()))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $kind:ident($prefix:literal);)*) => {$(
        #[doc = concat!("The kind of [`", stringify!($name), "`].")]
        #[derive(Debug)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $name = Id<$kind>;
    )*};
}

kinds! {
    /// Names an organization.
    OrganizationId = OrganizationKind("org");
    /// Names a person.
    UserId = UserKind("usr");
    /// Names a person's place in one organization.
    MemberId = MemberKind("mem");
    /// Names a session.
    SessionId = SessionKind("ses");
    /// Names a product of a client.
    ProductId = ProductKind("prd");
    /// Names an invitation between a client and a partner.
    PartnershipInvitationId = PartnershipInvitationKind("pin");
    /// Names a partnership.
    PartnershipId = PartnershipKind("pts");
    /// Names an event.
    EventId = EventKind("evt");
    /// Names a notification.
    NotificationId = NotificationKind("ntf");
    /// Names a custom role of an organization.
    RoleId = RoleKind("rol");
    /// Names a group of members.
    GroupId = GroupKind("grp");
    /// Names an account of an organization that no person signs in with.
    ServiceAccountId = ServiceAccountKind("sva");
    /// Names a key that a service account proves itself with.
    ApiKeyId = ApiKeyKind("key");
    /// Names an encryption key.
    EncryptionKeyId = EncryptionKeyKind("enk");
}

/// Whoever can hold rights in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalId {
    /// A person.
    User(UserId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
}

impl PrincipalId {
    /// The UUID to store.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::ServiceAccount(id) => id.uuid(),
        }
    }

    /// The person, if it is one.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::ServiceAccount(_) => None,
        }
    }
}

impl From<UserId> for PrincipalId {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

impl From<ServiceAccountId> for PrincipalId {
    fn from(id: ServiceAccountId) -> Self {
        Self::ServiceAccount(id)
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::ServiceAccount(id) => id.fmt(f),
        }
    }
}

impl FromStr for PrincipalId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(ServiceAccountKind::PREFIX) {
            return text.parse().map(Self::ServiceAccount);
        }
        text.parse().map(Self::User)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = OrganizationId::new(NOW, [7; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().starts_with("org_"));
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn an_id_of_another_kind_is_refused_with_the_mend() {
        let error = MemberId::new(NOW, [7; 10])
            .to_string()
            .parse::<OrganizationId>()
            .unwrap_err();
        assert!(error.to_string().contains("`org_`"));
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let later = Timestamp::constant(1_700_000_001, 0);
        assert!(UserId::new(NOW, [255; 10]) < UserId::new(later, [0; 10]));
    }

    #[test]
    fn a_principal_is_a_person_or_a_service_account() {
        let user = UserId::new(NOW, [7; 10]);
        let service = ServiceAccountId::new(NOW, [7; 10]);
        assert_eq!(user.to_string().parse(), Ok(PrincipalId::User(user)));
        assert_eq!(
            service.to_string().parse(),
            Ok(PrincipalId::ServiceAccount(service))
        );
        assert!(
            OrganizationId::new(NOW, [7; 10])
                .to_string()
                .parse::<PrincipalId>()
                .is_err()
        );
    }

    #[test]
    fn no_text_panics() {
        for text in [
            "",
            "_",
            "org_",
            "org_zzzzzzzzzzzzzzzzzzzzzzzzzz",
            "ORG_01h455vb4pex5vsknk084sn02q",
            "org_é",
        ] {
            assert!(text.parse::<OrganizationId>().is_err(), "{text}");
        }
    }
}
