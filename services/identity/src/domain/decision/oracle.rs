//! The rules once more, written as plainly as possible over a list of facts: slow, and easy to believe.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "it picks the facts that it looks for"
)]

use jiff::{SignedDuration, Timestamp};

use entente_ids::{OrganizationId, PrincipalId, UserId};

use super::{
    Action, Change, Controls, Grant, Membership, Need, Permission, PermissionSet, Requirement, ResourceClass,
    Scope, SecondFactorPolicy, Subject,
};
use crate::domain::organization::{OrganizationKind, OrganizationState};
use crate::domain::role::{BuiltInRole, RoleRef};

/// The class of each resource of the made-up contract that the tests use: its number picks it.
pub(super) fn class_of(number: i32) -> ResourceClass {
    [
        ResourceClass::Data,
        ResourceClass::Admin,
        ResourceClass::Billing,
        ResourceClass::Security,
    ][usize::try_from(number).unwrap() % 4]
}

/// The name of each resource of the made-up contract.
pub(super) fn name_of(number: i32) -> &'static str {
    match number {
        4 => "offer",
        5 => "organization",
        6 => "payment_method",
        7 => "event_log",
        _ => "something",
    }
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
        let reason = match subject.principal {
            PrincipalId::User(_) => "SESSION_REVOKED",
            PrincipalId::ServiceAccount(_) => "API_KEY_INVALID",
        };
        return Err(reason.into());
    }

    let membership = facts.iter().rev().find_map(|fact| {
        let Change::Member(membership) = fact else {
            return None;
        };
        let here =
            membership.organization == subject.organization && membership.principal == subject.principal;
        here.then_some(membership)
    });
    let Some(membership) = membership.filter(|membership| membership.active) else {
        return Err("NOT_FOUND".into());
    };
    let asks = |controls: &Controls| {
        controls.second_factor_required || controls.second_factor == SecondFactorPolicy::Always
    };
    let (acting_kind, acting_state, acting) = organization(facts, subject.organization);
    let asked_at_home = match (acting.second_factor_required, membership.second_factor) {
        (true, _) | (false, SecondFactorPolicy::Always) => true,
        (false, SecondFactorPolicy::Never) => false,
        (false, SecondFactorPolicy::Inherit) => asks(&acting),
    };
    let signed_in_person = subject.session.is_some() && matches!(subject.principal, PrincipalId::User(_));
    let lacks_factor = signed_in_person && !subject.second_factor;

    let need = match asked {
        Requirement::Need(need) => need,
        Requirement::Oneself { recent_auth, exempt } => {
            if asked_at_home && lacks_factor && !exempt {
                return Err("MFA_REQUIRED".into());
            }
            if acting_state == OrganizationState::Deleted {
                return Err("NOT_FOUND".into());
            }
            if *recent_auth && !is_recent(subject, now) {
                return Err("REAUTHENTICATION_REQUIRED".into());
            }
            return Ok("membership".into());
        }
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

    let (target_kind, _, target) = organization(facts, need.organization);
    let asked_of_them = asked_at_home || (!own && asks(&target));
    if asked_of_them && lacks_factor && !need.exempt {
        return Err("MFA_REQUIRED".into());
    }

    for id in [need.organization, subject.organization] {
        let (_, state, _) = organization(facts, id);
        if state == OrganizationState::Deleted {
            return Err("NOT_FOUND".into());
        }
        if state == OrganizationState::Suspended && need.permission.action != Action::Read && !need.exempt {
            return Err("ORGANIZATION_SUSPENDED".into());
        }
    }
    if need.legal_representative && !(own && membership.legal_representative) {
        return Err("LEGAL_REPRESENTATIVE_REQUIRED".into());
    }
    let client = (!own).then_some(need.organization);
    let external = [
        OrganizationKind::Partner,
        OrganizationKind::SubPartner,
        OrganizationKind::Affiliate,
    ];
    let mut undelegated = acting.clone();
    undelegated.delegation = super::DelegationFlags::default().with(super::DelegationFlag::AllowUserCreation);
    if let Some(flag) = need.delegation
        && external.contains(&target_kind)
        && !target.delegation.contains(flag)
        && source(
            facts,
            membership,
            acting_kind,
            &undelegated,
            client,
            need.permission,
        )
        .is_some()
    {
        return Err(format!("DELEGATION_DISABLED {}", flag.as_str()));
    }
    let Some(mut source) = source(facts, membership, acting_kind, &acting, client, need.permission) else {
        return Err("PERMISSION_MISSING".into());
    };
    if acting
        .ceiling
        .is_some_and(|ceiling| !ceiling.contains(need.permission))
    {
        return Err("PERMISSION_MISSING".into());
    }
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
    if need.recent_auth && !is_recent(subject, now) {
        return Err("REAUTHENTICATION_REQUIRED".into());
    }
    if let Some(module) = need.module {
        let tenant = if external.contains(&acting_kind) {
            Some(acting)
        } else {
            operator(facts)
        };
        if tenant.is_some_and(|tenant| tenant.modules_off.contains(module)) {
            return Err(format!("MODULE_INACTIVE tenant {}", module.as_str()));
        }
        if target.modules_off.contains(module) {
            return Err(format!("MODULE_INACTIVE company {}", module.as_str()));
        }
    }
    if need.gate.is_some() && !need.exempt {
        billing(facts, subject)?;
    }
    Ok(source)
}

