//! The link of a member invitation.

use entente_ids::MemberId;

/// What the token in a mailed link stands for. A renewed invitation has a new generation, so that the link before it
/// is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The invited member.
    pub member: MemberId,
    /// Which of the member's links.
    pub generation: u32,
}
