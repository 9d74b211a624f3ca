//! Takes a member out: access ends before the answer, history stays.

use entente_access::Access;
use entente_contracts::identity::v1::{RemoveMemberRequest, RemoveMemberResponse};
use entente_ids::{MemberId, OrganizationId};
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::add_referrals::changes as referral_changes;
use super::sign_out::end_session;
use super::{App, Once, check_etag, member_change};
use crate::domain::decision::Change;
use crate::domain::member::{Member, MemberState, Standing, check_authority, check_remaining};
use crate::error::Error;
use crate::events::Turnover;
use crate::grpc::convert;
use crate::store::{member, referral, revision, session};

/// Whom to remove.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// Where.
    pub organization: OrganizationId,
    /// Which member.
    pub id: MemberId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Removes the member, and ends the sessions in which the person acts there. One who is removed already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: RemoveMember,
    once: Once<'_, RemoveMemberRequest>,
) -> Result<RemoveMemberResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.remove_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    // All that changes members of one organization stands in line here, so that no two take away the last two owners.
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = member::find(&mut tx, command.organization, command.id)
        .await?
        .ok_or(Error::NotFound("member"))?;
    if before.state == MemberState::Removed {
        let answer = RemoveMemberResponse {
            member: Some(convert::member(&before)),
        };
        return app.again(tx, answer).await;
    }
    check_etag(&command.etag, before.version)?;
    let leaves = access
        .person()
        .is_ok_and(|person| Some(person.user) == before.user);
    if !leaves {
        let held = app.authority(&mut tx, access, command.organization).await?;
        check_authority(held, Some(app.stake_of(&before)), None)?;
    }
    check_remaining(
        Standing::of(&before),
        None,
        member::count_others(&mut tx, &before).await?,
    )?;

    let after = Member {
        state: MemberState::Removed,
        ..before.clone()
    }
    .changed(now);
    member::update(&mut tx, &after).await?;
    let actor = Actor::from(access);
    app.announcer
        .member(&mut tx, "member.removed", &actor, Some(&before), &after)
        .await?;
    let mut changes = end_sessions(app, &mut tx, &actor, &after, now).await?;
    // The same person may come back as another member, whose list is empty.
    let clients = referral::clear(&mut tx, after.id).await?;
    app.announcer
        .referrals(&mut tx, Turnover::Removed, &actor, &after, &clients)
        .await?;
    if let Some(user) = after.user {
        changes.extend(referral_changes(
            after.organization,
            user,
            &clients,
            Turnover::Removed,
        ));
    }
    changes.extend(member_change(&after));
    let answer = RemoveMemberResponse {
        member: Some(convert::member(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

async fn end_sessions(
    app: &App,
    conn: &mut PgConnection,
    actor: &Actor,
    member: &Member,
    now: Timestamp,
) -> Result<Vec<Change>, Error> {
    let Some(user) = member.user else {
        return Ok(Vec::new());
    };
    let mut changes = Vec::new();
    for session in session::lock_alive(conn, member.organization, user, now).await? {
        changes.push(end_session(app, conn, actor, &session, now).await?);
    }
    Ok(changes)
}
