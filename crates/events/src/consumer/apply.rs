//! One transaction: the effects of some events, and the cursors that say so.

use std::sync::Arc;

use entente_runtime::telemetry::names;
use sqlx::{Acquire, PgConnection, PgPool};
use tokio::time::Instant;

use super::ConsumerConfig;
use super::cursor::{Cursor, CursorSql, Cursors, Line};
use super::effect::{Failure, Tally};
use super::handler::{BoxError, EventHandler};
use super::incoming::Incoming;
use crate::sql::Statement;

pub(super) struct Applier {
    pub(super) group: String,
    pub(super) pool: PgPool,
    pub(super) system: &'static str,
    pub(super) handler: Arc<dyn EventHandler>,
    pub(super) cursors: CursorSql,
    pub(super) sql: ParkedSql,
}

pub(super) struct ParkedSql {
    park: Statement,
    find: Statement,
    pub(super) count: Statement,
    pub(super) movable: Statement,
    pub(super) next: Statement,
    pub(super) delete: Statement,
    pub(super) fail: Statement,
}

/// What is to be done with an event.
enum Place {
    /// It was applied, or is parked already.
    Seen,
    /// It is the next one of its key.
    Next,
    /// One before it is missing, or parked.
    Ahead,
}

impl Applier {
    pub(super) fn new(
        config: &ConsumerConfig,
        pool: PgPool,
        system: &'static str,
        handler: Arc<dyn EventHandler>,
    ) -> Self {
        let statement = |text| Statement::new(&config.schema, text);
        let sql = ParkedSql {
            park: statement(PARK),
            find: statement(FIND),
            count: statement("SELECT count(*) FROM {s}.parked WHERE grp = $1"),
            movable: statement(MOVABLE),
            next: statement(NEXT),
            delete: statement(DELETE),
            fail: statement(FAIL),
        };
        let cursors = CursorSql::new(&config.schema);
        Self {
            group: config.group.clone(),
            pool,
            system,
            handler,
            cursors,
            sql,
        }
    }

    /// Applies events in order and takes away what is committed. Says whether one came that others waited for.
    pub(super) async fn lane(&self, events: &mut Vec<Incoming<'_>>) -> Result<bool, BoxError> {
        match self.together(events).await {
            Ok(tally) => {
                events.clear();
                return Ok(self.count(&tally));
            }
            Err(Failure::Passing(error)) => return Err(error),
            Err(Failure::Permanent(_)) => {}
        }
        let mut freed = false;
        while let Some(event) = events.first() {
            freed |= self.count(&self.alone(event).await?);
            events.remove(0);
        }
        Ok(freed)
    }

