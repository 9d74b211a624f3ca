//! The list in the app.

use std::time::Duration;

use entente_access::Person;
use entente_contracts::notifications::v1::*;
use entente_runtime::status::reason;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::world::{Place, World};

/// A partner's person who was told of so many invitations, one a second.
async fn told(count: usize) -> (World, Place) {
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    let partner = world.place("Alpina", "lea@alpina.example");
    for _ in 0..count {
        let invitation = world.invitation(&client, &partner, "v1.token");
        world
            .announce(&world.invitation_event("partnership_invitation.withdrawn", &invitation))
            .await;
        world.clock.advance(Duration::from_secs(1));
    }
    world.settled().await;
    (world, partner)
}

async fn list(
    world: &World,
    person: &Person,
    request: ListNotificationsRequest,
) -> Result<ListNotificationsResponse, Status> {
    Ok(world
        .client()
        .list_notifications(world.by(person, request))
        .await?
        .into_inner())
}

async fn unread(world: &World, person: &Person) -> i64 {
    let request = world.by(person, CountUnreadNotificationsRequest {});
    world
        .client()
        .count_unread_notifications(request)
        .await
        .unwrap()
        .into_inner()
        .count
}

async fn read(world: &World, person: &Person, id: &str, request_id: &str) -> Result<Notification, Status> {
    let request = MarkNotificationReadRequest {
        notification: id.to_owned(),
        request_id: request_id.to_owned(),
    };
    let answer = world
        .client()
        .mark_notification_read(world.by(person, request))
        .await?;
    Ok(answer.into_inner().notification.unwrap())
}

async fn read_all(world: &World, person: &Person, request_id: &str) -> i64 {
    let request = MarkAllNotificationsReadRequest {
        request_id: request_id.to_owned(),
    };
    let mut client = world.client();
    let answer = client
        .mark_all_notifications_read(world.by(person, request))
        .await;
    answer.unwrap().into_inner().count
}

fn page(page_size: i32, page_token: &str) -> ListNotificationsRequest {
    ListNotificationsRequest {
        page_size,
        page_token: page_token.to_owned(),
        unread_only: false,
    }
}

fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let violations = status.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn pages_go_through_the_list_once_newest_first() {
    let (world, partner) = told(5).await;
    let whole = list(&world, &partner.person, page(0, "")).await.unwrap();
    assert!(whole.next_page_token.is_empty());
    let times: Vec<i64> = whole
        .notifications
        .iter()
        .map(|found| found.create_time.as_ref().unwrap().seconds)
        .collect();
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");

    let (mut pages, mut token) = (Vec::new(), String::new());
    for size in [2, 2, 1] {
        let answer = list(&world, &partner.person, page(2, &token)).await.unwrap();
        assert_eq!(answer.notifications.len(), size);
        pages.extend(answer.notifications);
        token = answer.next_page_token;
    }
    assert!(token.is_empty());
    assert_eq!(pages, whole.notifications);
}

#[tokio::test]
async fn a_token_of_another_list_is_refused() {
    let (world, partner) = told(2).await;
    let token = list(&world, &partner.person, page(1, ""))
        .await
        .unwrap()
        .next_page_token;
    let unread = ListNotificationsRequest {
        unread_only: true,
        ..page(1, &token)
    };
    let colleague = world.person(partner.id);
    for (person, request) in [
        (&partner.person, unread),
        (&colleague, page(1, &token)),
        (&partner.person, page(1, "garbled")),
        (&partner.person, page(1, "é\0")),
    ] {
        let refusal = list(&world, person, request).await.unwrap_err();
        assert_eq!(fields(&refusal), ["page_token"]);
    }
    let refusal = list(&world, &partner.person, page(201, "")).await.unwrap_err();
    assert_eq!(fields(&refusal), ["page_size"]);
}

#[tokio::test]
async fn what_was_read_is_counted_and_listed_as_read() {
    let (world, partner) = told(3).await;
    assert_eq!(unread(&world, &partner.person).await, 3);
    let all = list(&world, &partner.person, page(0, ""))
        .await
        .unwrap()
        .notifications;

    let marked = read(&world, &partner.person, &all[1].id, "").await.unwrap();
    assert!(marked.read_time.is_some());
    assert_eq!(unread(&world, &partner.person).await, 2);
    let request = ListNotificationsRequest {
        unread_only: true,
        ..page(0, "")
    };
    let left = list(&world, &partner.person, request)
        .await
        .unwrap()
        .notifications;
    let ids: Vec<&str> = left.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, [&all[0].id, &all[2].id]);
}

