//! The link that a mail carries.

use entente_ids::{MemberId, OrganizationId, PartnershipInvitationId, UserId};
use jiff::Timestamp;

use super::facts::Facts;

/// Whose link it is. The token is asked for when the mail is written, and stored nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTarget {
    /// That of somebody who was invited into an organization.
    Member {
        /// The organization.
        organization: OrganizationId,
        /// The pending member.
        member: MemberId,
    },
    /// That of an invitation between a client and a partner.
    PartnershipInvitation(PartnershipInvitationId),
    /// That by which a person chooses a new password.
    PasswordReset(UserId),
    /// That by which a person confirms another address.
    EmailChange(UserId),
}

impl LinkTarget {
    /// Where the link leads, below the public address.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Member { .. } => "join",
            Self::PartnershipInvitation(_) => "invitations",
            Self::PasswordReset(_) => "password",
            Self::EmailChange(_) => "email",
        }
    }
}

/// A link that can be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLink {
    /// Its secret.
    pub token: String,
    /// Until when it can be used.
    pub until: Timestamp,
    /// What is known of it besides.
    pub facts: Facts,
    /// A personal word of who invites; empty for none.
    pub word: String,
    /// The one address to which it may be written, where it matters: it may be another one than when the mail was planned.
    pub only_to: Option<String>,
}

impl LiveLink {
    /// Whether it may be written to this address.
    pub fn may_go_to(&self, recipient: &str) -> bool {
        self.only_to.as_deref().is_none_or(|only| only == recipient)
    }
}

/// Whether a token can stand in a link as it is: the unreserved characters of RFC 3986.
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_a_link_is_no_token() {
        assert!(is_token("v1.abc_DEF-09~"));
        for text in ["", "a/b", "a?b", "a\r\nb", "a b", "é", "a\"b"] {
            assert!(!is_token(text), "{text}");
        }
    }
}
