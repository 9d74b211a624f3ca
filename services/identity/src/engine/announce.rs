//! Announces the denials of each minute, so that they stand in the audit trail.

use std::time::Duration;

use entente_contracts::identity::events::v1::AccessDenied;
use entente_events::{Change, Event, Topic};
use entente_ids::EventId;
use entente_service::Context;
use prost::Message as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::denials::Denied;
use super::{Engine, vocabulary};
use crate::error::Error;

const EVERY: Duration = Duration::from_secs(60);
/// How many go into one transaction.
const BATCH: usize = 500;

/// Announces until it is stopped, and then what is left.
///
/// # Errors
/// When the last denials can't be announced.
pub async fn announce_denials(
    engine: Engine,
    context: Context,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let topic = Topic::new("identity", "access")?;
    while stop
        .run_until_cancelled(tokio::time::sleep(EVERY))
        .await
        .is_some()
    {
        // They are kept, and tried again in a minute.
        if let Err(error) = flush(&engine, &context, &topic).await {
            tracing::warn!(%error, "the denials of the last minute can't be announced yet");
        }
    }
    Ok(flush(&engine, &context, &topic).await?)
}

async fn flush(engine: &Engine, context: &Context, topic: &Topic) -> Result<(), Error> {
    let denials = &engine.shared.denials;
    let mut rest = denials.take();
    while !rest.is_empty() {
        let batch = rest.split_off(rest.len().saturating_sub(BATCH));
        if let Err(error) = announce(context, topic, &batch).await {
            denials.put_back(batch);
            denials.put_back(rest);
            return Err(error);
        }
    }
    Ok(())
}

async fn announce(context: &Context, topic: &Topic, batch: &[(Denied, i64)]) -> Result<(), Error> {
    let mut tx = context.database.system("identity.announce_denials").await?;
    for (denied, count) in batch {
        context
            .outbox
            .append(&mut tx, &event(context, topic, denied, *count))
            .await?;
    }
    tx.commit().await?;
    context.outbox.wake();
    Ok(())
}

fn event(context: &Context, topic: &Topic, denied: &Denied, count: i64) -> Event {
    let (user, organization) = (denied.principal.to_string(), denied.organization.to_string());
    let target = denied.target.map(|target| target.to_string());
    let elsewhere = target.clone().filter(|target| *target != organization);
    Event {
        id: EventId::new(context.clock.now(), context.random_bytes()).to_string(),
        topic: topic.clone(),
        kind: "access.denied".to_owned(),
        // What a person is denied has an order of its own, beside what happens to the person.
        key: format!("denied:{user}"),
        time: denied.time(),
        actor: user.clone(),
        on_behalf_of: elsewhere.is_some().then(|| organization.clone()),
        organizations: [Some(organization.clone()), elsewhere]
            .into_iter()
            .flatten()
            .collect(),
        resource: target.clone().unwrap_or_else(|| organization.clone()),
        request_id: None,
        changes: facts(denied, count),
        traceparent: None,
        payload: AccessDenied {
            user,
            organization,
            target: target.unwrap_or_default(),
            permission: denied
                .permission
                .map(vocabulary::permission_name)
                .unwrap_or_default(),
            reason: denied.reason.to_owned(),
            count,
        }
        .encode_to_vec(),
    }
}

/// What the trail shows of it: the trail keeps the changes of an event, and not its message.
fn facts(denied: &Denied, count: i64) -> Vec<Change> {
    let fact = |field: &str, value: Value| Change {
        field: field.to_owned(),
        before: None,
        after: Some(value),
    };
    let permission = denied.permission.map(vocabulary::permission_name);
    permission
        .map(|permission| fact("permission", permission.into()))
        .into_iter()
        .chain([fact("reason", denied.reason.into()), fact("count", count.into())])
        .collect()
}
