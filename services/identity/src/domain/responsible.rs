//! Who in the operator's house looks after an organization, or after one of its people (domain row 2).

use std::fmt;
use std::str::FromStr;

use entente_ids::{GroupId, UserId};

/// One of the operator's people, or a group of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// A person.
    User(UserId),
    /// A group.
    Group(GroupId),
}

/// Who owns the relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Responsible {
    /// Who.
    pub party: Party,
    /// Whether they are copied on the mails.
    pub copied: bool,
}

/// A text that names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("names nobody: give the id of one of the operator's people, `usr_…`, or groups, `grp_…`")]
pub struct NoParty;

impl FromStr for Party {
    type Err = NoParty;

    fn from_str(text: &str) -> Result<Self, NoParty> {
        if let Ok(user) = text.parse() {
            return Ok(Self::User(user));
        }
        text.parse().map(Self::Group).map_err(|_| NoParty)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}
