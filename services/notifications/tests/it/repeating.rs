//! What comes twice, and what comes late, is told once.

use std::time::Duration;

use crate::world::{Place, World};

const CREATED: &str = "partnership_invitation.created";

async fn two(world: &World) -> (Place, Place) {
    (
        world.place("Berger SA", "chef@berger.example"),
        world.place("Alpina", "lea@alpina.example"),
    )
}

#[tokio::test]
async fn an_event_that_comes_twice_is_one_mail_and_one_notification() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let invitation = world.invitation(&client, &partner, "v1.token");
    let event = world.invitation_event(CREATED, &invitation);
    world.announce(&event).await;
    world.settled().await;
    world.announce(&event).await;
    world.settled().await;

    assert_eq!(world.mails(1).await.len(), 1);
    assert_eq!(world.told(&partner.person, 1).await.len(), 1);
}

#[tokio::test]
async fn an_event_that_is_worked_out_twice_is_one_mail_and_one_notification() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let event = world.partnership_event("partnership.started", &client, &partner);
    world.announce(&event).await;
    world.settled().await;

    // As a crash between two steps might, if they weren't one transaction.
    world.execute("delete from notifications.intent").await;
    world.announce(&event).await;
    world.settled().await;
    assert_eq!(world.mails(2).await.len(), 2);
    assert_eq!(world.told(&client.person, 1).await.len(), 1);
}

#[tokio::test]
async fn a_mail_that_was_written_but_not_noted_takes_its_own_place() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    world
        .announce(&world.partnership_event("partnership.started", &client, &partner))
        .await;
    world.settled().await;
    let before = world.mails(2).await;

    world
        .execute("update notifications.delivery set state = 'pending', sent_at = null")
        .await;
    world.settled().await;
    assert_eq!(world.mails(2).await, before);
}

#[tokio::test]
async fn who_is_told_on_both_sides_gets_one_mail_and_a_notification_on_each() {
    let world = World::new().await;
    let (client, mut partner) = two(&world).await;
    world.identity.has(
        partner.id,
        entente_contracts::access::v1::Resource::PartnershipInvitation,
        client.person.user,
        &client.email,
    );
    world
        .announce(&world.partnership_event("partnership.ended", &client, &partner))
        .await;
    world.settled().await;

    let to: Vec<String> = world.mails(2).await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(to.iter().filter(|to| **to == client.email).count(), 1, "{to:?}");
    assert_eq!(world.told(&client.person, 1).await.len(), 1);
    partner.person = entente_access::Person {
        organization: partner.id,
        ..client.person
    };
    assert_eq!(world.told(&partner.person, 1).await.len(), 1);
}

#[tokio::test]
async fn what_happens_while_identity_is_away_is_told_when_it_is_back() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    world.identity.is_away(true);
    world
        .announce(&world.partnership_event("partnership.ended", &client, &partner))
        .await;
    let text =
        "select count(*) from notifications.intent where attempts > 0 and last_error like '%identity%'";
    let mut admin = world.db.admin().await.unwrap();
    crate::world::until(async || {
        let failed: i64 = sqlx::query_scalar(text).fetch_one(&mut admin).await.unwrap();
        (failed == 1).then_some(())
    })
    .await;

    world.identity.is_away(false);
    world.clock.advance(Duration::from_secs(60));
    world.settled().await;
    assert_eq!(world.mails(2).await.len(), 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_parked_and_holds_up_nothing_else() {
    let world = World::new().await;
    let (client, partner) = two(&world).await;
    let mut event = world.partnership_event("partnership.ended", &client, &partner);
    event.payload = vec![0xff];
    world.announce(&event).await;
    world
        .announce(&world.partnership_event("partnership.ended", &client, &partner))
        .await;

    assert_eq!(world.mails(2).await.len(), 2);
    let mut admin = world.db.admin().await.unwrap();
    let parked = "select key || ': ' || error from notifications.parked";
    let parked: Vec<String> = sqlx::query_scalar(parked).fetch_all(&mut admin).await.unwrap();
    assert!(
        parked.len() == 1 && parked[0].starts_with(&event.key),
        "{parked:?}"
    );
}
