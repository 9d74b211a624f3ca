//! A transaction with a name, which is its metric and its span.

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

use entente_runtime::telemetry::names;
use sqlx::{PgConnection, Postgres, SqlStr, Transaction, pool::PoolConnection};
use tracing::{Instrument as _, Span};

use crate::Error;

/// A running transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    record: Record,
}

impl Tx {
    pub(crate) async fn begin(
        service: &'static str,
        name: &'static str,
        connection: PoolConnection<Postgres>,
        begin: SqlStr,
    ) -> Result<Self, Error> {
        let record = Record::new(service, name);
        let transaction = Transaction::begin(connection, Some(begin))
            .instrument(record.span.clone())
            .await;
        match transaction {
            Ok(transaction) => Ok(Self { transaction, record }),
            Err(cause) => Err(record.failed(cause)),
        }
    }

    /// Makes what was done stand.
    ///
    /// # Errors
    /// [`Error::Conflict`] or a deferred constraint: nothing stands. [`Error::Unavailable`]: it isn't known.
    pub async fn commit(self) -> Result<(), Error> {
        let Self {
            transaction,
            mut record,
        } = self;
        match transaction.commit().instrument(record.span.clone()).await {
            Ok(()) => {
                record.outcome = "commit";
                Ok(())
            }
            Err(cause) => Err(record.failed(cause)),
        }
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

#[derive(Debug)]
struct Record {
    service: &'static str,
    name: &'static str,
    outcome: &'static str,
    started: Instant,
    span: Span,
}

impl Record {
    fn new(service: &'static str, name: &'static str) -> Self {
        let span = tracing::info_span!(
            "db.transaction",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            { names::DB_SYSTEM_NAME } = "postgresql",
            { names::DB_NAMESPACE } = service,
            { names::DB_OPERATION_NAME } = name,
            outcome = tracing::field::Empty,
        );
        Self {
            service,
            name,
            outcome: "rollback",
            started: Instant::now(),
            span,
        }
    }

    fn failed(mut self, cause: sqlx::Error) -> Error {
        self.outcome = "error";
        self.span.record("otel.status_code", "ERROR");
        cause.into()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome);
        metrics::histogram!(
            names::TRANSACTION_DURATION,
            "service" => self.service,
            "name" => self.name,
            "outcome" => self.outcome,
        )
        .record(self.started.elapsed().as_secs_f64());
    }
}
