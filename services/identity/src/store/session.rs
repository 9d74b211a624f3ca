//! Sessions and their refresh tokens.

use entente_ids::{OrganizationId, SessionId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::origin::Origin;
use crate::domain::session::{RefreshToken, Session};
use crate::error::Error;

/// So many sessions tell where somebody has been of late.
const ORIGINS: i64 = 200;

struct Row {
    id: Uuid,
    user_id: Uuid,
    organization_id: Uuid,
    auth_time: Timestamp,
    second_factor: bool,
    refresh_generation: i64,
    expires_at: Timestamp,
    ended_at: Option<jiff_sqlx::Timestamp>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            user: UserId::from_uuid(row.user_id),
            organization: OrganizationId::from_uuid(row.organization_id),
            auth_time: row.auth_time,
            second_factor: row.second_factor,
            generation: row.refresh_generation,
            expires_at: row.expires_at,
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

/// Adds a session, which is opened from there.
///
/// # Errors
/// When the database fails.
pub async fn add(
    conn: &mut PgConnection,
    session: &Session,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.session
           (id, user_id, organization_id, auth_time, second_factor, refresh_generation, expires_at, created_at,
            opened_address, opened_agent)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        session.id.uuid(),
        session.user.uuid(),
        session.organization.uuid(),
        session.auth_time.to_sqlx(),
        session.second_factor,
        session.generation,
        session.expires_at.to_sqlx(),
        now.to_sqlx(),
        origin.address,
        origin.user_agent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads a session and keeps everybody else from changing it.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, id: SessionId) -> Result<Option<Session>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, user_id, organization_id, auth_time, second_factor, refresh_generation, expires_at, ended_at
         from identity.session where id = $1 for no key update",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Finds whose refresh token this is the hash of.
///
/// # Errors
/// When the database fails.
pub async fn lookup(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<SessionId>, Error> {
    let id = sqlx::query_scalar!(
        "select session_id from identity.refresh_token where hash = $1",
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(SessionId::from_uuid))
}

/// Reads a refresh token. The session is locked before, so that of two at once the second sees what the first did.
///
/// # Errors
/// When the database fails.
pub async fn find_token(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<RefreshToken>, Error> {
    let row = sqlx::query!(
        "select generation, expires_at, used_at from identity.refresh_token where hash = $1",
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| RefreshToken {
        generation: row.generation,
        expires_at: row.expires_at.to_jiff(),
        used_at: row.used_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// Adds a refresh token of the session's present generation.
///
/// # Errors
/// When the database fails.
pub async fn add_token(
    conn: &mut PgConnection,
    session: &Session,
    hash: &[u8],
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.refresh_token (hash, session_id, generation, expires_at) values ($1, $2, $3, $4)",
        hash,
        session.id.uuid(),
        session.generation,
        expires_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks every token of a generation as used: an answer that was given twice made more than one.
///
/// # Errors
/// When the database fails.
pub async fn use_tokens(
    conn: &mut PgConnection,
    session: SessionId,
    generation: i64,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update identity.refresh_token set used_at = $3 where session_id = $1 and generation = $2",
        session.uuid(),
        generation,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores what can change of a session that goes on.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, session: &Session) -> Result<(), Error> {
    sqlx::query!(
        "update identity.session set organization_id = $2, auth_time = $3, refresh_generation = $4, second_factor = $5
         where id = $1",
        session.id.uuid(),
        session.organization.uuid(),
        session.auth_time.to_sqlx(),
        session.generation,
        session.second_factor,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes from where a session was used.
///
/// # Errors
/// When the database fails.
pub async fn used(
    conn: &mut PgConnection,
    session: SessionId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update identity.session set used_at = $2, used_address = $3, used_agent = $4 where id = $1",
        session.uuid(),
        now.to_sqlx(),
        origin.address,
        origin.user_agent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A session, as its owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The session.
    pub id: SessionId,
    /// Where the person acts.
    pub organization: OrganizationId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was used last.
    pub used_at: Timestamp,
    /// Until when it can be kept up.
    pub expires_at: Timestamp,
    /// From where it was opened.
    pub opened_from: Origin,
    /// From where it was used last.
    pub used_from: Origin,
}

/// Lists the sessions of a person that can still be used, the newest first, after the given place in that order.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    user: UserId,
    after: Option<(Timestamp, SessionId)>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let (time, id) = after.unzip();
    let rows = sqlx::query!(
        r#"select id, organization_id, created_at, coalesce(used_at, created_at) as "used_at!", expires_at,
             opened_address, opened_agent,
             case when used_at is null then opened_address else used_address end as used_address,
             case when used_at is null then opened_agent else used_agent end as used_agent
           from identity.session
           where user_id = $1 and ended_at is null and expires_at > $2
             and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
           order by created_at desc, id desc limit $5"#,
        user.uuid(),
        now.to_sqlx(),
        time.map(|time| time.to_sqlx()),
        id.map(SessionId::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        id: SessionId::from_uuid(row.id),
        organization: OrganizationId::from_uuid(row.organization_id),
        created_at: row.created_at.to_jiff(),
        used_at: row.used_at.to_jiff(),
        expires_at: row.expires_at.to_jiff(),
        opened_from: Origin::new(row.opened_address, row.opened_agent.as_deref()),
        used_from: Origin::new(row.used_address, row.used_agent.as_deref()),
    });
    Ok(entries.collect())
}

/// Lists from where a person has used sessions of late, ended ones too: sessions are kept until they would have expired.
///
/// # Errors
/// When the database fails.
pub async fn list_origins(conn: &mut PgConnection, user: UserId) -> Result<Vec<Origin>, Error> {
    let rows = sqlx::query!(
        "select opened_address, opened_agent, used_at, used_address, used_agent from identity.session
         where user_id = $1 order by created_at desc, id desc limit $2",
        user.uuid(),
        ORIGINS,
    )
    .fetch_all(conn)
    .await?;
    let mut origins = Vec::new();
    for row in rows {
        origins.push(Origin::new(row.opened_address, row.opened_agent.as_deref()));
        if row.used_at.is_some() {
            origins.push(Origin::new(row.used_address, row.used_agent.as_deref()));
        }
    }
    Ok(origins)
}

/// Ends a session, and keeps it among the revoked ones for as long as an access token of it can be valid.
///
/// # Errors
/// When the database fails.
pub async fn end(
    conn: &mut PgConnection,
    session: SessionId,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update identity.session set ended_at = $2 where id = $1",
        session.uuid(),
        now.to_sqlx()
    )
    .execute(&mut *conn)
    .await?;
    revoke(conn, session, until).await
}

/// Keeps a session among the revoked ones for as long as an access token of it can be valid.
///
/// # Errors
/// When the database fails.
pub async fn revoke(conn: &mut PgConnection, session: SessionId, until: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.revoked_session (session_id, until) values ($1, $2) on conflict do nothing",
        session.uuid(),
        until.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists the sessions in which a person acts in an organization, and keeps everybody else from changing them.
///
/// # Errors
/// When the database fails.
pub async fn lock_alive(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, user_id, organization_id, auth_time, second_factor, refresh_generation, expires_at, ended_at
         from identity.session
         where organization_id = $1 and user_id = $2 and ended_at is null and expires_at > $3
         order by id for no key update",
        organization.uuid(),
        user.uuid(),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Lists all sessions in which somebody acts in an organization, and keeps everybody else from changing them.
///
/// # Errors
/// When the database fails.
pub async fn lock_alive_in(
    conn: &mut PgConnection,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, user_id, organization_id, auth_time, second_factor, refresh_generation, expires_at, ended_at
         from identity.session
         where organization_id = $1 and ended_at is null and expires_at > $2
         order by id for no key update",
        organization.uuid(),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Lists the sessions of a person, wherever they act, and keeps everybody else from changing them.
///
/// # Errors
/// When the database fails.
pub async fn lock_all_alive(
    conn: &mut PgConnection,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, user_id, organization_id, auth_time, second_factor, refresh_generation, expires_at, ended_at
         from identity.session
         where user_id = $1 and ended_at is null and expires_at > $2
         order by id for no key update",
        user.uuid(),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Forgets sessions that can't be kept up any more, and revocations that outlived every access token. Ended sessions
/// go when they would have expired: until then the reuse of a token of theirs is told from an unknown one.
///
/// # Errors
/// When the database fails.
pub async fn sweep(conn: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.session where expires_at < $1",
        now.to_sqlx()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from identity.revoked_session where until < $1",
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}
