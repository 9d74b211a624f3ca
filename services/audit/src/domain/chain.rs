//! The hash chain of an organization's trail. `services/audit/README.md` describes the encoding for those who verify a
//! trail with a program of their own: a change here is a new version of it.

use std::fmt;

use entente_ids::OrganizationId;
use sha2::{Digest, Sha256};

use super::event::Event;

/// Says what is hashed, so that a hash of one thing is never the hash of another.
const FORMAT: &str = "entente.audit.event.v1";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first link follows.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        Ok(Self(bytes.try_into()?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many links there are.
    pub index: i64,
    /// The hash of the last one.
    pub hash: Hash,
}

impl Head {
    /// The end of a chain that has no link yet.
    pub const START: Self = Self {
        index: 0,
        hash: Hash::ZERO,
    };

    /// The link that adds an event to the chain of an organization; none is the chain of what concerns nobody.
    pub fn link(self, organization: Option<OrganizationId>, event: Event) -> Link {
        let index = self.index.saturating_add(1);
        let hash = hash(organization, index, self.hash, &event);
        Link {
            organization,
            index,
            previous: self.hash,
            hash,
            event,
        }
    }
}

/// An event in the chain of one organization that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The organization; none for the chain of what concerns nobody.
    pub organization: Option<OrganizationId>,
    /// Its place, from 1 on.
    pub index: i64,
    /// The hash of the link before.
    pub previous: Hash,
    /// The hash over all of this link but this field.
    pub hash: Hash,
    /// The event.
    pub event: Event,
}

impl Link {
    /// The end of the chain, when this is its last link.
    pub fn head(&self) -> Head {
        Head {
            index: self.index,
            hash: self.hash,
        }
    }
}

/// Where a trail is not what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// A link is missing, stands twice or elsewhere.
    #[error("link {expected} was expected and link {found} found: compare with an earlier export")]
    OutOfPlace {
        /// The place that was looked at.
        expected: i64,
        /// What stood there.
        found: i64,
    },
    /// A link of another organization's chain.
    #[error("link {0} is one of another organization: compare with an earlier export")]
    Foreign(i64),
    /// A link doesn't follow the one before it.
    #[error("link {0} doesn't follow the one before it: compare with an earlier export")]
    Unlinked(i64),
    /// A link isn't what its hash was taken over.
    #[error("link {0} was altered: compare with an earlier export")]
    Altered(i64),
    /// The end of the chain is not where it was noted.
    #[error(
        "the chain ends at link {found} and not at the one noted, {expected}: compare with an earlier export"
    )]
    OtherEnd {
        /// The noted index.
        expected: i64,
        /// The last link.
        found: i64,
    },
}

/// A chain that is being verified, link by link.
#[derive(Debug, Clone)]
pub struct Verification {
    organization: Option<OrganizationId>,
    head: Head,
}

impl Verification {
    /// Begins with the chain of an organization; none is the chain of what concerns nobody.
    pub fn new(organization: Option<OrganizationId>) -> Self {
        Self {
            organization,
            head: Head::START,
        }
    }

    /// The last link that was good.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Verifies the next link.
    ///
    /// # Errors
    /// Where it isn't the one that was recorded.
    pub fn next(&mut self, link: &Link) -> Result<(), Break> {
        let expected = self.head.index.saturating_add(1);
        if link.index != expected {
            return Err(Break::OutOfPlace {
                expected,
                found: link.index,
            });
        }
        if link.organization != self.organization {
            return Err(Break::Foreign(expected));
        }
        if link.previous != self.head.hash {
            return Err(Break::Unlinked(expected));
        }
        if link.hash != hash(link.organization, link.index, link.previous, &link.event) {
            return Err(Break::Altered(expected));
        }
        self.head = link.head();
        Ok(())
    }

    /// Ends it: the last link must be the end that was noted apart from the links.
    ///
    /// # Errors
    /// [`Break::OtherEnd`].
    pub fn end(&self, noted: Head) -> Result<(), Break> {
        if self.head == noted {
            return Ok(());
        }
        Err(Break::OtherEnd {
            expected: noted.index,
            found: self.head.index,
        })
    }
}

/// Verifies the whole chain of an organization against the end that was noted for it.
///
/// # Errors
/// The first place where it isn't what was recorded.
pub fn verify<'a>(
    organization: Option<OrganizationId>,
    links: impl IntoIterator<Item = &'a Link>,
    noted: Head,
) -> Result<(), Break> {
    let mut verification = Verification::new(organization);
    for link in links {
        verification.next(link)?;
    }
    verification.end(noted)
}

fn hash(organization: Option<OrganizationId>, index: i64, previous: Hash, event: &Event) -> Hash {
    let mut encoding = Encoding(Sha256::new());
    encoding.text(FORMAT);
    encoding.optional(
        organization
            .map(|organization| organization.to_string())
            .as_deref(),
    );
    encoding.number(index);
    encoding.0.update(previous.as_bytes());
    encoding.text(&event.id.to_string());
    encoding.text(&event.kind);
    encoding.number(event.time.as_microsecond());
    encoding.text(&event.actor);
    encoding.optional(event.on_behalf_of.as_deref());
    encoding.text(&event.resource);
    encoding.length(event.organizations.len());
    for organization in &event.organizations {
        encoding.text(organization);
    }
    encoding.text(&event.changes);
    encoding.optional(event.trace.as_deref());
    encoding.optional(event.request.as_deref());
    Hash(encoding.0.finalize().into())
}

/// Every value says where it ends, so that no two rows have the same encoding.
struct Encoding(Sha256);

impl Encoding {
    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.update(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.text(text);
            }
        }
    }

    fn length(&mut self, length: usize) {
        self.number(i64::try_from(length).unwrap_or(i64::MAX));
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
