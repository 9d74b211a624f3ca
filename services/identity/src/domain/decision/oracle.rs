//! The rules once more, written as plainly as possible over a list of facts: slow, and easy to believe.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Change, Grant, Need, Permission, Requirement, ResourceClass, Scope, Subject};
use crate::domain::member::Role;
use crate::domain::organization::{OrganizationKind, OrganizationState};

/// The class of each resource of the made-up contract that the tests use: its number picks it.
pub(super) fn class_of(number: i32) -> ResourceClass {
    [
        ResourceClass::Data,
        ResourceClass::Admin,
        ResourceClass::Billing,
        ResourceClass::Security,
    ][usize::try_from(number).unwrap() % 4]
}

/// What comes out: the source, or the reason, with what is missing.
pub(super) fn decide(
    facts: &[Change],
    subject: &Subject,
    asked: &Requirement,
    now: Timestamp,
) -> Result<String, String> {
    let session_is_revoked = facts.iter().any(
        |fact| matches!(fact, Change::SessionRevoked { session, .. } if subject.session == Some(*session)),
    );
    if session_is_revoked {
        return Err("SESSION_REVOKED".into());
    }

    let membership = facts.iter().rev().find_map(|fact| {
        let Change::Member {
            organization,
            user,
            role,
            legal_representative,
            active,
            ..
        } = fact
        else {
            return None;
        };
        let here = *organization == subject.organization && *user == subject.user;
        here.then_some((*role, *legal_representative, *active))
    });
    let Some((role, legal_representative, true)) = membership else {
        return Err("NOT_FOUND".into());
    };
    let Requirement::Need(need) = asked else {
        return Ok(format!("role:{}", role.as_str()));
    };

    let own = need.organization == subject.organization;
    let mut ever: Vec<Grant> = Vec::new();
    for fact in facts {
        if let Change::Grant(grant) = fact
            && grant.client == need.organization
            && grant.partner == subject.organization
        {
            ever.retain(|known| known.partnership != grant.partnership);
            ever.push(grant.clone());
        }
    }
    ever.sort_by_key(|grant| grant.partnership);
    let live: Vec<&Grant> = ever
        .iter()
        .filter(|grant| !grant.ended && grant.end_time.is_none_or(|end| now < end))
        .collect();
    if !own && ever.is_empty() {
        return Err("NOT_FOUND".into());
    }
    if !own && live.is_empty() {
        return Err("MANDATE_ENDED".into());
    }

    for id in [need.organization, subject.organization] {
        let (_, state) = organization(facts, id);
        if state == OrganizationState::Deleted {
            return Err("NOT_FOUND".into());
        }
        if state == OrganizationState::Suspended && need.permission.action != Action::Read && !need.exempt {
            return Err("ORGANIZATION_SUSPENDED".into());
        }
    }
    if need.legal_representative && !(own && legal_representative) {
        return Err("LEGAL_REPRESENTATIVE_REQUIRED".into());
    }
    if !role_has(role, need.permission) {
        return Err("PERMISSION_MISSING".into());
    }

    let mut source = format!("role:{}", role.as_str());
    if !own {
        let able: Vec<&&Grant> = live
            .iter()
            .filter(|grant| grant.ceiling.contains(need.permission))
            .collect();
        if able.is_empty() {
            return Err("PERMISSION_MISSING".into());
        }
        let Some(grant) = able.iter().find(|grant| covers(grant, need)) else {
            return Err("OUTSIDE_MANDATE".into());
        };
        source = format!("mandate:{}", grant.partnership);
    }
    if need.recent_auth {
        let Some(proved) = subject.auth_time else {
            return Err("REAUTHENTICATION_REQUIRED".into());
        };
        if now > proved + SignedDuration::from_mins(5) {
            return Err("REAUTHENTICATION_REQUIRED".into());
        }
    }
    if need.gate.is_some() && !need.exempt {
        billing(facts, subject)?;
    }
    Ok(source)
}

fn organization(
    facts: &[Change],
    wanted: entente_ids::OrganizationId,
) -> (OrganizationKind, OrganizationState) {
    let found = facts.iter().rev().find_map(|fact| {
        let Change::Organization { id, kind, state, .. } = fact else {
            return None;
        };
        (*id == wanted).then_some((*kind, *state))
    });
    found.unwrap()
}

fn role_has(role: Role, permission: Permission) -> bool {
    let reads = permission.action == Action::Read;
    match class_of(permission.resource.number()) {
        ResourceClass::Billing => role == Role::Owner,
        ResourceClass::Security => role >= Role::Admin,
        ResourceClass::Admin => role >= Role::Admin || reads,
        ResourceClass::Data => role >= Role::Member || reads,
    }
}

fn covers(grant: &Grant, need: &Need) -> bool {
    match &grant.scope {
        Scope::Complete => true,
        Scope::Limited(products) => products.iter().any(|product| Some(*product) == need.product),
    }
}

fn billing(facts: &[Change], subject: &Subject) -> Result<(), String> {
    let (kind, _) = organization(facts, subject.organization);
    if !["partner", "sub_partner", "affiliate"].contains(&kind.as_str()) {
        return Ok(());
    }
    let said = facts.iter().rev().find_map(|fact| {
        let Change::Gate(setting) = fact else { return None };
        (setting.organization == subject.organization).then_some(setting)
    });
    match said {
        Some(setting) if setting.open => Ok(()),
        Some(setting) => Err(format!("BILLING_REQUIRED {}", setting.missing.join(", "))),
        None => Err("BILLING_REQUIRED billing account".into()),
    }
}
