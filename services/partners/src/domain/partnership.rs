//! Partnerships: accepted invitations, and what a partner has with a client that it created, from the granting of access
//! to its end.
//!
//! Granting, narrowing and revoking happen in another service, so each has a state of its own: first the intent is stored,
//! then the other service is told, then the step is completed.

use entente_ids::{OrganizationId, PartnershipId, PartnershipInvitationId};
use jiff::Timestamp;
use strum::{EnumString, IntoStaticStr};

use super::invitation::Invitation;
use super::mandate::{Mandate, Scope};
use super::organization::Party;

/// Where a partnership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PartnershipState {
    /// Accepted; access is about to be granted.
    Starting,
    /// In force.
    Active,
    /// In force; access is about to be narrowed.
    Narrowing,
    /// Access is about to be revoked.
    Ending,
    /// Over, for good.
    Ended,
}

/// Who asked for the step that is under way, and how, so that whoever finishes it can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Who.
    pub actor: String,
    /// The organization that they acted in, where it isn't the one acted upon.
    pub on_behalf_of: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// Its trace.
    pub traceparent: Option<String>,
    /// From when on the step counts as left behind.
    pub due_at: Timestamp,
}

/// Why a step can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartnershipRefusal {
    /// The step is the client's.
    #[error("only the client of the partnership may do this: ask it to")]
    NotTheClient,
    /// The partnership is over, or about to be.
    #[error("the partnership has ended: invite the partner again to start a new one")]
    Ended,
    /// The client has consented already.
    #[error("the partnership was consented to already: to allow less, end it and invite the partner again")]
    Consented,
}

/// What was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// Access is granted.
    Start,
    /// Access is narrowed.
    Narrowing,
    /// Access is revoked.
    End,
}

/// The relation between a partner and a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partnership {
    /// Its id.
    pub id: PartnershipId,
    /// The invitation that it came of; none where the partner created the client.
    pub invitation: Option<PartnershipInvitationId>,
    /// The client.
    pub client: Party,
    /// The partner.
    pub partner: Party,
    /// Where it stands.
    pub state: PartnershipState,
    /// What it allows.
    pub mandate: Mandate,
    /// Rises with every step.
    pub version: i64,
    /// When the client consented to it; none while it has yet to. Until then the mandate is complete.
    pub consented_at: Option<Timestamp>,
    /// When it was accepted, or began with the client.
    pub created_at: Timestamp,
    /// When the last step was taken.
    pub updated_at: Timestamp,
    /// Since when access is granted.
    pub started_at: Option<Timestamp>,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Who asked for the last step.
    pub intent: Intent,
}

impl Partnership {
    /// What comes of an invitation that is accepted: the client has consented with it.
    pub fn of(invitation: &Invitation, id: PartnershipId, intent: Intent, now: Timestamp) -> Self {
        let parties = (invitation.client.clone(), invitation.partner.clone());
        Self {
            invitation: Some(invitation.id),
            consented_at: Some(now),
            ..Self::starting(id, parties, invitation.scope.clone(), intent, now)
        }
    }

    /// What a partner has with a client that it created: it may act for all of it, and the client has yet to consent.
    pub fn of_new_client(
        id: PartnershipId,
        client: Party,
        partner: Party,
        intent: Intent,
        now: Timestamp,
    ) -> Self {
        Self::starting(id, (client, partner), Scope::Complete, intent, now)
    }

    fn starting(
        id: PartnershipId,
        (client, partner): (Party, Party),
        scope: Scope,
        intent: Intent,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            invitation: None,
            client,
            partner,
            state: PartnershipState::Starting,
            mandate: Mandate { version: 1, scope },
            version: 1,
            consented_at: None,
            created_at: now,
            updated_at: now,
            started_at: None,
            ended_at: None,
            intent,
        }
    }

    /// Whether a step is under way.
    pub fn is_under_way(&self) -> bool {
        match self.state {
            PartnershipState::Starting | PartnershipState::Narrowing | PartnershipState::Ending => true,
            PartnershipState::Active | PartnershipState::Ended => false,
        }
    }

    /// The client consents to what it has not consented to yet: to all of it, or to less, which narrows the mandate. What
    /// has yet to start starts as narrow as that, still in the name of who started it.
    ///
    /// # Errors
    /// When it is over or consented to, or somebody else asks.
    pub fn consent(
        &mut self,
        by: OrganizationId,
        scope: Scope,
        intent: Intent,
        now: Timestamp,
    ) -> Result<(), PartnershipRefusal> {
        if by != self.client.id {
            return Err(PartnershipRefusal::NotTheClient);
        }
        match self.state {
            PartnershipState::Ending | PartnershipState::Ended => return Err(PartnershipRefusal::Ended),
            PartnershipState::Starting | PartnershipState::Active | PartnershipState::Narrowing => {}
        }
        if self.consented_at.is_some() {
            return Err(PartnershipRefusal::Consented);
        }
        self.consented_at = Some(now);
        if scope != self.mandate.scope {
            self.mandate.version += 1;
            self.mandate.scope = scope;
            if self.state == PartnershipState::Active {
                self.state = PartnershipState::Narrowing;
                self.intent = intent;
            }
        }
        self.step(now);
        Ok(())
    }

    /// As it was in force before a consent narrowed it.
    pub fn before_narrowing(&self) -> Self {
        let mut before = self.clone();
        before.state = PartnershipState::Active;
        before.mandate.version -= 1;
        before.mandate.scope = Scope::Complete;
        before.consented_at = None;
        before
    }

    /// As it was before somebody asked for its end.
    pub fn before_end(&self) -> Self {
        let mut before = self.clone();
        before.state = match self.started_at {
            Some(_) => PartnershipState::Active,
            None => PartnershipState::Starting,
        };
        before.mandate.version -= 1;
        before.ended_at = None;
        before
    }

    /// Begins the end; where it was begun already, nothing changes. Says whether it begins now.
    ///
    /// # Errors
    /// [`PartnershipRefusal::Ended`] when it is over.
    pub fn end(&mut self, intent: Intent, now: Timestamp) -> Result<bool, PartnershipRefusal> {
        match self.state {
            PartnershipState::Ended => return Err(PartnershipRefusal::Ended),
            PartnershipState::Ending => return Ok(false),
            PartnershipState::Starting | PartnershipState::Active | PartnershipState::Narrowing => {}
        }
        self.state = PartnershipState::Ending;
        self.mandate.version += 1;
        self.intent = intent;
        self.step(now);
        Ok(true)
    }

    /// Completes the step that is under way, once the version of the mandate that it made is in force; none where that
    /// isn't the step any more.
    pub fn complete(&mut self, mandate_version: i64, now: Timestamp) -> Option<Completed> {
        if mandate_version != self.mandate.version {
            return None;
        }
        let completed = match self.state {
            PartnershipState::Starting => {
                self.state = PartnershipState::Active;
                self.started_at = Some(now);
                Completed::Start
            }
            PartnershipState::Narrowing => {
                self.state = PartnershipState::Active;
                Completed::Narrowing
            }
            PartnershipState::Ending => {
                self.state = PartnershipState::Ended;
                self.ended_at = Some(now);
                Completed::End
            }
            PartnershipState::Active | PartnershipState::Ended => return None,
        };
        self.step(now);
        Some(completed)
    }

    fn step(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests;
