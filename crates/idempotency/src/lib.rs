//! Writes that can be asked for again: the answer to a `request_id` is kept for 24 hours, in the transaction of the work.
//!
//! ```no_run
//! # use entente_contracts::partners::v1::{CreateProductRequest, CreateProductResponse};
//! # async fn create(tx: &mut sqlx::PgConnection, caller: &str, request: &CreateProductRequest)
//! # -> Result<CreateProductResponse, entente_idempotency::Error> {
//! let once = entente_idempotency::Once::new(caller, request);
//! if let Some(answer) = once.replay(tx).await? {
//!     return Ok(answer);
//! }
//! let answer = CreateProductResponse::default(); // the work, done in the same transaction
//! once.remember(tx, &answer).await?;
//! # Ok(answer) }
//! ```
//! Two calls with the same id at once: the second waits for the first to commit, then gets its answer.

use entente_contracts::Repeatable;
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

/// A request of one caller, that is to be done once however often it comes.
#[derive(Debug)]
pub struct Once<'a, Q> {
    principal: String,
    request: &'a Q,
}

impl<'a, Q: Repeatable> Once<'a, Q> {
    /// The request of this caller; one without a `request_id` is done each time.
    pub fn new(principal: impl Into<String>, request: &'a Q) -> Self {
        Self {
            principal: principal.into(),
            request,
        }
    }

    /// The answer given before, if there was one; otherwise the id is taken for this transaction.
    ///
    /// # Errors
    /// [`Error::Reused`] when the id belongs to another request.
    pub async fn replay<A: Message + Default>(&self, conn: &mut PgConnection) -> Result<Option<A>, Error> {
        if self.request.request_id().is_empty() {
            return Ok(None);
        }
        let hash = Sha256::digest(self.request.encode_to_vec()).to_vec();
        let insert = format!(
            "insert into {}.request (principal, method, id, hash) values ($1, $2, $3, $4) on conflict do nothing",
            Q::SERVICE
        );
        let taken = sqlx::query(AssertSqlSafe(insert))
            .bind(&self.principal)
            .bind(Q::METHOD)
            .bind(self.request.request_id())
            .bind(&hash)
            .execute(&mut *conn)
            .await?;
        if taken.rows_affected() == 1 {
            return Ok(None);
        }
        let select = format!(
            "select hash, answer from {}.request where principal = $1 and method = $2 and id = $3",
            Q::SERVICE
        );
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(&self.principal)
            .bind(Q::METHOD)
            .bind(self.request.request_id())
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
        if self.request.request_id().is_empty() {
            return Ok(());
        }
        let update = format!(
            "update {}.request set answer = $4 where principal = $1 and method = $2 and id = $3",
            Q::SERVICE
        );
        sqlx::query(AssertSqlSafe(update))
            .bind(&self.principal)
            .bind(Q::METHOD)
            .bind(self.request.request_id())
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