fn is_recent(subject: &Subject, now: Timestamp) -> bool {
    subject
        .auth_time
        .is_some_and(|proved| now <= proved + SignedDuration::from_mins(5))
}

fn organization(facts: &[Change], wanted: OrganizationId) -> (OrganizationKind, OrganizationState, Controls) {
    let found = facts.iter().rev().find_map(|fact| {
        let Change::Organization {
            id,
            kind,
            state,
            controls,
            ..
        } = fact
        else {
            return None;
        };
        (*id == wanted).then(|| (*kind, *state, controls.clone()))
    });
    found.unwrap()
}

fn operator(facts: &[Change]) -> Option<Controls> {
    let id = facts.iter().rev().find_map(|fact| match fact {
        Change::Organization {
            id,
            kind: OrganizationKind::Operator,
            ..
        } => Some(*id),
        _ => None,
    })?;
    Some(organization(facts, id).2)
}

/// The member's role, or a group with a role, that has the permission.
fn source(
    facts: &[Change],
    membership: &Membership,
    kind: OrganizationKind,
    controls: &Controls,
    client: Option<OrganizationId>,
    permission: Permission,
) -> Option<String> {
    let has = |role: RoleRef| match role {
        RoleRef::Custom(wanted) => facts
            .iter()
            .rev()
            .find_map(|fact| match fact {
                Change::Role {
                    organization,
                    role,
                    permissions,
                } if *organization == membership.organization && *role == wanted => Some(*permissions),
                _ => None,
            })
            .flatten()
            .is_some_and(|held: PermissionSet| held.contains(permission)),
        RoleRef::BuiltIn(role) => {
            let external = [
                OrganizationKind::Partner,
                OrganizationKind::SubPartner,
                OrganizationKind::Affiliate,
            ]
            .contains(&kind);
            let role = if role == BuiltInRole::Admin && external && controls.delegation.is_empty() {
                BuiltInRole::Member
            } else {
                role
            };
            built_in_has(facts, membership, kind, role, client, permission)
        }
    };
    if let Some(role) = membership.role
        && has(role)
    {
        return Some(format!("role:{role}"));
    }
    for group in &membership.groups {
        let roles = facts.iter().rev().find_map(|fact| match fact {
            Change::Group {
                organization,
                group: named,
                roles,
            } if *organization == membership.organization && named == group => Some(roles.clone()),
            _ => None,
        });
        if roles.unwrap_or_default().into_iter().any(has) {
            return Some(format!("group:{group}"));
        }
    }
    None
}

/// The account types and roles that the tests' worlds have, spelled out.
fn built_in_has(
    facts: &[Change],
    membership: &Membership,
    kind: OrganizationKind,
    role: BuiltInRole,
    client: Option<OrganizationId>,
    permission: Permission,
) -> bool {
    use BuiltInRole::*;
    use OrganizationKind as Kind;
    let number = permission.resource.number();
    let (class, name) = (class_of(number), name_of(number));
    let action = permission.action;
    let reads = action == Action::Read;
    match (role, kind) {
        (Owner, _) => true,
        (Admin, _) => class != ResourceClass::Billing,
        (Member, _) => class == ResourceClass::Data || (class == ResourceClass::Admin && reads),
        (Viewer, _) => [ResourceClass::Data, ResourceClass::Admin].contains(&class) && reads,
        (AccountManager, Kind::Partner | Kind::DirectClient | Kind::Affiliate) => true,
        (AccountManager, Kind::SubPartner) => class != ResourceClass::Billing,
        (BillingManager, Kind::Partner) => match name {
            "offer" | "organization" => reads,
            "payment_method" => true,
            _ => false,
        },
        (BillingManager, Kind::DirectClient) => name == "payment_method" || (name == "offer" && reads),
        (TechnicalManager, Kind::Partner | Kind::SubPartner) => match name {
            "organization" => client.is_some() || [Action::Create, Action::Read].contains(&action),
            "event_log" | "offer" => reads,
            _ => false,
        },
        (TechnicalManager, Kind::DirectClient) => name == "event_log" && reads,
        (TechnicalManager, Kind::Affiliate) => {
            client.is_some() && ["event_log", "offer"].contains(&name) && reads
        }
        (SubscriptionManager, Kind::Partner | Kind::SubPartner | Kind::DirectClient) => {
            name == "event_log" && reads
        }
        (DelegatedAccountAdministrator, Kind::Partner) => client.is_some_and(|client| {
            refers(
                facts,
                membership.organization,
                membership.principal.user(),
                client,
            )
        }),
        _ => false,
    }
}

fn refers(facts: &[Change], at: OrganizationId, user: Option<UserId>, wanted: OrganizationId) -> bool {
    let last = facts.iter().rev().find_map(|fact| match fact {
        Change::Referral {
            partner,
            advisor,
            client,
            listed,
        } if *partner == at && Some(*advisor) == user && *client == wanted => Some(*listed),
        _ => None,
    });
    last == Some(true)
}

fn covers(grant: &Grant, need: &Need) -> bool {
    match &grant.scope {
        Scope::Complete => true,
        Scope::Limited(products) => products.iter().any(|product| Some(*product) == need.product),
    }
}

fn billing(facts: &[Change], subject: &Subject) -> Result<(), String> {
    let (kind, ..) = organization(facts, subject.organization);
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
