//! Lets parked events go on, in order: those whose turn has come, and those whose replay was asked for.

use entente_runtime::telemetry::names;
use sqlx::Row;

use super::apply::Applier;
use super::cursor::{Cursors, Line};
use super::handler::BoxError;
use super::incoming::Incoming;
use crate::gauge;
use crate::log::Delivered;

/// Events of one key in a row, so that new events get their turn too.
const AT_ONCE: usize = 1000;

impl Applier {
    pub(super) async fn drain(&self) -> Result<(), BoxError> {
        let rows = self
            .sql
            .movable
            .query()
            .bind(&self.group)
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            let line: Line = (row.try_get(0)?, row.try_get(1)?);
            for _ in 0..AT_ONCE {
                if !self.drain_next(&line).await? {
                    break;
                }
            }
        }
        let row = self
            .sql
            .count
            .query()
            .bind(&self.group)
            .fetch_one(&self.pool)
            .await?;
        let parked = gauge::value(row.try_get(0)?);
        metrics::gauge!(names::CONSUMER_PARKED, "group" => self.group.clone()).set(parked);
        Ok(())
    }

    /// Applies the next event of a key, if it is parked and may go on. Says whether it did.
    async fn drain_next(&self, line: &Line) -> Result<bool, BoxError> {
        let mut transaction = self.pool.begin().await?;
        let mut cursors = Cursors::lock(
            &self.cursors,
            &mut transaction,
            &self.group,
            std::iter::once(line.clone()),
        )
        .await?;
        let Some(cursor) = cursors.get_mut(line) else {
            return Ok(false);
        };
        let sequence = cursor.sequence.saturating_add(1);
        let (topic, key) = line;
        let next = self
            .sql
            .next
            .query()
            .bind(&self.group)
            .bind(topic)
            .bind(key)
            .bind(sequence);
        let Some(row) = next.fetch_optional(&mut *transaction).await? else {
            return Ok(false);
        };
        let delivered = Delivered {
            topic: topic.clone(),
            partition: -1,
            offset: -1,
            key: Some(key.clone()),
            headers: serde_json::from_str(row.try_get(0)?)?,
            payload: row.try_get(1)?,
        };
        let incoming = Incoming {
            line: line.clone(),
            sequence,
            ..Incoming::new(&delivered)
        };
        let applied = self.attempt(&mut transaction, &incoming).await?;
        match &applied {
            Ok(_) => {
                let delete = self
                    .sql
                    .delete
                    .query()
                    .bind(&self.group)
                    .bind(topic)
                    .bind(key)
                    .bind(sequence);
                cursor.blocked = delete.fetch_one(&mut *transaction).await?.try_get(0)?;
                cursor.sequence = sequence;
            }
            Err(error) => {
                let fail = self
                    .sql
                    .fail
                    .query()
                    .bind(&self.group)
                    .bind(topic)
                    .bind(key)
                    .bind(sequence);
                fail.bind(error).execute(&mut *transaction).await?;
            }
        }
        cursors.save(&self.cursors, &mut transaction, &self.group).await?;
        transaction.commit().await?;
        match applied {
            Ok(tally) => {
                self.count(&tally);
                Ok(true)
            }
            Err(error) => {
                self.alert(line, sequence, &error);
                Ok(false)
            }
        }
    }
}
