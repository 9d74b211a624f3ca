use entente_ids::{OrganizationId, ProductId};

use super::*;
use crate::domain::mandate::Products;

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
const LATER: Timestamp = Timestamp::constant(1_700_000_060, 0);

fn organization(byte: u8) -> OrganizationId {
    OrganizationId::new(NOW, [byte; 10])
}

const CLIENT: u8 = 1;
const PARTNER: u8 = 2;

fn party(byte: u8) -> Party {
    Party {
        id: organization(byte),
        name: "a".into(),
    }
}

fn intent(actor: &str) -> Intent {
    Intent {
        actor: actor.into(),
        on_behalf_of: None,
        request_id: None,
        traceparent: None,
        due_at: NOW,
    }
}

fn invited() -> Partnership {
    let id = PartnershipInvitationId::new(NOW, [3; 10]);
    let invitation = Invitation::new(
        id,
        party(CLIENT),
        party(PARTNER),
        Scope::Complete,
        String::new(),
        NOW,
    );
    Partnership::of(
        &invitation,
        PartnershipId::new(NOW, [4; 10]),
        intent("usr_partner"),
        NOW,
    )
}

fn of_new_client() -> Partnership {
    let id = PartnershipId::new(NOW, [4; 10]);
    Partnership::of_new_client(id, party(CLIENT), party(PARTNER), intent("usr_partner"), NOW)
}

fn in_force() -> Partnership {
    let mut partnership = of_new_client();
    assert_eq!(partnership.complete(1, NOW), Some(Completed::Start));
    partnership
}

fn limited() -> Scope {
    Scope::Limited(Products::new(vec![ProductId::new(NOW, [5; 10])]).unwrap())
}

fn consent(partnership: &mut Partnership, scope: Scope) -> Result<(), PartnershipRefusal> {
    partnership.consent(organization(CLIENT), scope, intent("usr_client"), LATER)
}

#[test]
fn a_start_that_was_overtaken_by_the_end_completes_nothing() {
    let mut partnership = invited();
    assert_eq!(partnership.end(intent("a"), NOW), Ok(true));
    assert_eq!(partnership.complete(1, NOW), None);
    assert_eq!(partnership.complete(2, NOW), Some(Completed::End));
}

#[test]
fn an_end_is_begun_once_and_not_taken_back() {
    let mut partnership = invited();
    assert_eq!(partnership.complete(1, NOW), Some(Completed::Start));
    assert_eq!(partnership.end(intent("a"), NOW), Ok(true));
    assert_eq!(partnership.end(intent("a"), NOW), Ok(false));
    assert_eq!(partnership.mandate.version, 2);
    assert_eq!(partnership.complete(2, NOW), Some(Completed::End));
    assert_eq!(partnership.end(intent("a"), NOW), Err(PartnershipRefusal::Ended));
    assert_eq!(partnership.complete(2, NOW), None);
}

#[test]
fn the_partnership_of_a_new_client_is_complete_and_not_consented_to() {
    let partnership = of_new_client();
    assert_eq!(partnership.state, PartnershipState::Starting);
    assert_eq!(
        partnership.mandate,
        Mandate {
            version: 1,
            scope: Scope::Complete
        }
    );
    assert_eq!((partnership.invitation, partnership.consented_at), (None, None));
}

#[test]
fn an_invitation_was_the_consent() {
    let mut partnership = invited();
    assert_eq!(partnership.consented_at, Some(NOW));
    assert_eq!(
        consent(&mut partnership, Scope::Complete),
        Err(PartnershipRefusal::Consented)
    );
}

#[test]
fn keeping_it_changes_nothing_but_the_consent() {
    let mut partnership = in_force();
    let before = partnership.clone();
    assert_eq!(consent(&mut partnership, Scope::Complete), Ok(()));
    assert!(!partnership.is_under_way());
    assert_eq!(
        partnership,
        Partnership {
            consented_at: Some(LATER),
            version: before.version + 1,
            updated_at: LATER,
            ..before
        }
    );
}

#[test]
fn narrowing_is_a_step_of_its_own_until_it_is_in_force() {
    let mut partnership = in_force();
    let before = partnership.clone();
    assert_eq!(consent(&mut partnership, limited()), Ok(()));
    assert_eq!(partnership.state, PartnershipState::Narrowing);
    assert_eq!(partnership.intent.actor, "usr_client");
    assert_eq!(
        partnership.complete(1, LATER),
        None,
        "what was in force before is no answer"
    );

    assert_eq!(partnership.complete(2, LATER), Some(Completed::Narrowing));

    assert_eq!(partnership.state, PartnershipState::Active);
    assert_eq!(partnership.started_at, Some(NOW));
    assert_eq!(
        partnership.mandate,
        Mandate {
            version: 2,
            scope: limited()
        }
    );
    let known = partnership.before_narrowing();
    assert_eq!(
        (known.state, known.mandate, known.consented_at),
        (before.state, before.mandate, before.consented_at)
    );
}

#[test]
fn what_is_narrowed_before_it_starts_starts_narrow_in_the_name_of_who_started_it() {
    let mut partnership = of_new_client();
    assert_eq!(consent(&mut partnership, limited()), Ok(()));
    assert_eq!(partnership.state, PartnershipState::Starting);
    assert_eq!(partnership.intent.actor, "usr_partner");
    assert_eq!(partnership.complete(1, LATER), None);
    assert_eq!(partnership.complete(2, LATER), Some(Completed::Start));
    assert_eq!(partnership.mandate.scope, limited());
}

#[test]
fn an_end_overtakes_a_narrowing() {
    let mut partnership = in_force();
    assert_eq!(consent(&mut partnership, limited()), Ok(()));
    assert_eq!(partnership.end(intent("a"), LATER), Ok(true));
    assert_eq!(partnership.complete(2, LATER), None);
    assert_eq!(partnership.complete(3, LATER), Some(Completed::End));
}

#[test]
fn a_consent_is_given_once() {
    for scope in [Scope::Complete, limited()] {
        let mut partnership = in_force();
        assert_eq!(consent(&mut partnership, scope), Ok(()));
        let before = partnership.clone();
        assert_eq!(
            consent(&mut partnership, limited()),
            Err(PartnershipRefusal::Consented)
        );
        assert_eq!(partnership, before);
    }
}

#[test]
fn only_the_client_consents() {
    let mut partnership = in_force();
    let refused = partnership.consent(organization(PARTNER), Scope::Complete, intent("a"), LATER);
    assert_eq!(refused, Err(PartnershipRefusal::NotTheClient));
}

#[test]
fn what_ends_is_not_consented_to_any_more() {
    let mut partnership = in_force();
    assert_eq!(partnership.end(intent("a"), NOW), Ok(true));
    assert_eq!(
        consent(&mut partnership, Scope::Complete),
        Err(PartnershipRefusal::Ended)
    );
    assert_eq!(partnership.complete(2, NOW), Some(Completed::End));
    assert_eq!(
        consent(&mut partnership, Scope::Complete),
        Err(PartnershipRefusal::Ended)
    );
}
