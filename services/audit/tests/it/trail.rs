//! What happens comes into the trail.

use entente_contracts::audit::v1::Change;
use entente_events::log::Record;
use entente_events::{EventLog as _, Topic};
use prost_types::Value;
use prost_types::value::Kind;
use serde_json::json;
use sqlx::Row as _;

use crate::world::{TOPICS, World};

#[tokio::test]
async fn an_event_stands_in_the_trail_of_each_organization_that_it_concerns_with_all_that_is_known() {
    let world = World::new().await;
    let (client, partner) = (world.organization(), world.organization());
    let mut event = world.event(&[client, partner]);
    event.time = "2024-05-01T10:00:00.123456789Z".parse().unwrap();
    event.on_behalf_of = Some(partner.to_string());
    event.request_id = Some("r-1".to_owned());
    event.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    event.changes = vec![entente_events::Change {
        field: "display_name".to_owned(),
        before: None,
        after: Some(json!("Zürich")),
    }];

    world.announce(&event).await;

    for organization in [client, partner] {
        let found = world.trail(&world.reader(organization), 1).await.remove(0);
        assert_eq!((&found.id, found.r#type.as_str()), (&event.id, "product.created"));
        let time = found.time.unwrap();
        assert_eq!((time.seconds, time.nanos), (1_714_557_600, 123_456_000));
        assert_eq!(
            (found.actor.as_str(), found.on_behalf_of),
            ("usr_1", partner.to_string())
        );
        assert_eq!(found.resource, "prd_1");
        assert_eq!(found.organizations, [client.to_string(), partner.to_string()]);
        assert_eq!(
            (found.trace.as_str(), found.request.as_str()),
            ("0af7651916cd43dd8448eb211c80319c", "r-1")
        );
        let after = Some(Value {
            kind: Some(Kind::StringValue("Zürich".to_owned())),
        });
        assert_eq!(
            found.changes,
            [Change {
                field: "display_name".to_owned(),
                before: None,
                after
            }]
        );
    }
}

#[tokio::test]
async fn every_topic_is_heard() {
    let world = World::new().await;
    let organization = world.organization();
    for topic in TOPICS {
        let mut event = world.event(&[organization]);
        event.topic = Topic::parse(topic).unwrap();
        event.kind = topic.to_owned();
        world.announce(&event).await;
    }
    let mut kinds: Vec<_> = world
        .trail(&world.reader(organization), TOPICS.len())
        .await
        .into_iter()
        .map(|event| event.r#type)
        .collect();
    kinds.sort();
    let mut topics = TOPICS.to_vec();
    topics.sort_unstable();
    assert_eq!(kinds, topics);
}

#[tokio::test]
async fn an_event_that_comes_again_is_recorded_once() {
    let world = World::new().await;
    let organization = world.organization();
    let reader = world.reader(organization);
    let mut event = world.event(&[organization]);
    world.announce(&event).await;
    world.trail(&reader, 1).await;

    deliver_again(&world).await;
    // The next one of its key comes behind the one that came again.
    event.id = world.event(&[]).id;
    world.announce(&event).await;

    assert_eq!(world.trail(&reader, 2).await.len(), 2);
}

/// What a relay does that is killed between the log and its outbox.
async fn deliver_again(world: &World) {
    let row = sqlx::query("select topic, key, headers::text, payload from event_log.record")
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();
    let record = Record {
        topic: row.get(0),
        key: row.get(1),
        headers: serde_json::from_str(row.get(2)).unwrap(),
        payload: row.get(3),
    };
    assert!(world.log.append(&[record]).await.failure.is_none());
}

#[tokio::test]
async fn an_event_that_concerns_nobody_is_kept_and_shown_to_nobody() {
    let world = World::new().await;
    let organization = world.organization();
    let mut unowned = world.event(&[]);
    unowned.key = "ses_1".to_owned();
    world.announce(&unowned).await;
    // The one behind it shows that it was applied.
    let mut owned = world.event(&[organization]);
    owned.key = "ses_1".to_owned();
    world.announce(&owned).await;

    let seen = world.trail(&world.reader(organization), 1).await;
    assert_eq!(
        seen.iter().map(|event| &event.id).collect::<Vec<_>>(),
        [&owned.id]
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from audit.event where organization_id is null")
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn the_payload_does_not_come_into_the_trail() {
    let world = World::new().await;
    let organization = world.organization();
    world.announce(&world.event(&[organization])).await;
    world.trail(&world.reader(organization), 1).await;

    let found: i64 = sqlx::query_scalar("select count(*) from audit.event where event::text like '%secret%'")
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!(found, 0);
}
