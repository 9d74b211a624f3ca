//! The rules, in their order. The first that fails is the answer.

use entente_ids::OrganizationId;
use jiff::{SignedDuration, Timestamp};

use super::access::{Access, Mandate, Member, Organization};
use super::answer::{Denial, Source};
use super::change::Gate;
use super::permission::{Action, Permission};
use super::question::{Need, Requirement, Subject};
use super::recorder::{Question, Recorder};
use crate::domain::organization::{OrganizationKind, OrganizationState};

/// For how long a proof of who one is counts as recent.
pub const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// Decides. Needs no memory of its own where it allows and the recorder keeps nothing.
///
/// # Errors
/// The first rule that fails.
pub fn decide<R: Recorder>(
    access: &Access,
    subject: &Subject,
    requirement: &Requirement,
    now: Timestamp,
    recorder: &mut R,
) -> Result<Source, Denial> {
    Asking {
        access,
        subject,
        now,
        recorder,
    }
    .run(requirement)
}

/// Who asks, of what, and who listens.
struct Asking<'a, R> {
    access: &'a Access,
    subject: &'a Subject,
    now: Timestamp,
    recorder: &'a mut R,
}

/// Where the subject stands towards the organization acted upon.
struct Place<'a> {
    acting_id: OrganizationId,
    acting: &'a Organization,
    target_id: OrganizationId,
    target: &'a Organization,
    member: &'a Member,
    way: Way<'a>,
}

/// How the subject reaches the organization acted upon.
enum Way<'a> {
    Membership,
    /// At least one of them is live.
    Mandates(&'a [Mandate]),
}

impl<'a, R: Recorder> Asking<'a, R> {
    fn run(&mut self, requirement: &Requirement) -> Result<Source, Denial> {
        self.session()?;
        let need = match requirement {
            Requirement::Oneself => {
                let (_, member) = self.membership(self.subject.organization)?;
                return Ok(Source::Role(member.role));
            }
            Requirement::Need(need) => need,
        };
        let place = self.place(need.organization)?;
        self.state(&place, need)?;
        if need.legal_representative {
            self.legal_representative(&place)?;
        }
        self.permission(&place, need.permission)?;
        let source = self.scope(&place, need)?;
        if need.recent_auth {
            self.recent_auth()?;
        }
        if let Some(gate) = need.gate.filter(|_| !need.exempt) {
            self.gate(&place, gate)?;
        }
        Ok(source)
    }

    fn session(&mut self) -> Result<(), Denial> {
        let Some(session) = self.subject.session else {
            return Ok(());
        };
        if self.access.is_revoked(session) {
            return Err(self.fail(Question::Session, Denial::SessionRevoked, || {
                "the session has ended".into()
            }));
        }
        self.pass(Question::Session, || "the session lives".into());
        Ok(())
    }

