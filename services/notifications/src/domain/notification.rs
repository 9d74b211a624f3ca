//! What stands in somebody's list.

use entente_ids::{NotificationId, OrganizationId, UserId};
use jiff::Timestamp;

use super::facts::Facts;
use super::kind::Kind;

/// One thing that one person is told in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Where they are told.
    pub organization: OrganizationId,
    /// Who is told.
    pub user: UserId,
    /// Of what.
    pub kind: Kind,
    /// What the text is filled in with.
    pub facts: Facts,
    /// What it is about, as an id.
    pub resource: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}
