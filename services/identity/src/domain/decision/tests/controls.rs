//! Custom roles and groups, and what the operator and the organization have set.

use super::*;

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
fn a_second_factor_is_asked_for_what_concerns_oneself_but_not_for_what_leads_to_one() {
    let controls = Controls {
        second_factor: SecondFactorPolicy::Always,
        ..Controls::default()
    };
    let access = access(&with(held_to(BERGER, OrganizationKind::Client, controls)));
    let ask = |exempt, second_factor| {
        let anna = Subject {
            second_factor,
            ..subject(ANNA, BERGER)
        };
        let asked = Requirement::Oneself {
            recent_auth: false,
            exempt,
        };
        decide(&access, &anna, &asked, NOW, &mut Silent)
    };
    assert_eq!(ask(false, false), Err(Denial::SecondFactorRequired));
    assert_eq!(ask(false, true), Ok(Source::Membership));
    assert_eq!(ask(true, false), Ok(Source::Membership));
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

#[test]
fn what_an_advisor_holds_at_listed_clients_is_no_right_at_all_of_them() {
    let access = access(&with(member(ALPINA, PAUL, Role::DelegatedAccountAdministrator)));
    let held = access.held_by(ALPINA, &[Role::DelegatedAccountAdministrator.into()]);
    assert_eq!(held.clients, PermissionSet::default());
    assert!(held.referred.contains(permission(SECURITY, Action::Delete)));

    let everywhere = Rights {
        home: held.home,
        clients: held.referred,
        ..Rights::default()
    };
    assert!(held.is_given_by(everywhere));
    assert!(!everywhere.is_given_by(held));
    // The lists differ: who has some clients on theirs gives nobody others.
    assert!(!held.is_given_by(held));
}

#[test]
fn what_is_at_stake_and_what_is_held_are_not_cut_by_the_ceiling() {
    let controls = Controls {
        ceiling: Some([permission(DATA, Action::Read)].into_iter().collect()),
        ..Controls::default()
    };
    let access = access(&with(held_to(BERGER, OrganizationKind::Client, controls)));
    let (owner, admin) = ([Role::Owner.into()], [Role::Admin.into()]);
    let in_force = |roles: &[RoleRef]| access.in_force(BERGER, access.held_by(BERGER, roles));
    assert_eq!(in_force(&owner), in_force(&admin));
    assert!(
        !access
            .at_stake(BERGER, &owner)
            .is_given_by(access.held_by(BERGER, &admin))
    );
    assert!(
        access
            .at_stake(BERGER, &admin)
            .is_given_by(access.held_by(BERGER, &owner))
    );
}

#[test]
fn an_admin_to_whom_nothing_is_delegated_holds_what_a_member_does_and_is_more_to_take_away() {
    let access = access(&fleet());
    let (admin, member) = ([Role::Admin.into()], [Role::Member.into()]);
    assert_eq!(access.held_by(ALPINA, &admin), access.held_by(ALPINA, &member));
    assert!(
        !access
            .at_stake(ALPINA, &admin)
            .is_given_by(access.held_by(ALPINA, &member))
    );
}
