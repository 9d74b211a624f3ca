//! Each rule by itself.

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
        parent: None,
        state: OrganizationState::Active,
        controls: Controls::default(),
    }
}

pub(super) fn in_state(id: OrganizationId, kind: OrganizationKind, state: OrganizationState) -> Change {
    Change::Organization {
        id,
        kind,
        parent: None,
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
        parent: None,
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

#[test]
fn a_member_acts_at_home_by_the_role() {
    let allowed = answer(
        &fleet(),
        &subject(ANNA, BERGER),
        need(BERGER, BILLING, Action::Update),
    );
    assert_eq!(allowed, "role:owner");
}

#[test]
fn a_revoked_session_is_denied_before_all_else() {
    let facts = with(Change::SessionRevoked {
        session: SESSION,
        principal: ANNA.into(),
        until: NOW,
    });
    let denied = answer(&facts, &subject(ANNA, STRANGER), need(BERGER, DATA, Action::Read));
    assert_eq!(denied, "SESSION_REVOKED");
}

#[test]
fn a_revoked_session_is_forgotten_when_its_tokens_have_expired() {
    let until = NOW + SignedDuration::from_mins(5);
    let facts = with(Change::SessionRevoked {
        session: SESSION,
        principal: ANNA.into(),
        until,
    });
    let mut access = access(&facts);
    access.forget_expired(until - SignedDuration::from_nanos(1));
    assert!(access.is_revoked(SESSION));
    access.forget_expired(until);
    assert!(!access.is_revoked(SESSION));
}

#[test]
fn another_tenants_resource_is_not_found() {
    let denied = answer(
        &fleet(),
        &subject(ANNA, BERGER),
        need(STRANGER, DATA, Action::Read),
    );
    assert_eq!(denied, "NOT_FOUND");
}

#[test]
fn an_organization_that_never_was_is_not_found() {
    let nowhere = OrganizationId::from_uuid(Uuid::from_u128(99));
    let denied = answer(
        &fleet(),
        &subject(ANNA, BERGER),
        need(nowhere, DATA, Action::Read),
    );
    assert_eq!(denied, "NOT_FOUND");
}

#[test]
fn acting_in_an_organization_of_others_is_not_found() {
    let denied = answer(&fleet(), &subject(ANNA, ALPINA), need(ALPINA, DATA, Action::Read));
    assert_eq!(denied, "NOT_FOUND");
}

#[test]
fn a_removed_member_is_denied_at_the_next_decision() {
    let removed = Change::Member(Membership {
        active: false,
        ..membership(BERGER, ANNA, Role::Owner)
    });
    let denied = answer(
        &with(removed),
        &subject(ANNA, BERGER),
        need(BERGER, DATA, Action::Read),
    );
    assert_eq!(denied, "NOT_FOUND");
}

#[test]
fn a_call_about_oneself_needs_a_place_and_nothing_else() {
    let access = access(&with(in_state(
        BERGER,
        OrganizationKind::Client,
        OrganizationState::Suspended,
    )));
    let ask = |subject| {
        decide(
            &access,
            &subject,
            &Requirement::Oneself { recent_auth: false },
            NOW,
            &mut Silent,
        )
    };
    assert_eq!(ask(subject(ANNA, BERGER)), Ok(Source::Membership));
    assert_eq!(ask(subject(ANNA, ALPINA)), Err(Denial::NotFound));
}

#[test]
fn a_partner_reaches_the_products_of_its_mandate() {
    let need = Need {
        product: Some(TOURING),
        ..need(BERGER, DATA, Action::Update)
    };
    assert_eq!(
        answer(&fleet(), &subject(PAUL, ALPINA), need),
        format!("mandate:{PARTNERSHIP}")
    );
}

#[test]
fn a_product_outside_of_the_mandate_is_denied() {
    let need = Need {
        product: Some(RESCUE),
        ..need(BERGER, DATA, Action::Read)
    };
    assert_eq!(answer(&fleet(), &subject(PAUL, ALPINA), need), "OUTSIDE_MANDATE");
}

#[test]
fn a_limited_mandate_reaches_nothing_that_is_no_product() {
    for number in [DATA, ADMIN] {
        let denied = answer(
            &fleet(),
            &subject(PAUL, ALPINA),
            need(BERGER, number, Action::Read),
        );
        assert_eq!(denied, "OUTSIDE_MANDATE");
    }
}

#[test]
fn a_complete_mandate_reaches_what_role_and_ceiling_both_have() {
    let ceiling = [permission(ADMIN, Action::Read), permission(BILLING, Action::Read)]
        .into_iter()
        .collect();
    let facts = with(Change::Grant(Grant {
        scope: Scope::Complete,
        ceiling,
        ..grant()
    }));
    let paul = subject(PAUL, ALPINA);
    assert_eq!(
        answer(&facts, &paul, need(BERGER, ADMIN, Action::Read)),
        format!("mandate:{PARTNERSHIP}")
    );
    assert_eq!(
        answer(&facts, &paul, need(BERGER, DATA, Action::Read)),
        "PERMISSION_MISSING"
    );
    assert_eq!(
        answer(&facts, &paul, need(BERGER, BILLING, Action::Read)),
        "PERMISSION_MISSING"
    );
}

#[test]
fn a_mandate_gives_the_client_nothing_at_the_partners() {
    let facts = with(Change::Grant(Grant {
        scope: Scope::Complete,
        ..grant()
    }));
    assert_eq!(
        answer(&facts, &subject(ANNA, BERGER), need(ALPINA, DATA, Action::Read)),
        "NOT_FOUND"
    );
}

#[test]
fn a_former_partner_is_told_that_the_mandate_ended() {
    let ended = Change::Grant(Grant {
        ended: true,
        version: 2,
        ..grant()
    });
    let need = Need {
        product: Some(TOURING),
        ..need(BERGER, DATA, Action::Read)
    };
    assert_eq!(
        answer(&with(ended), &subject(PAUL, ALPINA), need),
        "MANDATE_ENDED"
    );
}

#[test]
fn a_mandate_ends_at_the_instant_of_its_end() {
    let facts = with(Change::Grant(Grant {
        end_time: Some(NOW),
        ..grant()
    }));
    let access = access(&facts);
    let need = Requirement::Need(Need {
        product: Some(TOURING),
        ..need(BERGER, DATA, Action::Read)
    });
    let ask = |now| decide(&access, &subject(PAUL, ALPINA), &need, now, &mut Silent);
    assert!(ask(NOW - SignedDuration::from_nanos(1)).is_ok());
    assert_eq!(ask(NOW), Err(Denial::MandateEnded));
}

#[test]
fn a_suspended_organization_can_be_read_and_not_changed() {
    let facts = with(in_state(
        BERGER,
        OrganizationKind::Client,
        OrganizationState::Suspended,
    ));
    let anna = subject(ANNA, BERGER);
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Read)),
        "role:owner"
    );
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Update)),
        "ORGANIZATION_SUSPENDED"
    );
    let cure = Need {
        exempt: true,
        ..need(BERGER, DATA, Action::Update)
    };
    assert_eq!(answer(&facts, &anna, cure), "role:owner");
}

