//! Writes that can be asked for again: the answer to a `request_id` is kept for 24 hours, in the transaction of the work.
//!
//! ```no_run
//! # async fn create(tx: &mut sqlx::PgConnection, actor: &str, request: &String)
//! # -> Result<String, entente_idempotency::Error> {
//! let key = entente_idempotency::Request { schema: "partners", principal: actor, method: "Create", id: "r-1" };
//! if let Some(answer) = key.replay(tx, request).await? {
//!     return Ok(answer);
//! }
//! let answer = String::from("the work, done in the same transaction");
//! key.remember(tx, &answer).await?;
//! # Ok(answer) }
//! ```
//! Two calls with the same id at once: the second waits for the first to commit, then gets its answer.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use prost::Message;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// For how long an answer is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Why a request can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The id was used for another request.
    #[error("request_id was used for another request: give a new one")]
    Reused,
    /// The stored answer can't be read.
    #[error("the stored answer can't be read")]
    Corrupt(#[from] prost::DecodeError),
    /// The id was taken by work that kept no answer.
    #[error("no answer to the request was kept")]
    Unanswered,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The table, for a service's schema: statements that can be run again.
pub fn statements(schema: &str) -> String {
    format!(
        "create table if not exists {schema}.request (
           principal text not null,
           method text not null,
           id text not null,
           organization_id uuid default {schema}.organization(),
           hash bytea not null,
           answer bytea,
           created_at timestamptz not null default now(),
           primary key (principal, method, id)
         );
         create index if not exists request_created_at on {schema}.request (created_at);
         alter table {schema}.request enable row level security;
         drop policy if exists tenant on {schema}.request;
         create policy tenant on {schema}.request to {schema} using (organization_id = {schema}.organization());
         drop policy if exists worker on {schema}.request;
         create policy worker on {schema}.request to {schema}_worker using (true);
         grant select, insert, update on {schema}.request to {schema};
         grant select, insert, update, delete on {schema}.request to {schema}_worker;"
    )
}

/// What makes a request the same: who, which method, and the id that they gave it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The schema of the service.
    pub schema: &'static str,
    /// Who asks.
    pub principal: &'a str,
    /// The method.
    pub method: &'a str,
    /// The `request_id`; empty means that the caller does not want it.
    pub id: &'a str,
}

impl Request<'_> {
    /// The answer given before, if there was one; otherwise the id is taken for this transaction.
    ///
    /// # Errors
    /// [`Error::Reused`] when the id belongs to another request.
    pub async fn replay<Q: Message, A: Message + Default>(
        &self,
        conn: &mut PgConnection,
        request: &Q,
    ) -> Result<Option<A>, Error> {
        if self.id.is_empty() {
            return Ok(None);
        }
        let hash = Sha256::digest(request.encode_to_vec()).to_vec();
        let insert = format!(
            "insert into {}.request (principal, method, id, hash) values ($1, $2, $3, $4) on conflict do nothing",
            self.schema
        );
        let taken = sqlx::query(AssertSqlSafe(insert))
            .bind(self.principal)
            .bind(self.method)
            .bind(self.id)
            .bind(&hash)
            .execute(&mut *conn)
            .await?;
        if taken.rows_affected() == 1 {
            return Ok(None);
        }
        let select = format!(
            "select hash, answer from {}.request where principal = $1 and method = $2 and id = $3",
            self.schema
        );
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(self.principal)
            .bind(self.method)
            .bind(self.id)
            .fetch_optional(&mut *conn)
            .await?
            .ok_or(Error::Reused)?;
        if row.try_get::<Vec<u8>, _>("hash")? != hash {
            return Err(Error::Reused);
        }
        let answer: Option<Vec<u8>> = row.try_get("answer")?;
        Ok(Some(A::decode(answer.ok_or(Error::Unanswered)?.as_slice())?))
    }

    /// Keeps the answer, in the transaction of the work. It must hold no secret that is shown once.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn remember<A: Message>(&self, conn: &mut PgConnection, answer: &A) -> Result<(), Error> {
        if self.id.is_empty() {
            return Ok(());
        }
        let update = format!(
            "update {}.request set answer = $4 where principal = $1 and method = $2 and id = $3",
            self.schema
        );
        sqlx::query(AssertSqlSafe(update))
            .bind(self.principal)
            .bind(self.method)
            .bind(self.id)
            .bind(answer.encode_to_vec())
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// Forgets the answers that are older than [`KEPT`]; returns how many.
///
/// # Errors
/// [`Error::Database`].
pub async fn sweep(conn: &mut PgConnection, schema: &str, now: Timestamp) -> Result<u64, Error> {
    let delete = format!("delete from {schema}.request where created_at < $1");
    let before = (now - KEPT).to_sqlx();
    Ok(sqlx::query(AssertSqlSafe(delete))
        .bind(before)
        .execute(conn)
        .await?
        .rows_affected())
}
