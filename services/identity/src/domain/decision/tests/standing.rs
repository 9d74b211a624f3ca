//! Who somebody is: sessions, places, and what strangers learn.

use super::*;

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
fn a_call_about_oneself_needs_a_place_and_no_right() {
    let access = access(&with(in_state(
        BERGER,
        OrganizationKind::Client,
        OrganizationState::Suspended,
    )));
    let ask = |subject| {
        decide(
            &access,
            &subject,
            &Requirement::Oneself {
                recent_auth: false,
                exempt: false,
            },
            NOW,
            &mut Silent,
        )
    };
    assert_eq!(ask(subject(ANNA, BERGER)), Ok(Source::Membership));
    assert_eq!(ask(subject(ANNA, ALPINA)), Err(Denial::NotFound));
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
