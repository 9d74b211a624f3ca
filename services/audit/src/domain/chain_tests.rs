//! Whatever is done to a chain is found.

use entente_ids::EventId;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn organization() -> Option<OrganizationId> {
    Some(OrganizationId::new(Timestamp::UNIX_EPOCH, [7; 10]))
}

prop_compose! {
    fn event()(
        id in any::<[u8; 10]>(),
        kind in "[a-z_]{1,12}\\.[a-z]{1,9}",
        microseconds in 0..4_000_000_000_000_000_i64,
        actor in ".{0,12}",
        on_behalf_of in option::of(".{0,12}"),
        resource in ".{0,12}",
        organizations in vec("org_[0-9a-z]{3}", 0..3),
        changes in ".{0,30}",
        trace in option::of("[0-9a-f]{32}"),
        request in option::of(".{0,12}"),
    ) -> Event {
        let id = EventId::new(Timestamp::UNIX_EPOCH, id);
        let time = Timestamp::from_microsecond(microseconds).unwrap();
        Event { id, kind, time, actor, on_behalf_of, resource, organizations, changes, trace, request }
    }
}

fn chain(events: Vec<Event>) -> (Vec<Link>, Head) {
    let mut head = Head::START;
    let mut links = Vec::new();
    for event in events {
        let link = head.link(organization(), event);
        head = link.head();
        links.push(link);
    }
    (links, head)
}

/// Changes one value of a link; `which` runs over all of them.
fn alter(link: &mut Link, which: usize) {
    let other = || Some("another".to_owned());
    let event = &mut link.event;
    match which {
        0 => event.id = EventId::new(event.time, [3; 10]),
        1 => event.kind.push('x'),
        2 => event.time = Timestamp::from_microsecond(event.time.as_microsecond() + 1).unwrap(),
        3 => event.actor.push('x'),
        4 => event.on_behalf_of = event.on_behalf_of.take().map_or(other(), |_| None),
        5 => event.resource.push('x'),
        6 => event.organizations.push("org_x".to_owned()),
        7 => event.changes.push('x'),
        8 => event.trace = event.trace.take().map_or(other(), |_| None),
        9 => event.request = event.request.take().map_or(other(), |_| None),
        10 => link.index += 1,
        11 => link.previous.0[5] ^= 1,
        12 => link.hash.0[5] ^= 1,
        _ => link.organization = None,
    }
}
const VALUES: usize = 14;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_recorded_verifies(events in vec(event(), 0..8)) {
        let (links, head) = chain(events);
        prop_assert_eq!(verify(organization(), &links, head), Ok(()));
    }

    #[test]
    fn an_altered_row_is_found(events in vec(event(), 1..8), at in any::<prop::sample::Index>(), which in 0..VALUES) {
        let (mut links, head) = chain(events);
        let at = at.index(links.len());
        alter(&mut links[at], which);
        prop_assert!(verify(organization(), &links, head).is_err());
    }

    #[test]
    fn an_altered_row_with_a_hash_of_its_own_is_found(
        events in vec(event(), 2..8),
        at in any::<prop::sample::Index>(),
        which in 0..10_usize,
    ) {
        let (mut links, head) = chain(events);
        let at = at.index(links.len());
        let link = &mut links[at];
        alter(link, which);
        link.hash = hash(link.organization, link.index, link.previous, &link.event);
        prop_assert!(verify(organization(), &links, head).is_err());
    }

    #[test]
    fn a_removed_row_is_found_the_last_one_too(events in vec(event(), 1..8), at in any::<prop::sample::Index>()) {
        let (mut links, head) = chain(events);
        links.remove(at.index(links.len()));
        prop_assert!(verify(organization(), &links, head).is_err());
    }

    #[test]
    fn rows_in_another_order_are_found(
        events in vec(event(), 2..8),
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let (mut links, head) = chain(events);
        let (one, other) = (one.index(links.len()), other.index(links.len()));
        prop_assume!(one != other);
        links.swap(one, other);
        prop_assert!(verify(organization(), &links, head).is_err());
    }

    #[test]
    fn events_that_changed_places_are_found(events in vec(event(), 2..8), at in any::<prop::sample::Index>()) {
        let (mut links, head) = chain(events);
        let at = at.index(links.len() - 1);
        prop_assume!(links[at].event != links[at + 1].event);
        let event = links[at].event.clone();
        links[at].event = std::mem::replace(&mut links[at + 1].event, event);
        prop_assert!(verify(organization(), &links, head).is_err());
    }

    #[test]
    fn an_added_row_is_found(events in vec(event(), 0..8), added in event()) {
        let (mut links, head) = chain(events);
        links.push(head.link(organization(), added));
        prop_assert!(verify(organization(), &links, head).is_err());
    }
}

/// The encoding is a contract: this hash was computed from the README's description by another program.
#[test]
fn the_encoding_is_the_one_that_is_documented() {
    let event = Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [9; 10]),
        kind: "product.created".into(),
        time: Timestamp::from_microsecond(1_714_557_600_123_456).unwrap(),
        actor: "usr_1".into(),
        on_behalf_of: None,
        resource: "prd_1".into(),
        organizations: vec!["org_1".into(), "org_2".into()],
        changes: r#"[{"field":"name","after":"é"}]"#.into(),
        trace: Some("0af7651916cd43dd8448eb211c80319c".into()),
        request: None,
    };
    let link = Head::START.link(organization(), event);
    assert_eq!(
        organization().unwrap().to_string(),
        "org_0000000000ew3re1r70w3ge1r7"
    );
    assert_eq!(
        link.hash.to_string(),
        "48045ac5bbfa7304f9a775c4eea1c69d2fa54c163735a8653df13b69acabbdf4"
    );
}
