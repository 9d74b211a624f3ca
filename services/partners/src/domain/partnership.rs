//! Partnerships: accepted invitations, from the granting of access to its end.
//!
//! Granting and revoking happen in another service, so each has a state of its own: first the intent is stored, then the
//! other service is told, then the step is completed.

use entente_ids::{PartnershipId, PartnershipInvitationId};
use jiff::Timestamp;
use strum::{EnumString, IntoStaticStr};

use super::invitation::Invitation;
use super::mandate::Mandate;
use super::organization::Party;

/// Where a partnership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PartnershipState {
    /// Accepted; access is about to be granted.
    Starting,
    /// In force.
    Active,
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

/// The partnership is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the partnership has ended: invite the partner again to start a new one")]
pub struct Ended;

/// What was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// Access is granted.
    Start,
    /// Access is revoked.
    End,
}

/// The relation between a partner and a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partnership {
    /// Its id.
    pub id: PartnershipId,
    /// The invitation that it came of.
    pub invitation: PartnershipInvitationId,
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
    /// When it was accepted.
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
    /// What comes of an invitation that is accepted.
    pub fn of(invitation: &Invitation, id: PartnershipId, intent: Intent, now: Timestamp) -> Self {
        Self {
            id,
            invitation: invitation.id,
            client: invitation.client.clone(),
            partner: invitation.partner.clone(),
            state: PartnershipState::Starting,
            mandate: Mandate {
                version: 1,
                scope: invitation.scope.clone(),
            },
            version: 1,
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
            PartnershipState::Starting | PartnershipState::Ending => true,
            PartnershipState::Active | PartnershipState::Ended => false,
        }
    }

    /// Begins the end; where it was begun already, nothing changes. Says whether it begins now.
    ///
    /// # Errors
    /// [`Ended`] when it is over.
    pub fn end(&mut self, intent: Intent, now: Timestamp) -> Result<bool, Ended> {
        match self.state {
            PartnershipState::Ended => return Err(Ended),
            PartnershipState::Ending => return Ok(false),
            PartnershipState::Starting | PartnershipState::Active => {}
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
mod tests {
    use entente_ids::OrganizationId;

    use super::*;
    use crate::domain::mandate::Scope;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn intent() -> Intent {
        Intent {
            actor: "usr_1".into(),
            on_behalf_of: None,
            request_id: None,
            traceparent: None,
            due_at: NOW,
        }
    }

    fn partnership() -> Partnership {
        let party = |byte| Party {
            id: OrganizationId::new(NOW, [byte; 10]),
            name: "a".into(),
        };
        let id = PartnershipInvitationId::new(NOW, [3; 10]);
        let invitation = Invitation::new(id, party(1), party(2), Scope::Complete, String::new(), NOW);
        Partnership::of(&invitation, PartnershipId::new(NOW, [4; 10]), intent(), NOW)
    }

    #[test]
    fn a_start_that_was_overtaken_by_the_end_completes_nothing() {
        let mut partnership = partnership();
        assert_eq!(partnership.end(intent(), NOW), Ok(true));
        assert_eq!(partnership.complete(1, NOW), None);
        assert_eq!(partnership.complete(2, NOW), Some(Completed::End));
    }

    #[test]
    fn an_end_is_begun_once_and_not_taken_back() {
        let mut partnership = partnership();
        assert_eq!(partnership.complete(1, NOW), Some(Completed::Start));
        assert_eq!(partnership.end(intent(), NOW), Ok(true));
        assert_eq!(partnership.end(intent(), NOW), Ok(false));
        assert_eq!(partnership.mandate.version, 2);
        assert_eq!(partnership.complete(2, NOW), Some(Completed::End));
        assert_eq!(partnership.end(intent(), NOW), Err(Ended));
        assert_eq!(partnership.complete(2, NOW), None);
    }
}
