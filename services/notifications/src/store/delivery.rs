//! What goes out by mail.

use entente_ids::{MemberId, OrganizationId, PartnershipInvitationId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Due, facts, kind, to_json};
use crate::domain::facts::Facts;
use crate::domain::kind::Kind;
use crate::domain::link::LinkTarget;
use crate::domain::locale::Locale;
use crate::error::Error;

/// The one channel that leaves the house.
const MAIL: &str = "mail";
const MEMBER_INVITATION: &str = "member_invitation";
const PARTNERSHIP_INVITATION: &str = "partnership_invitation";
const PASSWORD_RESET: &str = "password_reset";
const EMAIL_CHANGE: &str = "email_change";

/// A mail to one recipient.
#[derive(Debug)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// The event that it tells of.
    pub event: String,
    /// The organization in which the recipient is told.
    pub organization: OrganizationId,
    /// The address.
    pub recipient: String,
    /// What kind of news it is.
    pub kind: Kind,
    /// What the text is filled in with.
    pub facts: Facts,
    /// The link that it carries.
    pub link: Option<LinkTarget>,
    /// How the recipient is written to.
    pub locale: Locale,
    /// How often it failed.
    pub attempts: i32,
    /// When it was decided to send it.
    pub created_at: Timestamp,
}

/// What ties a delivery to its cause.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// The request.
    pub request_id: Option<&'a str>,
    /// The trace.
    pub traceparent: Option<&'a str>,
}

/// Adds one; a recipient who gets a mail for the event already gets no second one.
pub async fn add(conn: &mut PgConnection, delivery: &Delivery, cause: Cause<'_>) -> Result<(), Error> {
    let link = delivery.link.map(parts);
    sqlx::query!(
        "insert into notifications.delivery
           (id, event_id, organization_id, channel, recipient, type, facts, link_kind, link_id, due_at, request_id,
            traceparent, created_at, language, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10, $13, $14) on conflict do nothing",
        delivery.id,
        delivery.event,
        delivery.organization.uuid(),
        MAIL,
        delivery.recipient,
        delivery.kind.as_str(),
        to_json(&delivery.facts)?,
        link.map(|(kind, _)| kind),
        link.map(|(_, id)| id),
        delivery.created_at.to_sqlx(),
        cause.request_id,
        cause.traceparent,
        delivery.locale.language.tag(),
        delivery.locale.zone_name(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists what is due, the oldest first, without taking it.
pub async fn list_due(pool: &PgPool, now: Timestamp, limit: i64) -> Result<Vec<Due<Uuid>>, Error> {
    let rows = sqlx::query!(
        "select id, traceparent, request_id from notifications.delivery
         where state = 'pending' and due_at <= $1 order by due_at, id limit $2",
        now.to_sqlx(),
        limit,
    )
    .fetch_all(pool)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        key: row.id,
        traceparent: row.traceparent,
        request_id: row.request_id,
    });
    Ok(due.collect())
}

/// Takes one for this transaction, unless another one has it or it isn't due any more.
pub async fn claim(conn: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<Option<Delivery>, Error> {
    let row = sqlx::query!(
        "select id, event_id, organization_id, recipient, type, facts, link_kind, link_id, attempts, created_at,
           language, time_zone
         from notifications.delivery
         where id = $1 and state = 'pending' and due_at <= $2 for update skip locked",
        id,
        now.to_sqlx(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let organization = OrganizationId::from_uuid(row.organization_id);
    Ok(Some(Delivery {
        id: row.id,
        event: row.event_id,
        organization,
        recipient: row.recipient,
        kind: kind("delivery.type", &row.r#type)?,
        facts: facts("delivery.facts", row.facts)?,
        link: row
            .link_kind
            .zip(row.link_id)
            .map(|(kind, id)| link(organization, &kind, id))
            .transpose()?,
        locale: Locale::new(&row.language, &row.time_zone),
        attempts: row.attempts,
        created_at: row.created_at.to_jiff(),
    }))
}

/// Notes that it was sent.
pub async fn sent(conn: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update notifications.delivery
         set state = 'sent', sent_at = $2, attempts = attempts + 1, last_error = null where id = $1",
        id,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that there is nothing to say any more.
pub async fn obsolete(conn: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "update notifications.delivery set state = 'obsolete', last_error = null where id = $1",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that it failed, and when it is tried again; none gives it up.
pub async fn failed(
    conn: &mut PgConnection,
    id: Uuid,
    error: &str,
    due: Option<Timestamp>,
) -> Result<(), Error> {
    sqlx::query!(
        "update notifications.delivery
         set attempts = attempts + 1, last_error = $2, due_at = coalesce($3, due_at),
             state = case when $3::timestamptz is null then 'failed' else 'pending' end
         where id = $1",
        id,
        error,
        due.map(|due| due.to_sqlx()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets at most so many that are over and were decided on before a time; tells how many.
pub async fn sweep(conn: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let swept = sqlx::query!(
        "delete from notifications.delivery where id in
           (select id from notifications.delivery where state <> 'pending' and created_at < $1 limit $2)",
        before.to_sqlx(),
        limit,
    )
    .execute(conn)
    .await?;
    Ok(swept.rows_affected())
}

fn parts(link: LinkTarget) -> (&'static str, Uuid) {
    match link {
        LinkTarget::Member { member, .. } => (MEMBER_INVITATION, member.uuid()),
        LinkTarget::PartnershipInvitation(invitation) => (PARTNERSHIP_INVITATION, invitation.uuid()),
        LinkTarget::PasswordReset(user) => (PASSWORD_RESET, user.uuid()),
        LinkTarget::EmailChange(user) => (EMAIL_CHANGE, user.uuid()),
    }
}

/// A member's link is that of the organization in which the recipient is told.
fn link(organization: OrganizationId, kind: &str, id: Uuid) -> Result<LinkTarget, Error> {
    match kind {
        MEMBER_INVITATION => Ok(LinkTarget::Member {
            organization,
            member: MemberId::from_uuid(id),
        }),
        PARTNERSHIP_INVITATION => Ok(LinkTarget::PartnershipInvitation(
            PartnershipInvitationId::from_uuid(id),
        )),
        PASSWORD_RESET => Ok(LinkTarget::PasswordReset(UserId::from_uuid(id))),
        EMAIL_CHANGE => Ok(LinkTarget::EmailChange(UserId::from_uuid(id))),
        _ => Err(Error::Corrupt("delivery.link_kind")),
    }
}
