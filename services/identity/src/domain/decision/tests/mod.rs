//! Each rule by itself.

mod conditions;
mod controls;
mod mandates;
mod standing;

use entente_ids::{GroupId, OrganizationId, PartnershipId, ProductId, RoleId, SessionId, UserId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::domain::organization::{OrganizationKind, OrganizationState};
use crate::domain::role::{BuiltInRole as Role, RoleRef};

pub(super) const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

const BERGER: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
const ALPINA: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(2));
const STRANGER: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(3));
const ANNA: UserId = UserId::from_uuid(Uuid::from_u128(11));
const PAUL: UserId = UserId::from_uuid(Uuid::from_u128(12));
const SESSION: SessionId = SessionId::from_uuid(Uuid::from_u128(21));
const TOURING: ProductId = ProductId::from_uuid(Uuid::from_u128(31));
const RESCUE: ProductId = ProductId::from_uuid(Uuid::from_u128(32));
const PARTNERSHIP: PartnershipId = PartnershipId::from_uuid(Uuid::from_u128(41));

pub(super) const DATA: i32 = 4;
const ADMIN: i32 = 5;
const BILLING: i32 = 6;
pub(super) const SECURITY: i32 = 7;

pub(super) fn permission(number: i32, action: Action) -> Permission {
    Permission {
        resource: Resource::new(number).unwrap(),
        action,
    }
}

fn everything() -> PermissionSet {
    (DATA..=SECURITY)
        .flat_map(|number| Action::ALL.map(|action| permission(number, action)))
        .collect()
}

fn organization(id: OrganizationId, kind: OrganizationKind) -> Change {
    Change::Organization {
        id,
        kind,
        state: OrganizationState::Active,
        controls: Controls::default(),
    }
}

pub(super) fn in_state(id: OrganizationId, kind: OrganizationKind, state: OrganizationState) -> Change {
    Change::Organization {
        id,
        kind,
        state,
        controls: Controls::default(),
    }
}

fn membership(organization: OrganizationId, user: UserId, role: impl Into<RoleRef>) -> Membership {
    Membership {
        organization,
        principal: user.into(),
        role: Some(role.into()),
        groups: Vec::new(),
        legal_representative: false,
        second_factor: SecondFactorPolicy::Inherit,
        active: true,
    }
}

fn member(organization: OrganizationId, user: UserId, role: impl Into<RoleRef>) -> Change {
    Change::Member(membership(organization, user, role))
}

fn held_to(id: OrganizationId, kind: OrganizationKind, controls: Controls) -> Change {
    Change::Organization {
        id,
        kind,
        state: OrganizationState::Active,
        controls,
    }
}

fn grant() -> Grant {
    Grant {
        partnership: PARTNERSHIP,
        client: BERGER,
        partner: ALPINA,
        version: 1,
        ended: false,
        scope: Scope::Limited(vec![TOURING]),
        ceiling: everything(),
        end_time: None,
    }
}

/// Anna owns Berger, a client; Paul is a member of Alpina, a partner, which has a mandate for one product.
pub(super) fn fleet() -> Vec<Change> {
    vec![
        organization(BERGER, OrganizationKind::Client),
        organization(ALPINA, OrganizationKind::Partner),
        organization(STRANGER, OrganizationKind::Client),
        member(BERGER, ANNA, Role::Owner),
        member(ALPINA, PAUL, Role::Member),
        Change::Grant(grant()),
    ]
}

pub(super) fn roles() -> RolePermissions {
    let resources: Vec<_> = (1..=63)
        .filter_map(|number| {
            Some(NamedResource {
                resource: Resource::new(number)?,
                name: oracle::name_of(number).to_owned(),
                class: oracle::class_of(number),
            })
        })
        .collect();
    RolePermissions::derive(&resources)
}

pub(super) fn access(facts: &[Change]) -> Access {
    let mut access = Access::new(roles());
    access.apply(Revision::new(1), facts).unwrap();
    access
}

fn subject(user: UserId, organization: OrganizationId) -> Subject {
    Subject {
        principal: user.into(),
        session: Some(SESSION),
        organization,
        auth_time: Some(NOW),
        second_factor: false,
    }
}

fn need(organization: OrganizationId, number: i32, action: Action) -> Need {
    Need::of(permission(number, action), organization)
}

/// The source or the reason.
fn answer(facts: &[Change], subject: &Subject, need: Need) -> String {
    match decide(
        &access(facts),
        subject,
        &Requirement::Need(need),
        NOW,
        &mut Silent,
    ) {
        Ok(source) => source.to_string(),
        Err(denial) => denial.reason().to_owned(),
    }
}

fn with(change: Change) -> Vec<Change> {
    let mut facts = fleet();
    facts.push(change);
    facts
}