    fn place(&mut self, target_id: OrganizationId) -> Result<Place<'a>, Denial> {
        let acting_id = self.subject.organization;
        if acting_id == target_id {
            let (acting, member) = self.membership(acting_id)?;
            return Ok(Place {
                acting_id,
                acting,
                target_id,
                target: acting,
                member,
                way: Way::Membership,
            });
        }
        // Nothing is told of who is a member where, unless the two organizations have to do with each other.
        let access = self.access;
        let related = access
            .organization(target_id)
            .map(|target| (target, target.mandates(acting_id)));
        let Some((target, mandates)) = related.filter(|(_, mandates)| !mandates.is_empty()) else {
            return Err(self.fail(Question::Place, Denial::NotFound, || {
                format!("the person is no member of {target_id}, and {acting_id} never had a mandate from it")
            }));
        };
        let Some((acting, member)) = self.find_member(acting_id) else {
            return Err(self.fail(Question::Place, Denial::NotFound, || {
                format!("the person is not an active member of {acting_id}")
            }));
        };
        let Some(live) = mandates.iter().find(|mandate| mandate.is_live(self.now)) else {
            return Err(self.fail(Question::Place, Denial::MandateEnded, || {
                format!("the mandate from {target_id} to {acting_id} has ended")
            }));
        };
        self.pass(Question::Place, || {
            let (role, partnership) = (member.role.as_str(), live.partnership);
            format!("{role} of {acting_id}, which has a mandate from {target_id} by {partnership}")
        });
        Ok(Place {
            acting_id,
            acting,
            target_id,
            target,
            member,
            way: Way::Mandates(mandates),
        })
    }

    fn membership(&mut self, id: OrganizationId) -> Result<(&'a Organization, &'a Member), Denial> {
        let Some((organization, member)) = self.find_member(id) else {
            return Err(self.fail(Question::Place, Denial::NotFound, || {
                format!("the person is not an active member of {id}")
            }));
        };
        self.pass(Question::Place, || format!("{} of {id}", member.role.as_str()));
        Ok((organization, member))
    }

    fn find_member(&self, id: OrganizationId) -> Option<(&'a Organization, &'a Member)> {
        let organization = self.access.organization(id)?;
        Some((organization, organization.member(self.subject.user)?))
    }

    fn state(&mut self, place: &Place<'_>, need: &Need) -> Result<(), Denial> {
        let question = Question::State;
        let changes = need.permission.action != Action::Read && !need.exempt;
        for (id, organization) in place.organizations() {
            match organization.state {
                OrganizationState::Deleted => {
                    return Err(self.fail(question, Denial::NotFound, || format!("{id} is deleted")));
                }
                OrganizationState::Suspended if changes => {
                    return Err(self.fail(question, Denial::OrganizationSuspended(id), || {
                        format!("{id} is suspended, and this would change something")
                    }));
                }
                OrganizationState::Suspended | OrganizationState::Active => {}
            }
        }
        self.pass(question, || "the organization takes such calls".into());
        Ok(())
    }

    fn legal_representative(&mut self, place: &Place<'_>) -> Result<(), Denial> {
        let question = Question::LegalRepresentative;
        let own = matches!(place.way, Way::Membership);
        if !(own && place.member.legal_representative) {
            return Err(self.fail(question, Denial::LegalRepresentativeRequired, || {
                format!("the person is no legal representative of {}", place.target_id)
            }));
        }
        self.pass(question, || "the person is a legal representative".into());
        Ok(())
    }

    fn permission(&mut self, place: &Place<'_>, permission: Permission) -> Result<(), Denial> {
        let question = Question::Permission;
        let role = place.member.role;
        if !self.access.role(role).contains(permission) {
            return Err(self.fail(question, Denial::PermissionMissing, || {
                format!("the role {} doesn't have it", role.as_str())
            }));
        }
        let allowed = match place.way {
            Way::Membership => true,
            Way::Mandates(mandates) => mandates
                .iter()
                .any(|mandate| mandate.is_live(self.now) && mandate.ceiling.contains(permission)),
        };
        if !allowed {
            return Err(self.fail(question, Denial::PermissionMissing, || {
                format!(
                    "the role {} has it, but the ceiling of the mandate doesn't",
                    role.as_str()
                )
            }));
        }
        self.pass(question, || {
            format!("the role {} has it, and nothing takes it away", role.as_str())
        });
        Ok(())
    }

    fn scope(&mut self, place: &Place<'_>, need: &Need) -> Result<Source, Denial> {
        let Need {
            permission, product, ..
        } = *need;
        let Way::Mandates(mandates) = place.way else {
            return Ok(Source::Role(place.member.role));
        };
        let mut able = mandates
            .iter()
            .filter(|mandate| mandate.is_live(self.now) && mandate.ceiling.contains(permission));
        let Some(mandate) = able.find(|mandate| mandate.covers(product)) else {
            return Err(
                self.fail(Question::Scope, Denial::OutsideMandate, || match product {
                    Some(product) => format!("the mandate doesn't cover {product}"),
                    None => "the mandate covers some products, and this concerns more than those".into(),
                }),
            );
        };
        self.pass(Question::Scope, || {
            format!("the mandate of {} covers it", mandate.partnership)
        });
        Ok(Source::Mandate(mandate.partnership))
    }

    fn recent_auth(&mut self) -> Result<(), Denial> {
        let question = Question::RecentAuth;
        let recent = self
            .subject
            .auth_time
            .is_some_and(|proved| self.now.duration_since(proved) <= RECENT);
        if !recent {
            return Err(self.fail(question, Denial::ReauthenticationRequired, || {
                "the last proof is older than five minutes".into()
            }));
        }
        self.pass(question, || "the last proof is recent".into());
        Ok(())
    }

    fn gate(&mut self, place: &Place<'_>, gate: Gate) -> Result<(), Denial> {
        if !is_gated(place.acting.kind) {
            self.pass(Question::Gate, || {
                format!("{} needs none", place.acting.kind.as_str())
            });
            return Ok(());
        }
        let missing = match place.acting.gate(gate) {
            Some(state) if state.open => {
                self.pass(Question::Gate, || {
                    format!("the gate of {} is open", place.acting_id)
                });
                return Ok(());
            }
            Some(state) => state.missing.clone(),
            None => [gate.missing_at_first().to_owned()].into(),
        };
        Err(self.fail(
            Question::Gate,
            Denial::BillingRequired {
                missing: missing.clone(),
            },
            || format!("{} lacks {}", place.acting_id, missing.join(", ")),
        ))
    }

    fn pass(&mut self, question: Question, finding: impl FnOnce() -> String) {
        self.recorder.record(question, true, finding);
    }

    fn fail(&mut self, question: Question, denial: Denial, finding: impl FnOnce() -> String) -> Denial {
        self.recorder.record(question, false, finding);
        denial
    }
}

impl<'a> Place<'a> {
    fn organizations(&self) -> [(OrganizationId, &'a Organization); 2] {
        [(self.target_id, self.target), (self.acting_id, self.acting)]
    }
}

/// Who must have billing set up before gated operations (domain row 39).
fn is_gated(kind: OrganizationKind) -> bool {
    match kind {
        OrganizationKind::Partner | OrganizationKind::SubPartner | OrganizationKind::Affiliate => true,
        OrganizationKind::Operator | OrganizationKind::DirectClient | OrganizationKind::Client => false,
    }
}
