//! Partnership invitations and the steps that they can take.

use entente_ids::{OrganizationId, PartnershipId, PartnershipInvitationId};
use jiff::{SignedDuration, Timestamp};
use strum::{EnumString, IntoStaticStr};

use super::link::Link;
use super::mandate::Scope;
use super::organization::Party;

/// For how long an invitation can be answered.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Where an invitation stands. All but pending are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InvitationState {
    /// Sent, unanswered.
    Pending,
    /// The partner accepted.
    Accepted,
    /// The partner refused.
    Refused,
    /// The client took it back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
}

/// Why a step can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvitationRefusal {
    /// The step is the client's.
    #[error("only the client that invited may do this: ask it to")]
    NotTheClient,
    /// The step is the partner's.
    #[error("only the partner that was invited may do this: ask it to")]
    NotThePartner,
    /// The invitation is over.
    #[error("the invitation is over: create a new one")]
    Closed,
    /// The link was replaced, taken back or is too old, or it never was one.
    #[error("the link is not valid any more: ask the client to invite you again")]
    LinkDead,
}

/// A client's offer to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: PartnershipInvitationId,
    /// Who invites.
    pub client: Party,
    /// Who is invited.
    pub partner: Party,
    /// What the mandate will cover.
    pub scope: Scope,
    /// A personal word.
    pub message: String,
    /// The last step that was taken. Ask [`Invitation::state_at`] where it stands: time passes without a step.
    pub state: InvitationState,
    /// Which of its links is the living one.
    pub generation: u32,
    /// From when on it can't be answered any more.
    pub expires_at: Timestamp,
    /// The partnership that came of it.
    pub partnership: Option<PartnershipId>,
    /// Rises with every step.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the last step was taken.
    pub updated_at: Timestamp,
}

impl Invitation {
    /// A new one, pending.
    pub fn new(
        id: PartnershipInvitationId,
        client: Party,
        partner: Party,
        scope: Scope,
        message: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            client,
            partner,
            scope,
            message,
            state: InvitationState::Pending,
            generation: 1,
            expires_at: now + LIFETIME,
            partnership: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Where it stands, whether or not anybody has noted yet that its time is over.
    pub fn state_at(&self, now: Timestamp) -> InvitationState {
        if self.state == InvitationState::Pending && self.expires_at <= now {
            return InvitationState::Expired;
        }
        self.state
    }

    /// The link that can be used now; none once it is over.
    pub fn link(&self, now: Timestamp) -> Option<Link> {
        (self.state_at(now) == InvitationState::Pending).then_some(Link {
            target: self.id,
            generation: self.generation,
        })
    }

    /// Sent again by the client: the time begins anew, and the link before is dead.
    ///
    /// # Errors
    /// When it is over, or somebody else asks.
    pub fn resend(&mut self, by: OrganizationId, now: Timestamp) -> Result<(), InvitationRefusal> {
        self.open_to_client(by, now)?;
        self.generation = self.generation.saturating_add(1);
        self.expires_at = now + LIFETIME;
        self.step(InvitationState::Pending, now);
        Ok(())
    }

    /// Taken back by the client.
    ///
    /// # Errors
    /// When it is over, or somebody else asks.
    pub fn withdraw(&mut self, by: OrganizationId, now: Timestamp) -> Result<(), InvitationRefusal> {
        self.open_to_client(by, now)?;
        self.step(InvitationState::Withdrawn, now);
        Ok(())
    }

    /// Accepted by the partner, who holds its link.
    ///
    /// # Errors
    /// When it is over, the link is dead, or somebody else asks.
    pub fn accept(
        &mut self,
        by: OrganizationId,
        link: Option<Link>,
        partnership: PartnershipId,
        now: Timestamp,
    ) -> Result<(), InvitationRefusal> {
        self.open_to_partner(by, link, now)?;
        self.partnership = Some(partnership);
        self.step(InvitationState::Accepted, now);
        Ok(())
    }

    /// Refused by the partner, who holds its link.
    ///
    /// # Errors
    /// When it is over, the link is dead, or somebody else asks.
    pub fn refuse(
        &mut self,
        by: OrganizationId,
        link: Option<Link>,
        now: Timestamp,
    ) -> Result<(), InvitationRefusal> {
        self.open_to_partner(by, link, now)?;
        self.step(InvitationState::Refused, now);
        Ok(())
    }

    /// Notes that its time is over; says whether there was something to note.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let due = self.state == InvitationState::Pending && self.state_at(now) == InvitationState::Expired;
        if due {
            self.step(InvitationState::Expired, now);
        }
        due
    }

    fn open_to_client(&self, by: OrganizationId, now: Timestamp) -> Result<(), InvitationRefusal> {
        if by != self.client.id {
            return Err(InvitationRefusal::NotTheClient);
        }
        match self.state_at(now) {
            InvitationState::Pending => Ok(()),
            InvitationState::Accepted
            | InvitationState::Refused
            | InvitationState::Withdrawn
            | InvitationState::Expired => Err(InvitationRefusal::Closed),
        }
    }

    /// What the client or time ended has a dead link; what the partner itself answered is closed.
    fn open_to_partner(
        &self,
        by: OrganizationId,
        link: Option<Link>,
        now: Timestamp,
    ) -> Result<(), InvitationRefusal> {
        if by != self.partner.id {
            return Err(InvitationRefusal::NotThePartner);
        }
        if link
            != Some(Link {
                target: self.id,
                generation: self.generation,
            })
        {
            return Err(InvitationRefusal::LinkDead);
        }
        match self.state_at(now) {
            InvitationState::Pending => Ok(()),
            InvitationState::Accepted | InvitationState::Refused => Err(InvitationRefusal::Closed),
            InvitationState::Withdrawn | InvitationState::Expired => Err(InvitationRefusal::LinkDead),
        }
    }

    fn step(&mut self, state: InvitationState, now: Timestamp) {
        self.state = state;
        self.version += 1;
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests;
