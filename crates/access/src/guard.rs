//! Holds a call against the access rule of its method.

use std::sync::Arc;

use async_trait::async_trait;
use entente_contracts::access::v1::Caller;
use entente_contracts::identity::v1::{Decision, Requirement, Subject};
use entente_contracts::{Guard, MethodRule, Target, timestamp};
use entente_ids::{Id, Kind, OrganizationId, ParseIdError, ProductId};
use entente_runtime::clock::SharedClock;
use entente_runtime::status::Failure;
use entente_runtime::telemetry::names;
use tonic::{Extensions, Status};

use crate::{Access, Asked, Decider, Principal, Reason, denial};

/// The guard of every server: `public`, `self` and `internal` rules are seen to on the spot, permissions by a
/// [`Decider`]. What it lets pass finds an [`Access`] in its extensions.
#[derive(Clone)]
pub struct AccessGuard<D> {
    decider: D,
    clock: SharedClock,
}

impl<D: Decider> AccessGuard<D> {
    /// Lets `decider` decide. The clock measures how long that takes.
    pub fn new(decider: D, clock: SharedClock) -> Self {
        Self { decider, clock }
    }

    async fn access(
        &self,
        rule: &MethodRule,
        target: Target<'_>,
        principal: Principal,
    ) -> Result<Access, Status> {
        match rule.caller {
            Caller::Public => Ok(undecided(principal, "public")),
            Caller::Internal => {
                service_only(rule, &principal)?;
                Ok(undecided(principal, "internal"))
            }
            // What one does about oneself needs no right, but a session that still lives, and the second factor that the
            // place where one acts asks for.
            Caller::Self_ => {
                let requirement = Requirement {
                    recent_auth: rule.recent_auth,
                    exempt: rule.exempt,
                    ..Requirement::default()
                };
                self.decided(principal, None, requirement).await
            }
            Caller::Unspecified => {
                subject(&principal)?;
                let (organization, requirement) = requirement(rule, target)?;
                self.decided(principal, Some(organization), requirement).await
            }
        }
    }

    async fn decided(
        &self,
        principal: Principal,
        organization: Option<OrganizationId>,
        requirement: Requirement,
    ) -> Result<Access, Status> {
        let subject = subject(&principal)?;
        let decision = self.decide(&subject, &requirement).await?;
        if !decision.allowed {
            return Err(denial(&decision).into());
        }
        Ok(Access {
            principal,
            organization,
            source: decision.source,
            revision: decision.revision,
            asked: Some(Arc::new(Asked { subject, requirement })),
        })
    }

    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let start = self.clock.monotonic();
        let decision = self.decider.decide(subject, requirement).await;
        let taken = self.clock.monotonic().saturating_sub(start);
        let outcome = match &decision {
            Ok(Decision { allowed: true, .. }) => "allowed",
            Ok(Decision { allowed: false, .. }) => "denied",
            Err(_) => "undecided",
        };
        metrics::histogram!(names::DECISION_DURATION, "outcome" => outcome).record(taken);
        decision
    }
}

#[async_trait]
impl<D: Decider> Guard for AccessGuard<D> {
    async fn check(
        &self,
        rule: &'static MethodRule,
        target: Target<'_>,
        extensions: &mut Extensions,
    ) -> Result<(), Status> {
        // A server without the layer has no callers that anything is known of.
        let principal = extensions
            .get::<Principal>()
            .cloned()
            .unwrap_or(Principal::Anonymous);
        let access = self.access(rule, target, principal).await?;
        extensions.insert(access);
        Ok(())
    }
}

impl<D> std::fmt::Debug for AccessGuard<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessGuard")
    }
}

fn undecided(principal: Principal, source: &str) -> Access {
    Access {
        principal,
        organization: None,
        source: source.to_owned(),
        revision: 0,
        asked: None,
    }
}

fn service_only(rule: &MethodRule, principal: &Principal) -> Result<(), Reason> {
    match principal {
        Principal::Service { name } if rule.services.is_empty() || rule.services.contains(&&**name) => Ok(()),
        Principal::Service { .. } | Principal::Person(_) | Principal::ServiceAccount(_) => {
            Err(Reason::InternalOnly)
        }
        Principal::Anonymous => Err(Reason::TokenMissing),
    }
}

/// Services hold no permissions: what they do for people, they do by internal methods.
fn subject(principal: &Principal) -> Result<Subject, Reason> {
    match principal {
        Principal::Person(person) => Ok(Subject {
            user: person.user.to_string(),
            session: person.session.to_string(),
            organization: person.organization.to_string(),
            auth_time: Some(timestamp(person.auth_time)),
            second_factor: person.second_factor,
        }),
        Principal::ServiceAccount(own) => Ok(Subject {
            user: own.account.to_string(),
            session: own.session.to_string(),
            organization: own.organization.to_string(),
            auth_time: None,
            second_factor: false,
        }),
        Principal::Anonymous => Err(Reason::TokenMissing),
        Principal::Service { .. } => Err(Reason::PermissionMissing),
    }
}

/// The rule, applied to one request. A field that the rule names must be there and well-formed: a request that leaves
/// out what it touches would otherwise be asked for less.
fn requirement(rule: &MethodRule, target: Target<'_>) -> Result<(OrganizationId, Requirement), Status> {
    let organization: OrganizationId = id(rule.organization.unwrap_or("organization"), target.organization)?;
    let product: Option<ProductId> = rule.scope.map(|field| id(field, target.product)).transpose()?;
    let requirement = Requirement {
        resource: rule.resource.into(),
        action: rule.action.into(),
        organization: organization.to_string(),
        product: product.map(|product| product.to_string()).unwrap_or_default(),
        gate: rule.gate.into(),
        recent_auth: rule.recent_auth,
        legal_representative: rule.legal_representative,
        exempt: rule.exempt,
        delegation: rule.delegation.into(),
        module: rule.module.into(),
    };
    Ok((organization, requirement))
}

fn id<K: Kind>(field: &str, text: Option<&str>) -> Result<Id<K>, Status> {
    text.unwrap_or_default()
        .parse()
        .map_err(|error: ParseIdError| Failure::field(field, &error.to_string()).into())
}
