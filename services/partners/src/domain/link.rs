//! The link of an invitation.

use entente_ids::PartnershipInvitationId;

/// What the token in a mailed link stands for. An invitation that was sent again has a new generation, so that the link
/// before it is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The invitation.
    pub invitation: PartnershipInvitationId,
    /// Which of its links.
    pub generation: u32,
}
