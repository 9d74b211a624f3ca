//! The mailed links of accounts. They belong to no organization: these run as the worker.

use entente_ids::UserId;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::domain::email::EmailAddress;
use crate::domain::link::{AccountPurpose, LastLink};
use crate::error::Error;

struct Row {
    generation: i32,
    expires_at: Option<jiff_sqlx::Timestamp>,
    email: Option<String>,
}

impl TryFrom<Row> for LastLink {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let generation = row.generation.try_into();
        Ok(Self {
            generation: generation.map_err(|_| Error::Corrupt("account_link.generation"))?,
            expires_at: row.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
            email: row.email.as_deref().map(EmailAddress::new),
        })
    }
}

/// Reads the last link of a person for a purpose.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    user: UserId,
    purpose: AccountPurpose,
) -> Result<Option<LastLink>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select generation, expires_at, email from identity.account_link where user_id = $1 and purpose = $2",
        user.uuid(),
        purpose.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Stores the last link of a person for a purpose; for nobody it does nothing, and takes as long. Whoever uses a link
/// has locked the account.
///
/// # Errors
/// When the database fails.
pub async fn put(
    conn: &mut PgConnection,
    user: UserId,
    purpose: AccountPurpose,
    link: &LastLink,
) -> Result<(), Error> {
    let generation = i32::try_from(link.generation).map_err(|_| Error::Corrupt("account_link.generation"))?;
    sqlx::query!(
        "insert into identity.account_link (user_id, purpose, generation, expires_at, email)
         select id, $2, $3, $4, $5 from identity.user_account where id = $1
         on conflict (user_id, purpose) do update
           set generation = excluded.generation, expires_at = excluded.expires_at, email = excluded.email",
        user.uuid(),
        purpose.as_str(),
        generation,
        link.expires_at.map(|end| end.to_sqlx()),
        link.email.as_ref().map(EmailAddress::as_str),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Calls off all links of a person: what they were asked for with is not valid any more.
///
/// # Errors
/// When the database fails.
pub async fn call_off(conn: &mut PgConnection, user: UserId) -> Result<(), Error> {
    sqlx::query!(
        "update identity.account_link set expires_at = null where user_id = $1",
        user.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}
