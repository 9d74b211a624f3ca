//! What the events cause: a row each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use entente_events::{EventHandler, HandlerError, ManyEvents, Received};
use sqlx::PgConnection;

/// The channel on which an effect's transaction says that it has committed.
pub(super) const CHANNEL: &str = "bench_effect";

/// How the effects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum By {
    /// By a statement each, which also tells of the commit.
    OneTold,
    /// By a statement each: as the services do today.
    One,
    /// By one statement for many.
    Many,
}

/// A handler that is told how to write; clones share that.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    by: Arc<AtomicU8>,
    applied: Arc<AtomicU64>,
}

impl Effects {
    pub(super) fn new() -> Self {
        Self {
            by: Arc::default(),
            applied: Arc::default(),
        }
    }

    /// From the next event on.
    pub(super) fn write(&self, by: By) {
        let number = match by {
            By::OneTold => 0,
            By::One => 1,
            By::Many => 2,
        };
        self.by.store(number, Ordering::Relaxed);
    }

    /// How many were written; some of them may not be committed yet, or never be.
    pub(super) fn applied(&self) -> u64 {
        self.applied.load(Ordering::Relaxed)
    }

    fn by(&self) -> By {
        match self.by.load(Ordering::Relaxed) {
            0 => By::OneTold,
            1 => By::One,
            _ => By::Many,
        }
    }
}

#[async_trait]
impl EventHandler for Effects {
    async fn handle(&self, transaction: &mut PgConnection, event: &Received) -> Result<(), HandlerError> {
        let insert = match self.by() {
            By::OneTold => INSERT_AND_TELL,
            By::One | By::Many => INSERT,
        };
        sqlx::query(insert)
            .bind(&event.event.id)
            .bind(&event.event.key)
            .bind(event.sequence)
            .execute(transaction)
            .await?;
        self.applied.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn many(&self) -> Option<&dyn ManyEvents> {
        (self.by() == By::Many).then_some(self)
    }
}

#[async_trait]
impl ManyEvents for Effects {
    async fn handle_many(
        &self,
        transaction: &mut PgConnection,
        events: &[&Received],
    ) -> Result<(), HandlerError> {
        let ids: Vec<&str> = events.iter().map(|event| event.event.id.as_str()).collect();
        let keys: Vec<&str> = events.iter().map(|event| event.event.key.as_str()).collect();
        let sequences: Vec<i64> = events.iter().map(|event| event.sequence).collect();
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        sqlx::query(INSERT_MANY)
            .bind(ids)
            .bind(keys)
            .bind(sequences)
            .execute(transaction)
            .await?;
        self.applied.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }
}

const INSERT: &str = "insert into bench.effect (event_id, key, seq) values ($1, $2, $3)";

const INSERT_AND_TELL: &str = "
with effect as (insert into bench.effect (event_id, key, seq) values ($1, $2, $3))
select pg_notify('bench_effect', $1)";

const INSERT_MANY: &str = "insert into bench.effect (event_id, key, seq) select * from unnest($1::text[], $2::text[], $3::bigint[])";