#[test]
fn a_suspended_partner_changes_nothing_at_its_clients() {
    let facts = with(in_state(
        ALPINA,
        OrganizationKind::Partner,
        OrganizationState::Suspended,
    ));
    let need = Need {
        product: Some(TOURING),
        ..need(BERGER, DATA, Action::Update)
    };
    assert_eq!(
        answer(&facts, &subject(PAUL, ALPINA), need),
        "ORGANIZATION_SUSPENDED"
    );
}

#[test]
fn a_deleted_organization_is_not_found_even_by_what_is_exempt() {
    let facts = with(in_state(
        BERGER,
        OrganizationKind::Client,
        OrganizationState::Deleted,
    ));
    let cure = Need {
        exempt: true,
        ..need(BERGER, DATA, Action::Read)
    };
    assert_eq!(answer(&facts, &subject(ANNA, BERGER), cure), "NOT_FOUND");
}

#[test]
fn only_the_organizations_own_legal_representative_binds_it() {
    let need = Need {
        legal_representative: true,
        ..need(BERGER, ADMIN, Action::Create)
    };
    assert_eq!(
        answer(&fleet(), &subject(ANNA, BERGER), need),
        "LEGAL_REPRESENTATIVE_REQUIRED"
    );

    let flagged = |organization, user| {
        Change::Member(Membership {
            legal_representative: true,
            ..membership(organization, user, Role::Owner)
        })
    };
    assert_eq!(
        answer(&with(flagged(BERGER, ANNA)), &subject(ANNA, BERGER), need),
        "role:owner"
    );

    let mut facts = with(flagged(ALPINA, PAUL));
    facts.push(Change::Grant(Grant {
        scope: Scope::Complete,
        ..grant()
    }));
    assert_eq!(
        answer(&facts, &subject(PAUL, ALPINA), need),
        "LEGAL_REPRESENTATIVE_REQUIRED"
    );
}

