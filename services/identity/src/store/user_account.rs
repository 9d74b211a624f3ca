//! People's accounts. They belong to no organization: these run as the worker.

use entente_ids::UserId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::word;
use crate::domain::email::EmailAddress;
use crate::domain::language::Language;
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
    /// The language that they are written to in; none means that of their organization.
    pub language: Option<Language>,
    /// The hash of their password.
    pub password_hash: String,
    /// Rises with every change of the profile.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// With the next version.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self
        }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

struct Row {
    id: Uuid,
    email: String,
    display_name: String,
    language: Option<String>,
    password_hash: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let language = row.language.as_deref();
        Ok(Self {
            id: UserId::from_uuid(row.id),
            email: EmailAddress::new(&row.email),
            display_name: row.display_name,
            language: language
                .map(|text| word("user_account.language", text))
                .transpose()?,
            password_hash: row.password_hash,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:tt, $argument:expr) => {
        sqlx::query_as!(
            Row,
            "select id, email, display_name, language, password_hash, version, created_at, updated_at
             from identity.user_account where "
                + $rest,
            $argument
        )
    };
}

/// Reads a person's account.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, id: UserId) -> Result<Option<Account>, Error> {
    let row = select!("id = $1", id.uuid()).fetch_optional(conn).await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads a person's account and keeps everybody else from changing it.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, id: UserId) -> Result<Option<Account>, Error> {
    let row = select!("id = $1 for no key update", id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads the account of an address.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email(conn: &mut PgConnection, email: &EmailAddress) -> Result<Option<Account>, Error> {
    let row = select!("email = $1", email.as_str()).fetch_optional(conn).await?;
    row.map(TryInto::try_into).transpose()
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
pub async fn add(conn: &mut PgConnection, account: &Account) -> Result<Added, Error> {
    let done = sqlx::query!(
        "insert into identity.user_account
           (id, email, display_name, language, password_hash, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (email) do nothing",
        account.id.uuid(),
        account.email.as_str(),
        account.display_name,
        account.language.map(Language::as_str),
        account.password_hash,
        account.version,
        account.created_at.to_sqlx(),
        account.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Added::New
    } else {
        Added::Taken
    })
}

/// Stores the profile of an account.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, account: &Account) -> Result<(), Error> {
    sqlx::query!(
        "update identity.user_account set display_name = $2, language = $3, version = $4, updated_at = $5
         where id = $1",
        account.id.uuid(),
        account.display_name,
        account.language.map(Language::as_str),
        account.version,
        account.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the hash of a new password.
///
/// # Errors
/// When the database fails.
pub async fn set_password(
    conn: &mut PgConnection,
    id: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update identity.user_account set password_hash = $2, updated_at = $3 where id = $1",
        id.uuid(),
        hash,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the password is still the one that was shown. It stays so until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn keeps_password(conn: &mut PgConnection, shown: &Account) -> Result<bool, Error> {
    let kept = sqlx::query_scalar!(
        r#"select true as "kept!" from identity.user_account where id = $1 and password_hash = $2 for share"#,
        shown.id.uuid(),
        shown.password_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(kept.is_some())
}

/// Stores the address of an account.
///
/// # Errors
/// [`Error::LinkDead`] when somebody else has it, or when the database fails.
pub async fn set_email(conn: &mut PgConnection, account: &Account) -> Result<(), Error> {
    sqlx::query!(
        "update identity.user_account set email = $2, version = $3, updated_at = $4 where id = $1",
        account.id.uuid(),
        account.email.as_str(),
        account.version,
        account.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(|cause| {
        let error = entente_pg::Error::from(cause);
        match error.constraint() {
            Some("user_account_email") => Error::LinkDead,
            Some(_) | None => error.into(),
        }
    })?;
    Ok(())
}
