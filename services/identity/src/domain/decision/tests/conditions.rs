//! What else must hold: the state of organizations, legal representation, permission, recent proof, the gate.

use super::*;

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
