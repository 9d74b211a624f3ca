use entente_ids::ProductId;
use proptest::prelude::*;

use super::*;
use crate::domain::mandate::Products;

const START: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn party(byte: u8) -> Party {
    Party {
        id: OrganizationId::new(START, [byte; 10]),
        name: format!("party {byte}"),
    }
}

fn invitation() -> Invitation {
    let products = Products::new(vec![ProductId::new(START, [9; 10])]).unwrap();
    let id = PartnershipInvitationId::new(START, [3; 10]);
    Invitation::new(
        id,
        party(1),
        party(2),
        Scope::Limited(products),
        String::new(),
        START,
    )
}

fn partnership() -> PartnershipId {
    PartnershipId::new(START, [4; 10])
}

#[test]
fn a_resent_invitation_lives_anew_and_its_old_link_is_dead() {
    let mut invitation = invitation();
    let old = invitation.link(START);
    let later = START + SignedDuration::from_hours(24);

    invitation.resend(party(1).id, later).unwrap();

    assert_eq!(invitation.expires_at, later + LIFETIME);
    let refused = invitation.clone().accept(party(2).id, old, partnership(), later);
    assert_eq!(refused, Err(InvitationRefusal::LinkDead));
    let link = invitation.link(later);
    assert_eq!(invitation.accept(party(2).id, link, partnership(), later), Ok(()));
}

#[test]
fn an_invitation_can_be_answered_until_its_last_moment_and_not_after() {
    let end = START + LIFETIME;
    let moment = SignedDuration::from_micros(1);
    let invitation = invitation();
    let link = invitation.link(START);

    let accept_at = |now| invitation.clone().accept(party(2).id, link, partnership(), now);

    assert_eq!(accept_at(end - moment), Ok(()));
    assert_eq!(accept_at(end), Err(InvitationRefusal::LinkDead));
    assert_eq!(invitation.state_at(end), InvitationState::Expired);
    assert_eq!(
        invitation.clone().withdraw(party(1).id, end),
        Err(InvitationRefusal::Closed)
    );
}

#[test]
fn a_link_of_another_invitation_opens_nothing() {
    let other = Link {
        target: PartnershipInvitationId::new(START, [8; 10]),
        generation: 1,
    };
    let mut invitation = invitation();
    assert_eq!(
        invitation.refuse(party(2).id, Some(other), START),
        Err(InvitationRefusal::LinkDead)
    );
    assert_eq!(
        invitation.refuse(party(2).id, None, START),
        Err(InvitationRefusal::LinkDead)
    );
}

/// What can be tried: the step, by which party, after how many hours, with which of the links that there were.
#[derive(Debug, Clone)]
enum Try {
    Resend(u8),
    Withdraw(u8),
    Accept(u8, u32),
    Refuse(u8, u32),
    Expire,
}

fn tries() -> impl Strategy<Value = Vec<(Try, i64)>> {
    let by = || 1..=3_u8;
    let step = prop_oneof![
        3 => by().prop_map(Try::Resend),
        1 => by().prop_map(Try::Withdraw),
        2 => (by(), 0..5_u32).prop_map(|(by, link)| Try::Accept(by, link)),
        1 => (by(), 0..5_u32).prop_map(|(by, link)| Try::Refuse(by, link)),
        1 => Just(Try::Expire),
    ];
    prop::collection::vec((step, 0..200_i64), 0..40)
}

fn attempt(invitation: &mut Invitation, step: &Try, now: Timestamp) -> bool {
    let link = |generation| {
        Some(Link {
            target: invitation.id,
            generation,
        })
    };
    match *step {
        Try::Resend(by) => invitation.resend(party(by).id, now).is_ok(),
        Try::Withdraw(by) => invitation.withdraw(party(by).id, now).is_ok(),
        Try::Accept(by, generation) => {
            let link = link(generation);
            invitation.accept(party(by).id, link, partnership(), now).is_ok()
        }
        Try::Refuse(by, generation) => {
            let link = link(generation);
            invitation.refuse(party(by).id, link, now).is_ok()
        }
        Try::Expire => invitation.expire(now),
    }
}

proptest! {
    #[test]
    fn whatever_is_tried_the_rules_of_steps_hold(tries in tries()) {
        let mut invitation = invitation();
        let mut now = START;
        for (step, hours) in tries {
            now += SignedDuration::from_hours(hours);
            let before = invitation.clone();
            let open = before.state_at(now) == InvitationState::Pending;

            let taken = attempt(&mut invitation, &step, now);

            if !taken {
                prop_assert_eq!(&invitation, &before, "a step that is refused changes nothing");
                continue;
            }
            prop_assert_eq!(before.state, InvitationState::Pending, "a final state is final");
            prop_assert_eq!(invitation.version, before.version + 1);
            prop_assert_eq!(open, !matches!(step, Try::Expire), "only expiry comes after the time is over");
            prop_assert!(!matches!(step, Try::Resend(by) | Try::Withdraw(by) if by != 1), "the client's own steps");
            prop_assert!(!matches!(step, Try::Accept(by, _) | Try::Refuse(by, _) if by != 2), "the partner's own steps");
            if let Try::Accept(_, link) | Try::Refuse(_, link) = step {
                prop_assert_eq!(link, before.generation, "only the living link");
            }
            let accepted = invitation.state == InvitationState::Accepted;
            prop_assert_eq!(invitation.partnership.is_some(), accepted);
            prop_assert_eq!(invitation.link(now).is_some(), matches!(step, Try::Resend(_)));
        }
    }
}
