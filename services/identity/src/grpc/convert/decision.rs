//! Decisions: the contract's messages and the domain's types.

use std::collections::HashMap;

use entente_access::Person;
use entente_contracts::access::v1::{
    DelegationFlag as ContractFlag, Gate as ContractGate, Module as ContractModule,
};
use entente_contracts::identity::v1::{
    Decision, ExplainRequest, ExplainStep, Grant as GrantMessage, HeldPermission,
    Permission as PermissionMessage, PutGateRequest, Requirement as RequirementMessage,
    Subject as SubjectMessage, WatchAccessResponse,
};
use entente_contracts::instant;
use jiff::Timestamp;
use tonic::Status;

use super::{parse, parse_optional};
use crate::app::list_permissions::Held;
use crate::domain::decision::{
    Denial, Extent, Gate, GateSetting, Grant, Need, Permission, PermissionSet, Requirement, Revision, Scope,
    Step, Subject,
};
use crate::engine::{Decided, Moved, vocabulary};
use crate::error::Error;

/// Who asks.
pub(crate) fn subject(message: Option<&SubjectMessage>) -> Result<Subject, Error> {
    let message = message.ok_or_else(|| Error::field("subject", "is missing: name who asks"))?;
    Ok(Subject {
        principal: parse("subject.user", &message.user)?,
        session: parse_optional("subject.session", &message.session)?,
        organization: parse("subject.organization", &message.organization)?,
        auth_time: message
            .auth_time
            .as_ref()
            .map(|time| timestamp("subject.auth_time", time))
            .transpose()?,
        second_factor: message.second_factor,
    })
}

/// The caller of a method, as a subject.
pub(crate) fn caller(person: &Person) -> Subject {
    Subject {
        principal: person.user.into(),
        session: Some(person.session),
        organization: person.organization,
        auth_time: Some(person.auth_time),
        second_factor: person.second_factor,
    }
}

/// What is asked of them.
pub(crate) fn requirement(message: Option<&RequirementMessage>) -> Result<Requirement, Error> {
    let message = message.ok_or_else(|| Error::field("requirement", "is missing: name what is needed"))?;
    if message.resource == 0 {
        return Ok(Requirement::Oneself {
            recent_auth: message.recent_auth,
            exempt: message.exempt,
        });
    }
    let flag = ContractFlag::try_from(message.delegation)
        .map_err(|_| Error::field("requirement.delegation", "is no flag: give one of the contract"))?;
    let module = ContractModule::try_from(message.module)
        .map_err(|_| Error::field("requirement.module", "is no module: give one of the contract"))?;
    let gate = ContractGate::try_from(message.gate)
        .map_err(|_| Error::field("requirement.gate", "is no gate: give one of the contract"))?;
    Ok(Requirement::Need(Need {
        product: parse_optional("requirement.product", &message.product)?,
        gate: vocabulary::gate(gate),
        recent_auth: message.recent_auth,
        legal_representative: message.legal_representative,
        exempt: message.exempt,
        delegation: vocabulary::delegation(flag),
        module: vocabulary::module(module),
        ..Need::of(
            permission("requirement.resource", message.resource, message.action)?,
            parse("requirement.organization", &message.organization)?,
        )
    }))
}

/// What is to be explained.
pub(crate) fn explain(message: &ExplainRequest) -> Result<(Subject, Need), Error> {
    let organization = parse("organization", &message.organization)?;
    let acting = parse_optional("acting_organization", &message.acting_organization)?;
    let subject = Subject::member(parse("user", &message.user)?, acting.unwrap_or(organization));
    let need = Need {
        product: parse_optional("product", &message.product)?,
        ..vocabulary::need(
            permission("resource", message.resource, message.action)?,
            organization,
        )
    };
    Ok((subject, need))
}

/// What a mandate grants.
pub(crate) fn grant(message: GrantMessage) -> Result<Grant, Error> {
    let products = message
        .products
        .iter()
        .map(|product| parse("grant.products", product));
    let scope = if message.complete {
        Scope::Complete
    } else {
        Scope::Limited(products.collect::<Result<_, _>>()?)
    };
    if scope == Scope::Limited(Vec::new()) && !message.ended {
        return Err(Error::field(
            "grant.products",
            "is empty: name products, or make the grant complete",
        ));
    }
    let ceiling = message
        .ceiling
        .iter()
        .map(|held| permission("grant.ceiling", held.resource, held.action))
        .collect::<Result<PermissionSet, _>>()?;
    let grant = Grant {
        partnership: parse("grant.partnership", &message.partnership)?,
        client: parse("grant.client", &message.client)?,
        partner: parse("grant.partner", &message.partner)?,
        version: message.version,
        ended: message.ended,
        scope,
        ceiling,
        end_time: message
            .end_time
            .as_ref()
            .map(|time| timestamp("grant.end_time", time))
            .transpose()?,
    };
    if grant.client == grant.partner {
        return Err(Error::field(
            "grant.partner",
            "is the client too: name two organizations",
        ));
    }
    Ok(grant)
}