    /// One transaction for all: the common case.
    async fn together(&self, events: &[Incoming<'_>]) -> Result<Tally, Failure> {
        let started = Instant::now();
        let mut transaction = self.pool.begin().await?;
        let lines = events.iter().map(|event| event.line.clone());
        let mut cursors = Cursors::lock(&self.cursors, &mut transaction, &self.group, lines).await?;
        let mut tally = Tally::default();
        let mut due = Vec::with_capacity(events.len());
        for event in events {
            let Some(cursor) = cursors.get_mut(&event.line) else {
                continue;
            };
            match self.place(&mut transaction, *cursor, event).await? {
                Place::Seen => tally.seen += 1,
                Place::Ahead => {
                    self.park(&mut transaction, event, None).await?;
                    cursor.blocked = true;
                    tally.parked += 1;
                }
                Place::Next => {
                    due.push(event);
                    cursor.sequence = event.sequence;
                    tally.freed |= cursor.blocked;
                }
            }
        }
        self.handle_all(&mut transaction, &due, &mut tally).await?;
        cursors.save(&self.cursors, &mut transaction, &self.group).await?;
        transaction.commit().await?;
        metrics::histogram!(names::CONSUMER_DURATION, "group" => self.group.clone())
            .record(started.elapsed());
        Ok(tally)
    }

    /// A transaction for one event; if that fails for good, it is parked in it.
    async fn alone(&self, event: &Incoming<'_>) -> Result<Tally, BoxError> {
        let mut transaction = self.pool.begin().await?;
        let line = std::iter::once(event.line.clone());
        let mut cursors = Cursors::lock(&self.cursors, &mut transaction, &self.group, line).await?;
        let mut tally = Tally::default();
        if let Some(cursor) = cursors.get_mut(&event.line) {
            match self.place(&mut transaction, *cursor, event).await? {
                Place::Seen => tally.seen += 1,
                Place::Ahead => {
                    self.park(&mut transaction, event, None).await?;
                    cursor.blocked = true;
                    tally.parked += 1;
                }
                Place::Next => match self.attempt(&mut transaction, event).await? {
                    Ok(done) => {
                        tally = done;
                        cursor.sequence = event.sequence;
                        tally.freed = cursor.blocked;
                    }
                    Err(error) => {
                        self.park(&mut transaction, event, Some(&error)).await?;
                        cursor.blocked = true;
                        tally.parked += 1;
                    }
                },
            }
        }
        cursors.save(&self.cursors, &mut transaction, &self.group).await?;
        transaction.commit().await?;
        Ok(tally)
    }

    /// Handles one event behind a savepoint. The inner result says whether it failed for good.
    pub(super) async fn attempt(
        &self,
        transaction: &mut PgConnection,
        event: &Incoming<'_>,
    ) -> Result<Result<Tally, String>, BoxError> {
        let mut savepoint = transaction.begin().await?;
        let mut tally = Tally::default();
        let handled = match self.handle(&mut savepoint, event, &mut tally).await {
            // What would fail only at the commit must fail here, where it can still be parked.
            Ok(()) => sqlx::query("SET CONSTRAINTS ALL IMMEDIATE")
                .execute(&mut *savepoint)
                .await
                .map(|_| ())
                .map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match handled {
            Ok(()) => {
                savepoint.commit().await?;
                Ok(Ok(tally))
            }
            Err(Failure::Passing(error)) => Err(error),
            Err(Failure::Permanent(error)) => {
                savepoint.rollback().await?;
                Ok(Err(error.to_string()))
            }
        }
    }

    async fn place(
        &self,
        connection: &mut PgConnection,
        cursor: Cursor,
        event: &Incoming<'_>,
    ) -> Result<Place, sqlx::Error> {
        if event.sequence <= cursor.sequence {
            return Ok(Place::Seen);
        }
        if event.sequence > cursor.sequence.saturating_add(1) {
            return Ok(Place::Ahead);
        }
        if !cursor.blocked {
            return Ok(Place::Next);
        }
        // The next one, redelivered, while it is parked itself: it waits for its replay.
        let find = self
            .sql
            .find
            .query()
            .bind(&self.group)
            .bind(&event.line.0)
            .bind(&event.line.1);
        let parked = find.bind(event.sequence).fetch_optional(connection).await?;
        Ok(if parked.is_some() {
            Place::Seen
        } else {
            Place::Next
        })
    }

    async fn park(
        &self,
        connection: &mut PgConnection,
        event: &Incoming<'_>,
        error: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let headers = sqlx::types::Json(&event.delivered.headers);
        let park = self
            .sql
            .park
            .query()
            .bind(&self.group)
            .bind(&event.line.0)
            .bind(&event.line.1);
        let park = park
            .bind(event.sequence)
            .bind(headers)
            .bind(&event.delivered.payload)
            .bind(error);
        let parked = park.execute(connection).await?;
        if parked.rows_affected() > 0 {
            self.alert(
                &event.line,
                event.sequence,
                error.unwrap_or("one before it is missing or parked"),
            );
        }
        Ok(())
    }

    pub(super) fn alert(&self, line: &Line, sequence: i64, reason: &str) {
        let (topic, key) = line;
        tracing::error!(
            group = self.group,
            topic,
            key,
            sequence,
            reason,
            "an event is parked; see `entente events replay` and `entente events skip`"
        );
    }

    /// Counts what was committed. Says whether one came that others waited for.
    pub(super) fn count(&self, tally: &Tally) -> bool {
        let outcomes = [
            ("applied", tally.applied),
            ("unused", tally.unused),
            ("seen", tally.seen),
            ("parked", tally.parked),
        ];
        for (outcome, count) in outcomes.into_iter().filter(|(_, count)| *count > 0) {
            metrics::counter!(names::EVENTS_CONSUMED, "group" => self.group.clone(), "outcome" => outcome)
                .increment(count);
        }
        tally.freed
    }
}

const PARK: &str = "
INSERT INTO {s}.parked (grp, topic, key, seq, headers, payload, error) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING";

const FIND: &str = "SELECT FROM {s}.parked WHERE grp = $1 AND topic = $2 AND key = $3 AND seq = $4";

/// The next event of a key, if it only waited or if its replay was asked for.
const MOVABLE: &str = "
SELECT parked.topic, parked.key FROM {s}.parked
JOIN {s}.cursor known ON known.grp = parked.grp AND known.topic = parked.topic AND known.key = parked.key
WHERE parked.grp = $1 AND parked.seq = known.seq + 1 AND (parked.error IS NULL OR parked.replay_requested)
ORDER BY parked.parked_at LIMIT 100";

const NEXT: &str = "
SELECT headers::text, payload FROM {s}.parked
WHERE grp = $1 AND topic = $2 AND key = $3 AND seq = $4 AND (error IS NULL OR replay_requested)";

/// Says whether anything of the key is still parked.
const DELETE: &str = "
WITH gone AS (
    DELETE FROM {s}.parked WHERE grp = $1 AND topic = $2 AND key = $3 AND seq = $4
)
SELECT EXISTS (SELECT FROM {s}.parked WHERE grp = $1 AND topic = $2 AND key = $3 AND seq <> $4)";

const FAIL: &str = "
UPDATE {s}.parked SET error = $5, replay_requested = false WHERE grp = $1 AND topic = $2 AND key = $3 AND seq = $4";
