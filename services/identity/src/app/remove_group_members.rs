//! Takes members and service accounts out of a group.

use entente_access::Access;
use entente_contracts::identity::v1::{RemoveGroupMembersRequest, RemoveGroupMembersResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::App;
use super::add_group_members::{GroupMembers, changes, reread};
use crate::error::Error;
use crate::events::Turnover;
use crate::grpc::convert::messages;
use crate::store::{group, revision};

/// Takes them out. What the group gave them is gone when this returns.
///
/// # Errors
/// [`Error::NotFound`] for the group, [`Error::Member`] for roles that the caller can't take away, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: GroupMembers,
    once: Once<'_, RemoveGroupMembersRequest>,
) -> Result<RemoveGroupMembersResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.remove_group_members", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = group::find(&mut tx, command.organization, command.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_held(own, command.organization, &before.roles)?;

    let removed = group::take_out(&mut tx, &before, &command.insiders).await?;
    let actor = Actor::from(access);
    app.announcer
        .group_members(&mut tx, Turnover::Removed, &actor, &before, &removed)
        .await?;
    let after = reread(&mut tx, &before).await?;
    let answer = RemoveGroupMembersResponse {
        group: Some(messages::group(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    let changes = changes(&mut tx, command.organization, &removed).await?;
    if changes.is_empty() {
        return app.again(tx, answer).await;
    }
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
