//! People's accounts. They belong to no organization: these run as the worker.

use entente_ids::UserId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::domain::email::EmailAddress;
use crate::error::Error;

/// A person who can sign in.
#[derive(Clone)]
pub struct Account {
    /// Their id.
    pub id: UserId,
    /// The address by which they sign in.
    pub email: EmailAddress,
    /// Their name.
    pub display_name: String,
    /// The hash of their password.
    pub password_hash: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Reads a person's account.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, id: UserId) -> Result<Option<Account>, Error> {
    let row = sqlx::query!(
        "select id, email, display_name, password_hash from identity.user_account where id = $1",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Account {
        id: UserId::from_uuid(row.id),
        email: EmailAddress::new(&row.email),
        display_name: row.display_name,
        password_hash: row.password_hash,
    }))
}

/// Reads the account of an address.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email(conn: &mut PgConnection, email: &EmailAddress) -> Result<Option<Account>, Error> {
    let row = sqlx::query!(
        "select id, email, display_name, password_hash from identity.user_account where email = $1",
        email.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Account {
        id: UserId::from_uuid(row.id),
        email: EmailAddress::new(&row.email),
        display_name: row.display_name,
        password_hash: row.password_hash,
    }))
}

/// Whether an account was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It was.
    New,
    /// There is one for the address already.
    Taken,
}

/// Adds an account.
///
/// # Errors
/// When the database fails.
pub async fn add(conn: &mut PgConnection, account: &Account, now: Timestamp) -> Result<Added, Error> {
    let done = sqlx::query!(
        "insert into identity.user_account (id, email, display_name, password_hash, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (email) do nothing",
        account.id.uuid(),
        account.email.as_str(),
        account.display_name,
        account.password_hash,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Added::New
    } else {
        Added::Taken
    })
}