#[test]
fn a_permission_that_the_role_lacks_is_denied() {
    let facts = with(member(BERGER, ANNA, Role::Viewer));
    let anna = subject(ANNA, BERGER);
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Read)),
        "role:viewer"
    );
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Create)),
        "PERMISSION_MISSING"
    );
    assert_eq!(
        answer(&facts, &anna, need(BERGER, SECURITY, Action::Read)),
        "PERMISSION_MISSING"
    );
}

#[test]
fn a_proof_counts_as_recent_for_five_minutes() {
    let need = Need {
        recent_auth: true,
        ..need(BERGER, DATA, Action::Delete)
    };
    let ask = |auth_time| {
        answer(
            &fleet(),
            &Subject {
                auth_time,
                ..subject(ANNA, BERGER)
            },
            need,
        )
    };
    assert_eq!(ask(Some(NOW - RECENT)), "role:owner");
    assert_eq!(
        ask(Some(NOW - RECENT - SignedDuration::from_nanos(1))),
        "REAUTHENTICATION_REQUIRED"
    );
    assert_eq!(ask(None), "REAUTHENTICATION_REQUIRED");
}

#[test]
fn a_partner_without_billing_is_told_what_is_missing() {
    let gated = Need {
        gate: Some(Gate::BillingSetUp),
        ..need(ALPINA, DATA, Action::Update)
    };
    let ask = |facts: &[Change]| {
        decide(
            &access(facts),
            &subject(PAUL, ALPINA),
            &Requirement::Need(gated),
            NOW,
            &mut Silent,
        )
    };
    let setting = |open, missing: &[&str]| {
        let missing = missing.iter().map(ToString::to_string).collect();
        Change::Gate(GateSetting {
            organization: ALPINA,
            gate: Gate::BillingSetUp,
            open,
            missing,
            version: 1,
        })
    };
    let lacks = |missing: &[&str]| {
        Err(Denial::BillingRequired {
            missing: missing.iter().map(ToString::to_string).collect(),
        })
    };
    assert_eq!(ask(&fleet()), lacks(&["billing account"]));
    assert_eq!(
        ask(&with(setting(false, &["address", "card"]))),
        lacks(&["address", "card"])
    );
    assert_eq!(
        ask(&with(setting(true, &[]))),
        Ok(Source::Role(Role::Member.into()))
    );
}

#[test]
fn a_client_passes_the_gate_without_billing() {
    let gated = Need {
        gate: Some(Gate::BillingSetUp),
        ..need(BERGER, DATA, Action::Update)
    };
    assert_eq!(answer(&fleet(), &subject(ANNA, BERGER), gated), "role:owner");
}

#[test]
fn what_cures_a_closed_gate_passes_it() {
    let cure = Need {
        gate: Some(Gate::BillingSetUp),
        exempt: true,
        ..need(ALPINA, DATA, Action::Update)
    };
    assert_eq!(answer(&fleet(), &subject(PAUL, ALPINA), cure), "role:member");
}

#[test]
fn an_explanation_for_strangers_tells_nothing_of_memberships() {
    let explain = |user| {
        let mut steps = Steps::default();
        let need = Requirement::Need(need(STRANGER, DATA, Action::Read));
        decide(&access(&fleet()), &subject(user, ALPINA), &need, NOW, &mut steps).unwrap_err();
        steps.0
    };
    assert_eq!(explain(ANNA), explain(PAUL));
}

#[test]
fn a_revision_that_skips_one_is_refused() {
    let mut access = access(&fleet());
    let gap = access.apply(Revision::new(3), &[]);
    assert_eq!(
        gap,
        Err(OutOfOrder::Revision {
            known: Revision::new(1),
            got: Revision::new(3)
        })
    );
}

