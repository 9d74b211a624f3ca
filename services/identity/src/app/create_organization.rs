//! Creates an organization below another one and invites its first owner.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateOrganizationRequest, CreateOrganizationResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;
use sqlx::PgConnection;

use super::set_organization_controls::check_flags;
use super::{App, below, organization_change};
use crate::domain::decision::Controls;
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, Standing};
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState, check_place};
use crate::domain::responsible::Responsible;
use crate::domain::role::RoleRef;
use crate::domain::slug::Slug;
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
    /// Its front door; made from the name where none is given.
    pub slug: Option<Slug>,
    /// The picture at it.
    pub logo_uri: Option<String>,
    /// The folder of its files; made from the name where none is given.
    pub root_folder: Option<Slug>,
    /// What its people are held to; the operator's to give.
    pub controls: Option<Controls>,
    /// Who in the operator's house looks after it; the operator's to give.
    pub responsible: Option<Responsible>,
}

/// Creates the organization, and its first owner, who is its first legal representative, as a pending member.
///
/// # Errors
/// [`Error::Hierarchy`], [`Error::NameTaken`], [`Error::SlugTaken`], [`Error::RootFolderTaken`], [`Error::Field`], or a
/// failure beneath.
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
    let parent = app.lock_organization(&mut tx, access, command.parent).await?;
    check_place(parent.kind, command.kind)?;
    let controls = controls(&parent, &command)?;
    below::check_responsible(&mut tx, parent.id, command.responsible)
        .await
        .map_err(|error| error.within("organization"))?;
    let id: OrganizationId = app.new_id(now);
    let slug = slug(&mut tx, &command, id).await?;
    let root_folder = root_folder(&mut tx, &command, id).await?;

    // What stands in the directory of partners is searched by its address, so it has one from the start.
    let contact_email = command
        .contact_email
        .or_else(|| command.kind.is_external().then(|| command.owner_email.clone()));
    let created = Organization {
        id,
        parent: Some(parent.id),
        kind: command.kind,
        state: OrganizationState::Active,
        controls,
        slug,
        logo_uri: command.logo_uri,
        root_folder,
        responsible: command.responsible,
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

/// The operator gives what it likes; below anybody else a partner's container is held to what its parent is held to.
fn controls(parent: &Organization, command: &CreateOrganization) -> Result<Controls, Error> {
    if parent.kind == OrganizationKind::Operator {
        let controls = command.controls.clone().unwrap_or_default();
        check_flags(command.kind, &controls).map_err(|error| error.within("organization"))?;
        return Ok(controls);
    }
    let operators = |field| Err(Error::field(field, "is the operator's to give: leave it out"));
    if command.controls.is_some() {
        return operators("organization.controls");
    }
    if command.responsible.is_some() {
        return operators("organization.responsible");
    }
    if !command.kind.is_external() {
        return Ok(Controls::default());
    }
    Ok(Controls {
        ceiling: parent.controls.ceiling,
        delegation: parent.controls.delegation,
        second_factor_required: parent.controls.second_factor_required,
        ..Controls::default()
    })
}

async fn slug(
    conn: &mut PgConnection,
    command: &CreateOrganization,
    id: OrganizationId,
) -> Result<Slug, Error> {
    if let Some(slug) = &command.slug {
        return Ok(slug.clone());
    }
    let made = Slug::of(command.display_name.as_str(), &id.to_string());
    if organization::has_slug(conn, &made).await? {
        return Ok(made.told_apart(&id.to_string()));
    }
    Ok(made)
}

async fn root_folder(
    conn: &mut PgConnection,
    command: &CreateOrganization,
    id: OrganizationId,
) -> Result<Slug, Error> {
    if let Some(folder) = &command.root_folder {
        return Ok(folder.clone());
    }
    let made = Slug::of(command.display_name.as_str(), &id.to_string());
    if organization::has_root_folder(conn, Some(command.parent), &made).await? {
        return Ok(made.told_apart(&id.to_string()));
    }
    Ok(made)
}