/// What billing says.
pub(crate) fn gate_setting(message: PutGateRequest) -> Result<GateSetting, Error> {
    let gate: Option<Gate> = ContractGate::try_from(message.gate)
        .ok()
        .and_then(vocabulary::gate);
    Ok(GateSetting {
        organization: parse("organization", &message.organization)?,
        gate: gate.ok_or_else(|| Error::field("gate", "is no gate: give one of the contract"))?,
        open: message.open,
        missing: message.missing,
        version: message.version,
    })
}

/// The answer.
pub(crate) fn decision(decided: &Decided) -> Decision {
    let revision = decided.revision.number();
    match &decided.outcome {
        Ok(source) => Decision {
            allowed: true,
            source: source.to_string(),
            revision,
            ..Decision::default()
        },
        Err(denial) => refusal(denial, revision),
    }
}

fn refusal(denial: &Denial, revision: i64) -> Decision {
    Decision {
        allowed: false,
        reason: denial.reason().to_owned(),
        mend: denial.mend().to_owned(),
        source: String::new(),
        revision,
        metadata: metadata(denial),
    }
}

/// A denial, as the guard would give it.
pub(crate) fn denied(denial: &Denial) -> Status {
    entente_access::denial(&refusal(denial, Revision::default().number())).into()
}

/// Something that somebody may do.
pub(crate) fn held(held: &Held) -> HeldPermission {
    HeldPermission {
        permission: Some(contract_permission(held.permission)),
        source: held.source.to_string(),
        limited: held.extent == Extent::SomeProducts,
    }
}

fn contract_permission(permission: Permission) -> PermissionMessage {
    PermissionMessage {
        resource: permission.resource.number(),
        action: vocabulary::action(permission.action).into(),
    }
}

/// One question of an explanation.
pub(crate) fn step(step: Step) -> ExplainStep {
    ExplainStep {
        question: step.question.as_str().to_owned(),
        passed: step.passed,
        finding: step.finding,
    }
}

/// Whose rights moved.
pub(crate) fn moved(moved: &Moved) -> WatchAccessResponse {
    WatchAccessResponse {
        revision: moved.revision.number(),
        users: moved.principals.iter().map(ToString::to_string).collect(),
        organizations: moved.organizations.iter().map(ToString::to_string).collect(),
    }
}

fn metadata(denial: &Denial) -> HashMap<String, String> {
    let facts = match denial {
        Denial::BillingRequired { missing } => vec![("missing", missing.join(", "))],
        Denial::OrganizationSuspended(organization) => vec![("organization", organization.to_string())],
        Denial::DelegationDisabled(flag) => vec![("flag", flag.as_str().to_owned())],
        Denial::ModuleInactive { module, level } => vec![
            ("module", module.as_str().to_owned()),
            ("level", level.as_str().to_owned()),
        ],
        Denial::SessionRevoked
        | Denial::ApiKeyRevoked
        | Denial::NotFound
        | Denial::MandateEnded
        | Denial::SecondFactorRequired
        | Denial::LegalRepresentativeRequired
        | Denial::PermissionMissing
        | Denial::OutsideMandate
        | Denial::ReauthenticationRequired => Vec::new(),
    };
    facts
        .into_iter()
        .map(|(name, fact)| (name.to_owned(), fact))
        .collect()
}

pub(crate) fn permission(field: &'static str, resource: i32, action: i32) -> Result<Permission, Error> {
    vocabulary::permission(resource, action).ok_or_else(|| {
        Error::field(
            field,
            "is no permission: give a resource and an action of the contract",
        )
    })
}

fn timestamp(field: &'static str, time: &prost_types::Timestamp) -> Result<Timestamp, Error> {
    instant(time).ok_or_else(|| Error::field(field, "is no time: give a valid timestamp"))
}
