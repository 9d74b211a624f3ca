//! What is over is forgotten after thirty days, and nothing else.

use std::time::Duration;

use crate::world::{World, until};

const DAY: Duration = Duration::from_secs(24 * 3600);

impl World {
    async fn rows(&self, count: &'static str) -> i64 {
        sqlx::query_scalar(count)
            .fetch_one(&mut self.db.admin().await.unwrap())
            .await
            .unwrap()
    }

    async fn intents(&self) -> i64 {
        self.rows("select count(*) from notifications.intent").await
    }

    /// Somebody is invited by mail.
    async fn invite(&self, email: &str) {
        let place = self.place("Alpina", "lea@alpina.example");
        self.announce(&self.invited(&place, email, "v1.token")).await;
    }

    async fn recipients(&self) -> Vec<String> {
        let deliveries = self.deliveries().await;
        deliveries.into_iter().map(|mail| mail.recipient).collect()
    }
}

#[tokio::test]
async fn a_mail_that_is_over_is_forgotten_after_thirty_days_with_its_event() {
    let world = World::new().await;
    for (email, state) in [("ann@a.example", "failed"), ("ben@a.example", "obsolete")] {
        world.invite(email).await;
        world.settled().await;
        world
            .execute(&format!(
                "update notifications.delivery set state = '{state}', sent_at = null where recipient = '{email}'"
            ))
            .await;
    }
    world.invite("cai@a.example").await;
    world.settled().await;
    world.clock.advance(DAY * 20);
    world.invite("dan@a.example").await;
    world.settled().await;
    assert_eq!(world.recipients().await.len(), 4);

    world.clock.advance(DAY * 11);

    until(async || (world.recipients().await == ["dan@a.example"]).then_some(())).await;
    until(async || (world.intents().await == 1).then_some(())).await;
}

#[tokio::test]
async fn what_is_still_to_do_is_kept_however_old_it_is() {
    let world = World::new().await;
    world.invite("ann@a.example").await;
    world.invite("ben@a.example").await;
    world.settled().await;
    // Neither is due for long: what was postponed and is not yet tried again.
    world
        .execute(
            "update notifications.delivery set state = 'pending', sent_at = null, due_at = 'infinity'
               where recipient = 'ann@a.example';
             update notifications.intent set resolved_at = null, due_at = 'infinity'
               where event_id = (select event_id from notifications.delivery where recipient = 'ann@a.example')",
        )
        .await;

    world.clock.advance(DAY * 400);

    // The other one shows that it was swept.
    until(async || (world.recipients().await == ["ann@a.example"]).then_some(())).await;
    until(async || (world.intents().await == 1).then_some(())).await;
}

#[tokio::test]
async fn what_stands_in_peoples_lists_stays() {
    let world = World::new().await;
    let (berger, alpina) = (
        world.place("Berger SA", "bea@berger.example"),
        world.place("Alpina", "lea@alpina.example"),
    );
    let event = world.partnership_event("partnership.started", &berger, &alpina);
    world.announce(&event).await;
    world.settled().await;

    world.clock.advance(DAY * 400);

    until(async || (world.intents().await == 0 && world.recipients().await.is_empty()).then_some(())).await;
    let stay = world
        .rows("select count(*) from notifications.notification")
        .await;
    assert_eq!(stay, 2);
}
