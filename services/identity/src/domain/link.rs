//! The link of a member invitation.

use entente_access::links::Purpose;
use entente_ids::{MemberId, MemberKind};

/// What the token in a mailed link stands for. A renewed invitation has a new generation.
pub type Link = entente_access::links::Link<MemberId>;

/// To let an invited member in.
#[derive(Debug)]
pub enum MemberInvitation {}

impl Purpose for MemberInvitation {
    const NAME: &'static str = "entente member invitation 1";
    type Target = MemberKind;
}
