//! A handler that writes down what it applied, and fails where it is told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use entente_events::{EventHandler, HandlerError, ManyEvents, Received};
use sqlx::PgConnection;

/// How an event fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// For good, until it is healed.
    Permanent,
    /// For good, by a statement that the database refuses.
    Refused,
    /// For good, by a constraint that is looked at only at the commit.
    RefusedAtCommit,
    /// The handler takes no notice of the database's refusal.
    Swallowed,
    /// It panics.
    Panic,
    /// So many times, then no more.
    Transient(u32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    One,
    Many,
}

/// The effects of one group; cheap to clone.
#[derive(Clone)]
pub struct Effects {
    group: String,
    unused: Vec<String>,
    by: By,
    faults: Arc<Mutex<HashMap<(String, i64), Faults>>>,
}

impl Effects {
    pub fn of(group: &str) -> Self {
        Self {
            group: group.to_owned(),
            unused: Vec::new(),
            by: By::One,
            faults: Arc::default(),
        }
    }

    pub fn without(mut self, kind: &str) -> Self {
        self.unused.push(kind.to_owned());
        self
    }

    /// Writes many effects by one statement.
    pub fn by_many(mut self) -> Self {
        self.by = By::Many;
        self
    }

    pub fn fail(&self, key: &str, sequence: i64, fault: Faults) {
        self.faults
            .lock()
            .unwrap()
            .insert((key.to_owned(), sequence), fault);
    }

    pub fn heal(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn fault(&self, event: &Received) -> Option<Faults> {
        let mut faults = self.faults.lock().unwrap();
        let place = (event.event.key.clone(), event.sequence);
        let fault = faults.get(&place).copied()?;
        if let Faults::Transient(left) = fault {
            match left {
                0 => faults.remove(&place),
                _ => faults.insert(place, Faults::Transient(left - 1)),
            };
        }
        Some(fault)
    }
}

#[async_trait]
impl EventHandler for Effects {
    fn uses(&self, kind: &str) -> bool {
        !self.unused.iter().any(|unused| unused == kind)
    }

    fn many(&self) -> Option<&dyn ManyEvents> {
        (self.by == By::Many).then_some(self)
    }

    async fn handle(&self, transaction: &mut PgConnection, event: &Received) -> Result<(), HandlerError> {
        // The effect comes first, so that a failure has something to take back.
        sqlx::query("INSERT INTO orders.effect (grp, key, seq, event_id) VALUES ($1, $2, $3, $4)")
            .bind(&self.group)
            .bind(&event.event.key)
            .bind(event.sequence)
            .bind(&event.event.id)
            .execute(&mut *transaction)
            .await?;
        match self.fault(event) {
            None | Some(Faults::Transient(0)) => Ok(()),
            Some(Faults::Transient(_)) => Err(HandlerError::transient("not now")),
            Some(Faults::Permanent) => Err(HandlerError::permanent("poison")),
            Some(Faults::Panic) => panic!("a handler that panics"),
            Some(Faults::Refused) => {
                sqlx::query("SELECT 1 / 0").execute(transaction).await?;
                Ok(())
            }
            Some(Faults::Swallowed) => {
                let _ = sqlx::query("SELECT 1 / 0").execute(transaction).await;
                Ok(())
            }
            Some(Faults::RefusedAtCommit) => {
                sqlx::query("INSERT INTO orders.late VALUES (1), (1)")
                    .execute(transaction)
                    .await?;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl ManyEvents for Effects {
    async fn handle_many(
        &self,
        transaction: &mut PgConnection,
        events: &[&Received],
    ) -> Result<(), HandlerError> {
        let (keys, sequences): (Vec<&str>, Vec<i64>) = events
            .iter()
            .map(|event| (event.event.key.as_str(), event.sequence))
            .unzip();
        let ids: Vec<&str> = events.iter().map(|event| event.event.id.as_str()).collect();
        let insert = "INSERT INTO orders.effect (grp, key, seq, event_id) \
                      SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[])";
        sqlx::query(insert)
            .bind(&self.group)
            .bind(keys)
            .bind(sequences)
            .bind(ids)
            .execute(transaction)
            .await?;
        match events.iter().find_map(|event| self.fault(event)) {
            Some(_) => Err(HandlerError::permanent("one of many")),
            None => Ok(()),
        }
    }
}
