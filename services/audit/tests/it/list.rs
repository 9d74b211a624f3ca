//! `ListAuditEvents`.

use entente_access::Person;
use entente_contracts::audit::v1::ListAuditEventsRequest;
use entente_ids::OrganizationId;
use jiff::{Timestamp, ToSpan as _};
use tonic::{Code, Request};

use crate::world::{World, fields};

fn of(organization: OrganizationId) -> ListAuditEventsRequest {
    ListAuditEventsRequest {
        organization: organization.to_string(),
        ..ListAuditEventsRequest::default()
    }
}

fn seconds(time: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: 0,
    })
}

const NOON: Timestamp = Timestamp::constant(1_714_564_800, 0);

/// An organization in which something happened every minute from noon on, twice in the third.
async fn busy(world: &World) -> (OrganizationId, Person, Vec<String>) {
    let organization = world.organization();
    let minutes = [0, 1, 2, 2, 3, 4, 5];
    let mut happened = Vec::new();
    for minute in minutes {
        let mut event = world.event(&[organization]);
        event.time = NOON + minute.minutes();
        event.kind = if minute % 2 == 0 {
            "product.created"
        } else {
            "product.updated"
        }
        .to_owned();
        event.actor = if minute < 2 { "usr_1" } else { "usr_2" }.to_owned();
        event.resource = format!("prd_{minute}");
        world.announce(&event).await;
        happened.push((event.time, event.id));
    }
    let reader = world.reader(organization);
    world.trail(&reader, minutes.len()).await;
    happened.sort();
    happened.reverse();
    (
        organization,
        reader,
        happened.into_iter().map(|(_, id)| id).collect(),
    )
}

async fn ids(world: &World, reader: &Person, request: ListAuditEventsRequest) -> Vec<String> {
    world
        .list(reader, request)
        .await
        .unwrap()
        .events
        .into_iter()
        .map(|event| event.id)
        .collect()
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest_without_gap_or_repetition() {
    let world = World::new().await;
    let (organization, reader, newest_first) = busy(&world).await;
    for page_size in [1, 2, 3, 7] {
        let mut request = ListAuditEventsRequest {
            page_size,
            ..of(organization)
        };
        let mut seen = Vec::new();
        loop {
            let page = world.list(&reader, request.clone()).await.unwrap();
            seen.extend(page.events.into_iter().map(|event| event.id));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, newest_first, "in pages of {page_size}");
    }
}

#[tokio::test]
async fn a_filter_lets_through_what_it_names() {
    let world = World::new().await;
    let (organization, reader, newest_first) = busy(&world).await;
    let pick = |places: &[usize]| {
        places
            .iter()
            .map(|place| newest_first[*place].clone())
            .collect::<Vec<_>>()
    };

    let by_type = ListAuditEventsRequest {
        r#type: "product.updated".to_owned(),
        ..of(organization)
    };
    assert_eq!(ids(&world, &reader, by_type.clone()).await, pick(&[0, 2, 5]));
    let by_actor = ListAuditEventsRequest {
        actor: "usr_1".to_owned(),
        ..of(organization)
    };
    assert_eq!(ids(&world, &reader, by_actor).await, pick(&[5, 6]));
    let by_resource = ListAuditEventsRequest {
        resource: "prd_2".to_owned(),
        ..of(organization)
    };
    assert_eq!(ids(&world, &reader, by_resource).await, pick(&[3, 4]));
    let both = ListAuditEventsRequest {
        actor: "usr_1".to_owned(),
        ..by_type
    };
    assert_eq!(ids(&world, &reader, both).await, pick(&[5]));
    let none = ListAuditEventsRequest {
        actor: "usr_3".to_owned(),
        ..of(organization)
    };
    assert!(ids(&world, &reader, none).await.is_empty());
}

#[tokio::test]
async fn a_time_range_has_its_start_and_not_its_end() {
    let world = World::new().await;
    let (organization, reader, newest_first) = busy(&world).await;
    let request = ListAuditEventsRequest {
        start_time: seconds(NOON + 1.minutes()),
        end_time: seconds(NOON + 3.minutes()),
        ..of(organization)
    };
    assert_eq!(ids(&world, &reader, request).await, newest_first[3..6]);
}

#[tokio::test]
async fn a_page_token_of_another_list_is_refused() {
    let world = World::new().await;
    let (organization, reader, _) = busy(&world).await;
    let page = world
        .list(
            &reader,
            ListAuditEventsRequest {
                page_size: 1,
                ..of(organization)
            },
        )
        .await
        .unwrap();
    let other = ListAuditEventsRequest {
        actor: "usr_1".to_owned(),
        page_token: page.next_page_token,
        ..of(organization)
    };
    let garbled = ListAuditEventsRequest {
        page_token: "no token".to_owned(),
        ..of(organization)
    };
    for request in [other, garbled] {
        let refused = world.list(&reader, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), ["page_token"]);
    }
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let world = World::new().await;
    let organization = world.organization();
    let reader = world.reader(organization);
    let request = || of(organization);
    let wrong = [
        ("organization", ListAuditEventsRequest::default()),
        (
            "organization",
            ListAuditEventsRequest {
                organization: "usr_1".to_owned(),
                ..request()
            },
        ),
        (
            "page_size",
            ListAuditEventsRequest {
                page_size: 201,
                ..request()
            },
        ),
        (
            "page_size",
            ListAuditEventsRequest {
                page_size: -1,
                ..request()
            },
        ),
        (
            "type",
            ListAuditEventsRequest {
                r#type: "x".repeat(101),
                ..request()
            },
        ),
        (
            "actor",
            ListAuditEventsRequest {
                actor: "a\0b".to_owned(),
                ..request()
            },
        ),
        (
            "start_time",
            ListAuditEventsRequest {
                start_time: Some(prost_types::Timestamp {
                    seconds: i64::MIN,
                    nanos: 0,
                }),
                ..request()
            },
        ),
        (
            "end_time",
            ListAuditEventsRequest {
                end_time: Some(prost_types::Timestamp {
                    seconds: 0,
                    nanos: -1,
                }),
                ..request()
            },
        ),
        (
            "end_time",
            ListAuditEventsRequest {
                start_time: seconds(NOON),
                end_time: seconds(NOON),
                ..request()
            },
        ),
    ];
    for (field, request) in wrong {
        let refused = world.list(&reader, request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert_eq!(fields(&refused), [field]);
    }
}

#[tokio::test]
async fn a_trail_in_which_nothing_stands_is_empty() {
    let world = World::new().await;
    let organization = world.organization();
    let page = world
        .list(&world.reader(organization), of(organization))
        .await
        .unwrap();
    assert!(page.events.is_empty() && page.next_page_token.is_empty());
}

#[tokio::test]
async fn the_trail_of_another_organization_is_not_found() {
    let world = World::new().await;
    let (organization, _, _) = busy(&world).await;
    let stranger = world.reader(world.organization());
    let refused = world.list(&stranger, of(organization)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn who_lacks_the_permission_is_denied() {
    let world = World::new().await;
    let organization = world.organization();
    let member = world.reader(organization);
    world
        .identity
        .decides(&member, organization, "PERMISSION_MISSING");
    let refused = world.list(&member, of(organization)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_call_without_a_token_is_unauthenticated() {
    let world = World::new().await;
    let request = Request::new(of(world.organization()));
    let refused = world.client().list_audit_events(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
