//! What a mandate opens, and until when.

use super::*;

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
