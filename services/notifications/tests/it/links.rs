//! Links that are dead by the time that the mail is written.

use std::time::Duration;

use crate::world::World;

#[tokio::test]
async fn no_mail_leads_to_an_invitation_that_is_over() {
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    let partner = world.place("Alpina", "lea@alpina.example");
    let over = world.invitation(&client, &partner, "");
    world
        .announce(&world.invitation_event("partnership_invitation.created", &over))
        .await;
    world
        .announce(&world.invited(&partner, "noah@alpina.example", ""))
        .await;
    let mut unknown = world.invitation(&client, &partner, "v1.token");
    unknown.id = world.id::<entente_ids::PartnershipInvitationKind>().to_string();
    world
        .announce(&world.invitation_event("partnership_invitation.resent", &unknown))
        .await;
    world.settled().await;

    let states: Vec<String> = world
        .deliveries()
        .await
        .into_iter()
        .map(|delivery| delivery.state)
        .collect();
    assert_eq!(states, ["obsolete"; 3]);
    assert!(world.mails(0).await.is_empty());
    // In the app it is told all the same: it happened.
    assert_eq!(world.told(&partner.person, 2).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_would_change_the_link_is_not_mailed() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "x\r\nhttp://evil.example/"))
        .await;
    let delivery = world.delivery(|delivery| delivery.attempts > 0).await;
    assert!(
        delivery.state == "pending" && delivery.error.contains("no link can carry"),
        "{delivery:?}"
    );
    assert!(world.mails(0).await.is_empty());
}

#[tokio::test]
async fn a_link_that_is_not_to_be_had_is_asked_for_again() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world.identity.keeps_tokens(true);
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.token"))
        .await;
    world
        .delivery(|delivery| delivery.attempts > 0 && delivery.state == "pending")
        .await;

    world.identity.keeps_tokens(false);
    world.clock.advance(Duration::from_secs(60));
    world.settled().await;
    assert_eq!(world.mails(1).await[0].to, "noah@alpina.example");
}

#[tokio::test]
async fn no_token_is_stored() {
    let world = World::new().await;
    let alpina = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.invited(&alpina, "noah@alpina.example", "v1.secret-token"))
        .await;
    world.settled().await;
    let text = "select count(*) from (select t::text from notifications.delivery t
                union all select t::text from notifications.intent t
                union all select t::text from notifications.notification t) as all_rows(text)
                where text like '%secret-token%'";
    let found: i64 = sqlx::query_scalar(text)
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!(found, 0);
}
