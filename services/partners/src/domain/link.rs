//! The link of an invitation.

use entente_access::links::Purpose;
use entente_ids::{PartnershipInvitationId, PartnershipInvitationKind};

/// What the token in a mailed link stands for. An invitation that was sent again has a new generation.
pub type Link = entente_access::links::Link<PartnershipInvitationId>;

/// To let a partner see and answer an invitation.
#[derive(Debug)]
pub enum PartnershipInvitation {}

impl Purpose for PartnershipInvitation {
    const NAME: &'static str = "entente partnership invitation 1";
    type Target = PartnershipInvitationKind;
}
