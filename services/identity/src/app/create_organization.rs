//! Creates an organization below another one and invites its first owner.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateOrganizationRequest, CreateOrganizationResponse};
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, Once, organization_change};
use crate::domain::decision::Controls;
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, Standing};
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState, check_place};
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{member, organization, revision};

/// What to create.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// The organization above.
    pub parent: OrganizationId,
    /// What kind.
    pub kind: OrganizationKind,
    /// Its name.
    pub display_name: DisplayName,
    /// Where it can be written to.
    pub contact_email: Option<EmailAddress>,
    /// Who is to own it.
    pub owner_email: EmailAddress,
}

/// Creates the organization, and its first owner, who is its first legal representative, as a pending member.
///
/// # Errors
/// [`Error::Hierarchy`], [`Error::NameTaken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: CreateOrganization,
    once: Once<'_, CreateOrganizationRequest>,
) -> Result<CreateOrganizationResponse, Error> {
    let now = app.now();
    let actor = Actor::from(access);
    let mut tx = app
        .database()
        .tenant("identity.create_organization", command.parent.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let parent = organization::find(&mut tx, command.parent)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    check_place(parent.kind, command.kind)?;

    // A partner is searched by its address, so it has one from the start.
    let contact_email = command
        .contact_email
        .or_else(|| (command.kind == OrganizationKind::Partner).then(|| command.owner_email.clone()));
    let created = Organization {
        id: app.new_id(now),
        parent: Some(parent.id),
        kind: command.kind,
        state: OrganizationState::Active,
        controls: Controls::default(),
        display_name: command.display_name,
        contact_email,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    organization::add(&mut tx, &created).await?;

    // The owner belongs to the new organization, and so does what follows until the answer is kept.
    organization::enter(&mut tx, created.id).await?;
    let standing = Standing {
        role: Some(RoleRef::OWNER),
        legal_representative: true,
    };
    let owner = Member::invite(app.new_id(now), created.id, command.owner_email, standing, now);
    member::add(&mut tx, &owner).await?;
    app.announcer
        .organization(&mut tx, "organization.created", &actor, None, &created)
        .await?;
    app.announcer
        .member(&mut tx, "member.invited", &actor, None, &owner)
        .await?;

    organization::enter(&mut tx, parent.id).await?;
    let answer = CreateOrganizationResponse {
        organization: Some(convert::organization(&created)),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &[organization_change(&created)], now).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(answer)
}