#[test]
fn a_change_reads_back_as_it_was_written() {
    let text = serde_json::to_string(&fleet()).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Change>>(&text).unwrap(), fleet());
}

const ADVISERS: GroupId = GroupId::from_uuid(Uuid::from_u128(51));
const ADVISER: RoleId = RoleId::from_uuid(Uuid::from_u128(61));

fn adviser(permissions: Option<PermissionSet>) -> Change {
    Change::Role {
        organization: BERGER,
        role: ADVISER,
        permissions,
    }
}

#[test]
fn a_custom_role_gives_what_it_holds_until_it_is_deleted() {
    let held = [permission(BILLING, Action::Read)].into_iter().collect();
    let mut facts = with(adviser(Some(held)));
    facts.push(member(BERGER, ANNA, RoleRef::Custom(ADVISER)));
    let anna = subject(ANNA, BERGER);
    assert_eq!(
        answer(&facts, &anna, need(BERGER, BILLING, Action::Read)),
        format!("role:{ADVISER}")
    );
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Read)),
        "PERMISSION_MISSING"
    );
    facts.push(adviser(None));
    assert_eq!(
        answer(&facts, &anna, need(BERGER, BILLING, Action::Read)),
        "PERMISSION_MISSING"
    );
}

#[test]
fn a_group_adds_its_roles_and_is_named_as_the_source() {
    let group = |roles| Change::Group {
        organization: BERGER,
        group: ADVISERS,
        roles,
    };
    let mut facts = with(group(vec![Role::Admin.into()]));
    facts.push(Change::Member(Membership {
        groups: vec![ADVISERS],
        ..membership(BERGER, ANNA, Role::Viewer)
    }));
    let anna = subject(ANNA, BERGER);
    assert_eq!(
        answer(&facts, &anna, need(BERGER, DATA, Action::Read)),
        "role:viewer"
    );
    assert_eq!(
        answer(&facts, &anna, need(BERGER, ADMIN, Action::Update)),
        format!("group:{ADVISERS}")
    );
    facts.push(group(Vec::new()));
    assert_eq!(
        answer(&facts, &anna, need(BERGER, ADMIN, Action::Update)),
        "PERMISSION_MISSING"
    );
}

#[test]
fn the_operators_ceiling_bounds_even_the_owner() {
    let controls = Controls {
        ceiling: Some([permission(DATA, Action::Read)].into_iter().collect()),
        ..Controls::default()
    };
    let mut facts = with(held_to(ALPINA, OrganizationKind::Partner, controls));
    facts.push(member(ALPINA, PAUL, Role::Owner));
    let paul = subject(PAUL, ALPINA);
    assert_eq!(
        answer(&facts, &paul, need(ALPINA, DATA, Action::Read)),
        "role:owner"
    );
    assert_eq!(
        answer(&facts, &paul, need(ALPINA, DATA, Action::Update)),
        "PERMISSION_MISSING"
    );
}

#[test]
fn what_the_operator_has_not_delegated_names_the_flag() {
    let delegated = Need {
        delegation: Some(DelegationFlag::AllowUserCreation),
        ..need(ALPINA, ADMIN, Action::Create)
    };
    let paul = subject(PAUL, ALPINA);
    let admin = with(member(ALPINA, PAUL, Role::Admin));
    assert_eq!(answer(&admin, &paul, delegated), "DELEGATION_DISABLED");
    assert_eq!(answer(&fleet(), &paul, delegated), "PERMISSION_MISSING");

    let mut allowed = admin;
    allowed.push(held_to(
        ALPINA,
        OrganizationKind::Partner,
        Controls {
            delegation: DelegationFlags::default().with(DelegationFlag::AllowUserCreation),
            ..Controls::default()
        },
    ));
    assert_eq!(answer(&allowed, &paul, delegated), "role:admin");
}

#[test]
fn with_all_flags_off_a_partner_admin_equals_a_member() {
    let as_role = |role| with(member(ALPINA, PAUL, role));
    let paul = subject(PAUL, ALPINA);
    for number in DATA..=SECURITY {
        for action in Action::ALL {
            let asked = need(ALPINA, number, action);
            let reason = |facts: &[Change]| answer(facts, &paul, asked).replace("role:admin", "role:member");
            assert_eq!(reason(&as_role(Role::Admin)), reason(&as_role(Role::Member)));
        }
    }
}

