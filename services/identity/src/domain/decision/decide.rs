//! The rules, in their order. The first that fails is the answer.

use entente_ids::{OrganizationId, PrincipalId};
use jiff::{SignedDuration, Timestamp};

use super::access::{Access, Ground, Held, Mandate, Member, Organization};
use super::answer::{Denial, Level, Source};
use super::change::Gate;
use super::controls::{DelegationFlag, Module, SecondFactorPolicy};
use super::permission::{Action, Permission};
use super::question::{Need, Requirement, Subject};
use super::recorder::{Question, Recorder};
use crate::domain::organization::OrganizationState;

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
            Requirement::Oneself { recent_auth, exempt } => return self.oneself(*recent_auth, *exempt),
            Requirement::Need(need) => need,
        };
        let place = self.place(need.organization)?;
        if !need.exempt {
            self.second_factor(&place)?;
        }
        self.state(&place, need)?;
        if need.legal_representative {
            self.legal_representative(&place)?;
        }
        if let Some(flag) = need.delegation {
            self.delegation(&place, flag, need.permission)?;
        }
        let own = self.permission(&place, need.permission)?;
        let source = self.scope(&place, need, own)?;
        if need.recent_auth {
            self.recent_auth()?;
        }
        if let Some(module) = need.module {
            self.module(&place, module)?;
        }
        if let Some(gate) = need.gate.filter(|_| !need.exempt) {
            self.gate(&place, gate)?;
        }
        Ok(source)
    }

    fn oneself(&mut self, recent_auth: bool, exempt: bool) -> Result<Source, Denial> {
        let here = self.subject.organization;
        let place = self.place(here)?;
        if !exempt {
            self.second_factor(&place)?;
        }
        if place.acting.state == OrganizationState::Deleted {
            return Err(self.fail(Question::State, Denial::NotFound, || format!("{here} is deleted")));
        }
        if recent_auth {
            self.recent_auth()?;
        }
        Ok(Source::Membership)
    }

    fn session(&mut self) -> Result<(), Denial> {
        let Some(session) = self.subject.session else {
            return Ok(());
        };
        if self.access.is_revoked(session) {
            let denial = match self.subject.principal {
                PrincipalId::User(_) => Denial::SessionRevoked,
                PrincipalId::ServiceAccount(_) => Denial::ApiKeyRevoked,
            };
            return Err(self.fail(Question::Session, denial, || "the session has ended".into()));
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
            let partnership = live.partnership;
            format!(
                "{} of {acting_id}, which has a mandate from {target_id} by {partnership}",
                standing(member)
            )
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
        self.pass(Question::Place, || format!("{} of {id}", standing(member)));
        Ok((organization, member))
    }

    fn find_member(&self, id: OrganizationId) -> Option<(&'a Organization, &'a Member)> {
        let organization = self.access.organization(id)?;
        Some((organization, organization.member(self.subject.principal)?))
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

    fn second_factor(&mut self, place: &Place<'_>) -> Result<(), Denial> {
        let question = Question::SecondFactor;
        let Some(asking) = place.asks_second_factor() else {
            self.pass(question, || "nobody asks for one".into());
            return Ok(());
        };
        // A service account has none, and of who isn't signed in nothing can be asked.
        if self.subject.session.is_none() || self.subject.principal.user().is_none() {
            self.pass(question, || {
                format!("{asking} asks for one, of people when they sign in")
            });
            return Ok(());
        }
        if !self.subject.second_factor {
            return Err(self.fail(question, Denial::SecondFactorRequired, || {
                format!("{asking} asks for one, and the person signed in without")
            }));
        }
        self.pass(question, || "the person has shown one".into());
        Ok(())
    }

    /// Only who would have the permission is told of the flag: everybody else lacks more.
    fn delegation(
        &mut self,
        place: &Place<'_>,
        flag: DelegationFlag,
        permission: Permission,
    ) -> Result<(), Denial> {
        let question = Question::Delegation;
        if !place.target.kind.is_external() {
            self.pass(question, || format!("{} needs none", place.target.kind.as_str()));
            return Ok(());
        }
        if place.target.controls.delegation.contains(flag) {
            self.pass(question, || {
                format!("the operator has turned {} on", flag.as_str())
            });
            return Ok(());
        }
        if self
            .access
            .source_if_delegated(&self.held(place), permission)
            .is_none()
        {
            return Ok(());
        }
        Err(self.fail(question, Denial::DelegationDisabled(flag), || {
            format!(
                "the operator hasn't turned {} on for {}",
                flag.as_str(),
                place.target_id
            )
        }))
    }

    fn held<'p>(&self, place: &Place<'p>) -> Held<'p> {
        Held {
            organization: place.acting,
            principal: self.subject.principal,
            member: place.member,
            ground: match place.way {
                Way::Membership => Ground::Home,
                Way::Mandates(_) => Ground::Client(place.target_id),
            },
        }
    }

    fn permission(&mut self, place: &Place<'_>, permission: Permission) -> Result<Source, Denial> {
        let question = Question::Permission;
        let Some(source) = self.access.source(&self.held(place), permission) else {
            return Err(self.fail(question, Denial::PermissionMissing, || {
                format!("{} doesn't have it, nor has a group", standing(place.member))
            }));
        };
        let ceiling = &place.acting.controls.ceiling;
        if ceiling.is_some_and(|ceiling| !ceiling.contains(permission)) {
            return Err(self.fail(question, Denial::PermissionMissing, || {
                format!(
                    "{source} has it, but the operator's ceiling for {} doesn't",
                    place.acting_id
                )
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
                format!("{source} has it, but the ceiling of the mandate doesn't")
            }));
        }
        self.pass(question, || format!("{source} has it, and nothing takes it away"));
        Ok(source)
    }

    fn scope(&mut self, place: &Place<'_>, need: &Need, own: Source) -> Result<Source, Denial> {
        let Need {
            permission, product, ..
        } = *need;
        let Way::Mandates(mandates) = place.way else {
            return Ok(own);
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

    /// At both levels: the tenant's, then the company's (domain row 24).
    fn module(&mut self, place: &Place<'_>, module: Module) -> Result<(), Denial> {
        let question = Question::Module;
        let tenant = if place.acting.kind.is_external() {
            Some(place.acting)
        } else {
            self.access.operator()
        };
        let is_off = |organization: &Organization| organization.controls.modules_off.contains(module);
        let level = match (tenant.is_some_and(is_off), is_off(place.target)) {
            (true, _) => Level::Tenant,
            (false, true) => Level::Company,
            (false, false) => {
                self.pass(question, || format!("{} is on at both levels", module.as_str()));
                return Ok(());
            }
        };
        Err(self.fail(question, Denial::ModuleInactive { module, level }, || {
            format!(
                "{} is switched off at the level of the {}",
                module.as_str(),
                level.as_str()
            )
        }))
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
        // Who must have billing set up before gated operations (domain row 39).
        if !place.acting.kind.is_external() {
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

    /// Who asks for a second factor, if anybody does (domain row 10).
    fn asks_second_factor(&self) -> Option<OrganizationId> {
        let own = &self.acting.controls;
        let asked_at_home = own.second_factor_required
            || match self.member.second_factor {
                SecondFactorPolicy::Always => true,
                SecondFactorPolicy::Never => false,
                SecondFactorPolicy::Inherit => own.second_factor == SecondFactorPolicy::Always,
            };
        if asked_at_home {
            return Some(self.acting_id);
        }
        let theirs = &self.target.controls;
        let away = matches!(self.way, Way::Mandates(_));
        let asked_away = theirs.second_factor_required || theirs.second_factor == SecondFactorPolicy::Always;
        (away && asked_away).then_some(self.target_id)
    }
}

fn standing(member: &Member) -> String {
    match member.role {
        Some(role) => format!("role:{role}"),
        None => "a member without a role".to_owned(),
    }
}
