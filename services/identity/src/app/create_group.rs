//! Makes an empty group.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateGroupRequest, CreateGroupResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::App;
use super::giving::group_change;
use crate::domain::group::Group;
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::{group, revision};

/// What to make.
#[derive(Debug, Clone)]
pub struct CreateGroup {
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// What its members are to have.
    pub roles: Vec<RoleRef>,
}

/// Makes the group.
///
/// # Errors
/// [`Error::Member`] for roles that the caller can't give, [`Error::Taken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: CreateGroup,
    once: Once<'_, CreateGroupRequest>,
) -> Result<CreateGroupResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.create_group", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_given(own, command.organization, &command.roles)?;
    let made = Group {
        id: app.new_id(now),
        organization: command.organization,
        display_name: command.display_name,
        description: command.description,
        roles: command.roles,
        member_count: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    group::add(&mut tx, &made).await?;
    let actor = Actor::from(access);
    app.announcer
        .group(&mut tx, "group.created", &actor, None, Some(&made))
        .await?;
    let answer = CreateGroupResponse {
        group: Some(messages::group(&made)),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &[group_change(&made)], now).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(answer)
}