#[tokio::test]
async fn marking_again_keeps_the_first_time() {
    let (world, partner) = told(1).await;
    let id = list(&world, &partner.person, page(0, ""))
        .await
        .unwrap()
        .notifications[0]
        .id
        .clone();
    let first = read(&world, &partner.person, &id, "").await.unwrap();
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(read(&world, &partner.person, &id, "").await.unwrap(), first);
}

#[tokio::test]
async fn a_replayed_request_gets_the_first_answer_and_another_one_is_refused() {
    let (world, partner) = told(2).await;
    let all = list(&world, &partner.person, page(0, ""))
        .await
        .unwrap()
        .notifications;
    let first = read(&world, &partner.person, &all[0].id, "once").await.unwrap();
    assert_eq!(
        read(&world, &partner.person, &all[0].id, "once").await.unwrap(),
        first
    );
    let refusal = read(&world, &partner.person, &all[1].id, "once")
        .await
        .unwrap_err();
    assert_eq!(fields(&refusal), ["request_id"]);
    assert_eq!(unread(&world, &partner.person).await, 1);
}

#[tokio::test]
async fn somebody_elses_notification_is_not_there() {
    let (world, partner) = told(1).await;
    let id = list(&world, &partner.person, page(0, ""))
        .await
        .unwrap()
        .notifications[0]
        .id
        .clone();
    let colleague = world.person(partner.id);
    let stranger = world.person(world.id());
    // The same person, acting in another organization.
    let elsewhere = Person {
        organization: world.id(),
        ..partner.person
    };
    for person in [&colleague, &stranger, &elsewhere] {
        let refusal = read(&world, person, &id, "").await.unwrap_err();
        assert_eq!(
            (refusal.code(), reason(&refusal).as_deref()),
            (Code::NotFound, Some("NOT_FOUND"))
        );
        assert!(
            list(&world, person, page(0, ""))
                .await
                .unwrap()
                .notifications
                .is_empty()
        );
        assert_eq!(unread(&world, person).await, 0);
    }
    assert_eq!(unread(&world, &partner.person).await, 1);
}

#[tokio::test]
async fn a_text_that_is_no_id_is_refused() {
    let (world, partner) = told(0).await;
    for id in ["", "x", "org_01h455vb4pex5vsknk084sn02q", "ntf_", "ntf_é"] {
        let refusal = read(&world, &partner.person, id, "").await.unwrap_err();
        assert_eq!(fields(&refusal), ["notification"], "{id}");
    }
    let refusal = read(
        &world,
        &partner.person,
        "ntf_01h455vb4pex5vsknk084sn02q",
        &"x".repeat(65),
    )
    .await
    .unwrap_err();
    assert_eq!(fields(&refusal), ["request_id"]);
}

#[tokio::test]
async fn nobody_reads_without_a_living_session() {
    let (world, partner) = told(1).await;
    let request = tonic::Request::new(page(0, ""));
    let refusal = world.client().list_notifications(request).await.unwrap_err();
    assert_eq!(reason(&refusal).as_deref(), Some("TOKEN_MISSING"));
    world.identity.revokes(partner.person.user);
    let refusal = list(&world, &partner.person, page(0, "")).await.unwrap_err();
    assert_eq!(reason(&refusal).as_deref(), Some("SESSION_REVOKED"));
}

#[tokio::test]
async fn all_is_marked_as_read_once_and_only_the_callers() {
    let (world, partner) = told(3).await;
    let other = world.place("Belvedere", "boss@belvedere.example");
    assert_eq!(read_all(&world, &other.person, "").await, 0);

    assert_eq!(read_all(&world, &partner.person, "once").await, 3);
    assert_eq!(unread(&world, &partner.person).await, 0);
    let all = list(&world, &partner.person, page(0, ""))
        .await
        .unwrap()
        .notifications;
    assert!(all.iter().all(|found| found.read_time.is_some()));

    assert_eq!(read_all(&world, &partner.person, "").await, 0);
    // The first answer again.
    assert_eq!(read_all(&world, &partner.person, "once").await, 3);
}
