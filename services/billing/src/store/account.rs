//! Billing accounts.

use entente_ids::OrganizationId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::account::{Account, Gate};
use crate::domain::fields::{Card, CountryCode, FieldError, LastFour, Line, Lines};
use crate::error::Error;

/// The token isn't among them, so that it can't come out by accident.
struct Row {
    organization_id: Uuid,
    legal_name: Option<String>,
    email: Option<String>,
    address: Option<String>,
    country_code: Option<String>,
    payment_brand: Option<String>,
    payment_last_four: Option<String>,
    version: i64,
    gate_version: i64,
    gate_pushed: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let corrupt = |column| move |_: FieldError| Error::Corrupt(column);
        let brand = text(row.payment_brand, Line::parse).map_err(corrupt("account.payment_brand"))?;
        let last_four = row.payment_last_four.as_deref().map(LastFour::parse).transpose();
        let last_four = last_four.map_err(corrupt("account.payment_last_four"))?;
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            legal_name: text(row.legal_name, Line::parse).map_err(corrupt("account.legal_name"))?,
            email: text(row.email, Line::parse).map_err(corrupt("account.email"))?,
            address: text(row.address, Lines::parse).map_err(corrupt("account.address"))?,
            country_code: text(row.country_code, CountryCode::parse)
                .map_err(corrupt("account.country_code"))?,
            payment_method: brand
                .zip(last_four)
                .map(|(brand, last_four)| Card { brand, last_four }),
            version: row.version,
            gate: Gate {
                version: row.gate_version,
                is_pushed: row.gate_pushed,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn text<T>(
    column: Option<String>,
    parse: impl Fn(&str) -> Result<Option<T>, FieldError>,
) -> Result<Option<T>, FieldError> {
    column.as_deref().map_or(Ok(None), parse)
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "select organization_id, legal_name, email, address, country_code, payment_brand, payment_last_four,
               version, gate_version, gate_pushed, created_at, updated_at
             from billing.account " + $rest
            $(, $argument)*
        )
    };
}

/// Reads an organization's account.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, organization: OrganizationId) -> Result<Option<Account>, Error> {
    let row = select!("where organization_id = $1", organization.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads an organization's account and keeps everybody else from changing it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, organization: OrganizationId) -> Result<Option<Account>, Error> {
    let row = select!("where organization_id = $1 for update", organization.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists accounts whose gate identity doesn't know yet, by organization, from behind one on.
///
/// # Errors
/// When the database fails.
pub async fn list_unpushed(
    conn: &mut PgConnection,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<Account>, Error> {
    let rows = select!(
        "where not gate_pushed and ($1::uuid is null or organization_id > $1) order by organization_id limit $2",
        after.map(OrganizationId::uuid),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Adds a new account, which holds nothing yet; says whether it wasn't there.
///
/// # Errors
/// When the database fails.
pub async fn add(conn: &mut PgConnection, account: &Account) -> Result<bool, Error> {
    let added = sqlx::query!(
        "insert into billing.account (organization_id, version, gate_version, gate_pushed, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        account.organization.uuid(),
        account.version,
        account.gate.version,
        account.gate.is_pushed,
        account.created_at.to_sqlx(),
        account.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// What becomes of the provider's token.
#[derive(Debug)]
pub enum StoredToken {
    /// It stays, and the card with it.
    Kept,
    /// It goes, and the card with it.
    Removed,
    /// This one takes its place, sealed.
    Set(Vec<u8>),
}

/// Stores what can change of an account, and its card with what becomes of the token.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, account: &Account, token: &StoredToken) -> Result<(), Error> {
    sqlx::query!(
        "update billing.account
         set legal_name = $2, email = $3, address = $4, country_code = $5,
             version = $6, gate_version = $7, gate_pushed = $8, updated_at = $9
         where organization_id = $1",
        account.organization.uuid(),
        account.legal_name.as_ref().map(Line::as_str),
        account.email.as_ref().map(Line::as_str),
        account.address.as_ref().map(Lines::as_str),
        account.country_code.as_ref().map(CountryCode::as_str),
        account.version,
        account.gate.version,
        account.gate.is_pushed,
        account.updated_at.to_sqlx(),
    )
    .execute(&mut *conn)
    .await?;
    let card = account.payment_method.as_ref();
    match token {
        StoredToken::Kept => Ok(()),
        StoredToken::Removed => put_card(conn, account.organization, None, None).await,
        StoredToken::Set(sealed) => put_card(conn, account.organization, card, Some(sealed)).await,
    }
}

async fn put_card(
    conn: &mut PgConnection,
    organization: OrganizationId,
    card: Option<&Card>,
    token: Option<&[u8]>,
) -> Result<(), Error> {
    sqlx::query!(
        "update billing.account set payment_brand = $2, payment_last_four = $3, payment_token = $4
         where organization_id = $1",
        organization.uuid(),
        card.map(|card| card.brand.as_str()),
        card.map(|card| card.last_four.as_str()),
        token,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that identity has taken this version of the gate. A newer one is still on its way.
///
/// # Errors
/// When the database fails.
pub async fn mark_pushed(
    conn: &mut PgConnection,
    organization: OrganizationId,
    gate_version: i64,
) -> Result<(), Error> {
    sqlx::query!(
        "update billing.account set gate_pushed = true where organization_id = $1 and gate_version = $2",
        organization.uuid(),
        gate_version,
    )
    .execute(conn)
    .await?;
    Ok(())
}
