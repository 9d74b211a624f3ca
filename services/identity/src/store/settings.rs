//! The general settings of organizations, and what follows from them for people.

use std::collections::HashMap;

use entente_ids::{OrganizationId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use super::word;
use crate::domain::email::EmailAddress;
use crate::domain::language::Language;
use crate::domain::settings::{Locale, Settings, ZoneName};
use crate::error::Error;

struct Row {
    language: Option<String>,
    time_zone: Option<String>,
    version: i64,
    updated_at: Timestamp,
}

/// Reads the settings of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, organization: OrganizationId) -> Result<Settings, Error> {
    let row = sqlx::query_as!(
        Row,
        "select language, time_zone, version, updated_at from identity.organization_settings where organization_id = $1",
        organization.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Ok(Settings::unset(organization));
    };
    Ok(Settings {
        organization,
        language: language(row.language.as_deref())?,
        time_zone: row.time_zone.map(zone).transpose()?,
        version: row.version,
        updated_at: Some(row.updated_at),
    })
}

/// Stores the settings of an organization, whose row is locked.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut PgConnection, settings: &Settings, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.organization_settings (organization_id, language, time_zone, version, updated_at)
         values ($1, $2, $3, $4, $5)
         on conflict (organization_id) do update
         set language = excluded.language, time_zone = excluded.time_zone, version = excluded.version,
             updated_at = excluded.updated_at",
        settings.organization.uuid(),
        settings.language.map(Language::as_str),
        settings.time_zone.as_ref().map(ZoneName::as_str),
        settings.version,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How somebody is written to in an organization, by person or by address: as they wish, else as the organization, else as
/// the operator has set. It crosses organizations, so it runs as the worker.
///
/// # Errors
/// When the database fails.
pub async fn locale(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: Option<UserId>,
    email: Option<&EmailAddress>,
) -> Result<Locale, Error> {
    let row = sqlx::query!(
        "select coalesce(
           (select language from identity.user_account where id = $2),
           (select language from identity.user_account where email = $3),
           (select language from identity.organization_settings where organization_id = $1),
           (select settings.language from identity.organization_settings settings
              join identity.organization operator on operator.id = settings.organization_id
              where operator.kind = 'operator')) as language,
         coalesce(
           (select time_zone from identity.organization_settings where organization_id = $1),
           (select settings.time_zone from identity.organization_settings settings
              join identity.organization operator on operator.id = settings.organization_id
              where operator.kind = 'operator')) as time_zone",
        organization.uuid(),
        user.map(UserId::uuid),
        email.map(EmailAddress::as_str),
    )
    .fetch_one(conn)
    .await?;
    Ok(Locale {
        language: language(row.language.as_deref())?.unwrap_or(Language::En),
        time_zone: row.time_zone.map(zone).transpose()?.unwrap_or_else(ZoneName::utc),
    })
}

/// The languages that who has these addresses has chosen.
///
/// # Errors
/// When the database fails.
pub async fn chosen_languages(
    conn: &mut PgConnection,
    emails: &[&EmailAddress],
) -> Result<HashMap<EmailAddress, Language>, Error> {
    let emails: Vec<String> = emails.iter().map(|email| email.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"select email, language as "language!" from identity.user_account
           where email = any($1) and language is not null"#,
        &emails,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok((
                EmailAddress::new(&row.email),
                word("user_account.language", &row.language)?,
            ))
        })
        .collect()
}

fn language(text: Option<&str>) -> Result<Option<Language>, Error> {
    text.map(|text| word("organization_settings.language", text))
        .transpose()
}

fn zone(text: String) -> Result<ZoneName, Error> {
    word("organization_settings.time_zone", &text)
}
