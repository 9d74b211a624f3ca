//! Lists what somebody may do, with the source of each right.

use entente_ids::OrganizationId;
use jiff::Timestamp;

use crate::domain::decision::{Action, Denial, Permission, Requirement, Revision, Source, Subject};
use crate::engine::{Engine, Undecided, vocabulary};

/// Something that somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What.
    pub permission: Permission,
    /// Why; none where a limited mandate gives it for its products only.
    pub source: Option<Source>,
}

/// Asks for every permission that the contract names, by the same decision as a call. Denials are not taken down: nobody
/// tried anything.
///
/// # Errors
/// [`Denial`] where the subject has no place there at all, [`Undecided`] while this replica may not decide.
pub fn run(
    engine: &Engine,
    subject: &Subject,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Result<(Vec<Held>, Revision), Denial>, Undecided> {
    let permissions: Vec<Permission> = vocabulary::resources()
        .into_iter()
        .flat_map(|named| {
            Action::ALL.map(|action| Permission {
                resource: named.resource,
                action,
            })
        })
        .collect();
    let asked: Vec<Requirement> = permissions
        .iter()
        .map(|permission| Requirement::Need(vocabulary::need(*permission, organization)))
        .collect();
    let decided = engine.decide_all(subject, &asked, now)?;
    let revision = decided
        .first()
        .map(|decided| decided.revision)
        .unwrap_or_default();
    let mut held = Vec::new();
    for (permission, decided) in permissions.into_iter().zip(decided) {
        let source = match decided.outcome {
            Ok(source) => Some(source),
            Err(Denial::OutsideMandate) => None,
            Err(
                denial @ (Denial::SessionRevoked
                | Denial::ApiKeyRevoked
                | Denial::NotFound
                | Denial::MandateEnded
                | Denial::SecondFactorRequired),
            ) => return Ok(Err(denial)),
            Err(
                Denial::OrganizationSuspended(_)
                | Denial::LegalRepresentativeRequired
                | Denial::DelegationDisabled(_)
                | Denial::PermissionMissing
                | Denial::ReauthenticationRequired
                | Denial::ModuleInactive { .. }
                | Denial::BillingRequired { .. },
            ) => continue,
        };
        held.push(Held { permission, source });
    }
    Ok(Ok((held, revision)))
}
