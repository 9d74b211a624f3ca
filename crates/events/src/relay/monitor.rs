//! Says that an outbox fills up before it hurts.

use std::sync::Arc;
use std::time::Duration;

use entente_runtime::telemetry::names;
use sqlx::Row;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::gauge;
use crate::sql::Statement;

pub(super) const SATURATED: &str = "outbox saturated";
const LOG_AWAY: &str = "log away";
const DATABASE_AWAY: &str = "outbox away";

pub(super) struct Monitor {
    context: Arc<Context>,
    service: String,
    status: Statement,
}

impl Monitor {
    pub(super) fn new(context: Arc<Context>) -> Self {
        let schema = context.outbox.schema();
        Self {
            service: schema.to_string(),
            status: Statement::new(schema, STATUS),
            context,
        }
    }

    pub(super) async fn run(&self, cancel: &CancellationToken) {
        let mut interval = tokio::time::interval(self.context.config.monitor_interval);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = async { interval.tick().await; self.look().await } => {}
            }
        }
    }

    async fn look(&self) {
        let health = &self.context.health;
        // Side by side: a log that is away must not delay the news of the outbox that fills up.
        let (measured, checked) = tokio::join!(self.measure(), self.context.log.check());
        match measured {
            Ok(()) => health.clear(DATABASE_AWAY),
            Err(error) => {
                health.report(
                    DATABASE_AWAY,
                    format!("the outbox of {} does not answer: {error}", self.service),
                );
            }
        }
        match checked {
            Ok(()) => health.clear(LOG_AWAY),
            Err(error) => health.report(LOG_AWAY, format!("the event log does not answer: {error}")),
        }
    }

    async fn measure(&self) -> Result<(), sqlx::Error> {
        let config = &self.context.config;
        let shards = i32::from(self.context.outbox.shards());
        let status = self
            .status
            .query()
            .bind(i64::from(config.saturated_depth))
            .bind(shards);
        let row = status.fetch_one(&self.context.pool).await?;
        let depth: i64 = row.try_get("depth")?;
        let age: i64 = row.try_get("age")?;
        let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        metrics::gauge!(names::OUTBOX_PENDING, "service" => self.service.clone()).set(gauge::value(depth));
        metrics::gauge!(names::OUTBOX_AGE, "service" => self.service.clone()).set(age.as_secs_f64());
        let health = &self.context.health;
        if depth < i64::from(config.saturated_depth) && age < config.saturated_age {
            health.clear(SATURATED);
            return Ok(());
        }
        let seconds = age.as_secs();
        tracing::warn!(
            service = self.service,
            depth,
            age_seconds = seconds,
            "the outbox fills up; look at the event log"
        );
        health.report(
            SATURATED,
            format!(
                "{depth} events or more wait in the outbox of {}, the oldest for {seconds} s",
                self.service
            ),
        );
        Ok(())
    }
}

/// Counts no further than the threshold: a full outbox must not be made slower by being looked at.
const STATUS: &str = "
SELECT
    (SELECT count(*) FROM (SELECT FROM {s}.outbox LIMIT $1) counted) AS depth,
    (SELECT coalesce(max(oldest.age), 0) FROM generate_series(0, $2 - 1) AS shards (shard), LATERAL (
        SELECT (extract(epoch FROM clock_timestamp() - appended_at) * 1000)::bigint AS age
        FROM {s}.outbox WHERE outbox.shard = shards.shard ORDER BY id LIMIT 1
    ) oldest) AS age";
