//! The replicas that may decide. Each statement is a transaction of its own: the protocol rests on what is committed.

use entente_pg::Error;
use sqlx::types::Uuid;
use sqlx::{PgConnection, PgPool};

use crate::domain::decision::Revision;

/// A replica that has yet to confirm a revision, as it was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Its registration.
    pub id: Uuid,
    /// How often it had renewed its row.
    pub renewals: i64,
}

/// Whether a replica has its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It was renewed.
    Done,
    /// Somebody forgot the replica, which must register anew.
    Forgotten,
}

/// Registers a replica at which this revision is in force; returns the id of its row.
///
/// # Errors
/// [`Error`].
pub async fn register(conn: &mut PgConnection, confirmed: Revision) -> Result<Uuid, Error> {
    let id = sqlx::query_scalar!(
        "insert into identity.replica (confirmed) values ($1) returning id",
        confirmed.number()
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// Renews a replica's row, and confirms that this revision is in force there.
///
/// # Errors
/// [`Error`].
pub async fn renew(conn: &mut PgConnection, id: Uuid, confirmed: Revision) -> Result<Renewal, Error> {
    let renewed = sqlx::query!(
        "update identity.replica set renewed_at = clock_timestamp(), renewals = renewals + 1, confirmed = $2
         where id = $1",
        id,
        confirmed.number()
    )
    .execute(conn)
    .await?;
    if renewed.rows_affected() == 0 {
        return Ok(Renewal::Forgotten);
    }
    Ok(Renewal::Done)
}

/// Takes a replica's own row away. It must decide nothing any more.
///
/// # Errors
/// [`Error`].
pub async fn leave(conn: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!("delete from identity.replica where id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Every replica that may decide, with the revision that it has confirmed.
///
/// # Errors
/// [`Error`].
pub async fn list(pool: &PgPool) -> Result<Vec<(Behind, Revision)>, Error> {
    let rows = sqlx::query!("select id, renewals, confirmed from identity.replica")
        .fetch_all(pool)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let replica = Behind {
                id: row.id,
                renewals: row.renewals,
            };
            (replica, Revision::new(row.confirmed))
        })
        .collect())
}

/// Forgets those of the replicas that haven't renewed their row since they were listed, which must be a full period ago;
/// returns how many.
///
/// # Errors
/// [`Error`].
pub async fn forget(pool: &PgPool, listed: &[Behind]) -> Result<u64, Error> {
    let (ids, renewals): (Vec<_>, Vec<_>) = listed
        .iter()
        .map(|replica| (replica.id, replica.renewals))
        .unzip();
    let forgotten = sqlx::query!(
        "delete from identity.replica using unnest($1::uuid[], $2::bigint[]) as listed (id, renewals)
         where replica.id = listed.id and replica.renewals = listed.renewals",
        &ids,
        &renewals,
    )
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}
