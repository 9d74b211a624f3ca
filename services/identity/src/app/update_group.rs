//! Changes a group, and with its roles what all who are in it may do.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateGroupRequest, UpdateGroupResponse};
use entente_idempotency::Once;
use entente_ids::{GroupId, OrganizationId};
use entente_service::Actor;

use super::giving::group_change;
use super::{App, check_etag};
use crate::domain::group::Group;
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::{group, revision};

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateGroup {
    /// Where.
    pub organization: OrganizationId,
    /// Which group.
    pub id: GroupId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new name, if that changes.
    pub display_name: Option<DisplayName>,
    /// What it is for, if that changes.
    pub description: Option<String>,
    /// Its roles, if they change.
    pub roles: Option<Vec<RoleRef>>,
}

/// Changes the group. What it takes away is gone when this returns.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`] for roles that the caller can't give or take away,
/// [`Error::Taken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateGroup,
    once: Once<'_, UpdateGroupRequest>,
) -> Result<UpdateGroupResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.update_group", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = group::find(&mut tx, command.organization, command.id)
        .await?
        .ok_or(Error::NotFound("group"))?;
    check_etag(&command.etag, before.version)?;
    let roles = command.roles.unwrap_or_else(|| before.roles.clone());
    let (added, removed) = (without(&roles, &before.roles), without(&before.roles, &roles));
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_given(own, command.organization, &added)?;
    app.check_held(own, command.organization, &removed)?;

    let mut after = Group {
        display_name: command
            .display_name
            .unwrap_or_else(|| before.display_name.clone()),
        description: command.description.unwrap_or_else(|| before.description.clone()),
        roles,
        ..before.clone()
    };
    if after != before {
        after = after.changed(now);
        group::update(&mut tx, &after).await?;
        let actor = Actor::from(access);
        app.announcer
            .group(&mut tx, "group.updated", &actor, Some(&before), Some(&after))
            .await?;
    }
    let answer = UpdateGroupResponse {
        group: Some(messages::group(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    if added.is_empty() && removed.is_empty() {
        return app.again(tx, answer).await;
    }
    let revision = revision::append(&mut tx, &[group_change(&after)], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

/// The roles that the others lack.
fn without(roles: &[RoleRef], others: &[RoleRef]) -> Vec<RoleRef> {
    let mut left = roles.to_vec();
    left.retain(|role| !others.contains(role));
    left
}