#[test]
fn a_second_factor_is_asked_by_policy_and_the_operator_has_the_last_word() {
    use SecondFactorPolicy::{Always, Inherit, Never};
    let ask = |own, required, members, second_factor| {
        let controls = Controls {
            second_factor: own,
            second_factor_required: required,
            ..Controls::default()
        };
        let mut facts = with(held_to(BERGER, OrganizationKind::Client, controls));
        facts.push(Change::Member(Membership {
            second_factor: members,
            ..membership(BERGER, ANNA, Role::Owner)
        }));
        let anna = Subject {
            second_factor,
            ..subject(ANNA, BERGER)
        };
        answer(&facts, &anna, need(BERGER, DATA, Action::Read))
    };
    assert_eq!(ask(Inherit, false, Inherit, false), "role:owner");
    assert_eq!(ask(Always, false, Inherit, false), "MFA_REQUIRED");
    assert_eq!(ask(Always, false, Inherit, true), "role:owner");
    assert_eq!(ask(Always, false, Never, false), "role:owner");
    assert_eq!(ask(Never, false, Always, false), "MFA_REQUIRED");
    assert_eq!(ask(Never, true, Never, false), "MFA_REQUIRED");
}

#[test]
fn a_client_that_asks_for_a_second_factor_asks_its_partners_people_too() {
    let controls = Controls {
        second_factor: SecondFactorPolicy::Always,
        ..Controls::default()
    };
    let facts = with(held_to(BERGER, OrganizationKind::Client, controls));
    let need = Need {
        product: Some(TOURING),
        ..need(BERGER, DATA, Action::Read)
    };
    assert_eq!(answer(&facts, &subject(PAUL, ALPINA), need), "MFA_REQUIRED");
}

#[test]
fn a_module_that_is_off_names_the_level() {
    let off = Controls {
        modules_off: Modules::default().with(Module::Catalogue),
        ..Controls::default()
    };
    let asked = Need {
        product: Some(TOURING),
        module: Some(Module::Catalogue),
        ..need(BERGER, DATA, Action::Read)
    };
    let level = |facts: &[Change], asking| {
        let decided = decide(
            &access(facts),
            &asking,
            &Requirement::Need(asked),
            NOW,
            &mut Silent,
        );
        match decided {
            Err(Denial::ModuleInactive { level, .. }) => level.as_str(),
            other => panic!("{other:?}"),
        }
    };
    let paul = subject(PAUL, ALPINA);
    let tenant = with(held_to(ALPINA, OrganizationKind::Partner, off.clone()));
    assert_eq!(level(&tenant, paul), "tenant");
    let company = with(held_to(BERGER, OrganizationKind::Client, off.clone()));
    assert_eq!(level(&company, paul), "company");
    // With no partner between, the operator is the tenant.
    let operator = with(held_to(STRANGER, OrganizationKind::Operator, off));
    assert_eq!(level(&operator, subject(ANNA, BERGER)), "tenant");
}

#[test]
fn an_advisor_administers_the_clients_on_their_own_list_only() {
    let mut facts = with(member(ALPINA, PAUL, Role::DelegatedAccountAdministrator));
    facts.push(Change::Grant(Grant {
        scope: Scope::Complete,
        ..grant()
    }));
    let paul = subject(PAUL, ALPINA);
    let asked = need(BERGER, BILLING, Action::Update);
    assert_eq!(answer(&facts, &paul, asked), "PERMISSION_MISSING");
    let referral = |listed| Change::Referral {
        partner: ALPINA,
        advisor: PAUL,
        client: BERGER,
        listed,
    };
    facts.push(referral(true));
    assert_eq!(answer(&facts, &paul, asked), format!("mandate:{PARTNERSHIP}"));
    facts.push(referral(false));
    assert_eq!(answer(&facts, &paul, asked), "PERMISSION_MISSING");
}

#[test]
fn a_role_of_another_account_type_gives_nothing() {
    let facts = with(member(BERGER, ANNA, Role::AccountManager));
    let denied = answer(&facts, &subject(ANNA, BERGER), need(BERGER, DATA, Action::Read));
    assert_eq!(denied, "PERMISSION_MISSING");
}
