//! Organizations.

use entente_ids::OrganizationId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{responsible, responsible_columns, word};
use crate::domain::decision::{Controls, PermissionSet};
use crate::domain::email::EmailAddress;
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind};
use crate::domain::slug::Slug;
use crate::error::Error;

struct Row {
    id: Uuid,
    parent_id: Option<Uuid>,
    kind: String,
    state: String,
    display_name: String,
    contact_email: Option<String>,
    slug: String,
    logo_uri: Option<String>,
    root_folder: String,
    responsible_user_id: Option<Uuid>,
    responsible_group_id: Option<Uuid>,
    responsible_copied: bool,
    ceiling: Option<Json<PermissionSet>>,
    delegation: Vec<String>,
    second_factor: String,
    second_factor_required: bool,
    modules_off: Vec<String>,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Organization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            parent: row.parent_id.map(OrganizationId::from_uuid),
            kind: word("organization.kind", &row.kind)?,
            state: word("organization.state", &row.state)?,
            controls: controls(
                row.ceiling,
                row.delegation,
                &row.second_factor,
                row.second_factor_required,
                row.modules_off,
            )?,
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("organization.display_name"))?,
            contact_email: row.contact_email.as_deref().map(EmailAddress::new),
            slug: word("organization.slug", &row.slug)?,
            logo_uri: row.logo_uri,
            root_folder: word("organization.root_folder", &row.root_folder)?,
            responsible: responsible(
                row.responsible_user_id,
                row.responsible_group_id,
                row.responsible_copied,
            ),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, parent_id, kind, state, display_name, contact_email, slug, logo_uri, root_folder,
                 responsible_user_id, responsible_group_id, responsible_copied, ceiling as "ceiling: Json<PermissionSet>",
                 delegation, second_factor, second_factor_required, modules_off, version, created_at, updated_at
               from identity.organization "# + $rest
            $(, $argument)*
        )
    };
}

/// What an organization's people are held to, from its columns.
pub(super) fn controls(
    ceiling: Option<Json<PermissionSet>>,
    delegation: Vec<String>,
    second_factor: &str,
    second_factor_required: bool,
    modules_off: Vec<String>,
) -> Result<Controls, Error> {
    Ok(Controls {
        ceiling: ceiling.map(|ceiling| ceiling.0),
        delegation: delegation
            .try_into()
            .map_err(|_| Error::Corrupt("organization.delegation"))?,
        second_factor: word("organization.second_factor", second_factor)?,
        second_factor_required,
        modules_off: modules_off
            .try_into()
            .map_err(|_| Error::Corrupt("organization.modules_off"))?,
    })
}

/// Binds the transaction to an organization, from here on.
///
/// # Errors
/// When the database fails.
pub async fn enter(conn: &mut PgConnection, organization: OrganizationId) -> Result<(), Error> {
    sqlx::query!(
        "select set_config('entente.organization', $1, true)",
        organization.uuid().to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Reads an organization, unless it was deleted.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>, Error> {
    let row = select!("where id = $1 and state <> 'deleted'", id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads an organization and keeps everybody else from changing it, or its members, until the transaction ends. What
/// only refers to it goes on: people sign in meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>, Error> {
    let row = select!(
        "where id = $1 and state <> 'deleted' for no key update",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads the operator and keeps everybody else from changing it, if there is one yet.
///
/// # Errors
/// When the database fails.
pub async fn lock_operator(conn: &mut PgConnection) -> Result<Option<Organization>, Error> {
    let row = select!("where kind = 'operator' for no key update")
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Which children to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this kind.
    pub kind: Option<OrganizationKind>,
    /// Only those whose name contains this, as a key; empty means all.
    pub name: String,
}

/// Lists the organizations directly below a parent by name, after the one whose name has this key.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    parent: OrganizationId,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Organization>, Error> {
    let rows = select!(
        "where parent_id = $1 and state <> 'deleted' and ($2::text is null or kind = $2)
           and position($3 in name_key) > 0 and name_key > $4
         order by name_key limit $5",
        parent.uuid(),
        filter.kind.map(OrganizationKind::as_str),
        &filter.name,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Reads the organization behind a front door, unless it was deleted. For the worker: who stands there hasn't signed in.
///
/// # Errors
/// When the database fails.
pub async fn lookup(conn: &mut PgConnection, slug: &Slug) -> Result<Option<Organization>, Error> {
    let row = select!("where slug = $1 and state <> 'deleted'", slug.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the sub-partners of a partner, in one order for everybody who locks them.
///
/// # Errors
/// When the database fails.
pub async fn list_sub_partners(
    conn: &mut PgConnection,
    parent: OrganizationId,
) -> Result<Vec<OrganizationId>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from identity.organization where parent_id = $1 and kind = 'sub_partner' and state <> 'deleted'
         order by id",
        parent.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrganizationId::from_uuid).collect())
}

/// Whether some organization has this front door.
///
/// # Errors
/// When the database fails.
pub async fn has_slug(conn: &mut PgConnection, slug: &Slug) -> Result<bool, Error> {
    let taken = sqlx::query_scalar!(r#"select identity.slug_taken($1) as "taken!""#, slug.as_str())
        .fetch_one(conn)
        .await?;
    Ok(taken)
}

/// Whether anything stands directly below an organization.
///
/// # Errors
/// When the database fails.
pub async fn has_children(conn: &mut PgConnection, id: OrganizationId) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from identity.organization where parent_id = $1 and state <> 'deleted') as "found!""#,
        id.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// Whether an organization directly below this one has, or had, that folder.
///
/// # Errors
/// When the database fails.
pub async fn has_root_folder(
    conn: &mut PgConnection,
    parent: Option<OrganizationId>,
    folder: &Slug,
) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from identity.organization where parent_id = $1 and root_folder = $2) as "found!""#,
        parent.map(OrganizationId::uuid),
        folder.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// Adds an organization.
///
/// # Errors
/// [`Error::NameTaken`], [`Error::SlugTaken`], [`Error::RootFolderTaken`], [`Error::OperatorExists`], or when the database
/// fails.
pub async fn add(conn: &mut PgConnection, organization: &Organization) -> Result<(), Error> {
    let (user, group, copied) = responsible_columns(organization.responsible);
    sqlx::query!(
        "insert into identity.organization
           (id, parent_id, kind, state, display_name, name_key, contact_email, version, created_at, updated_at,
            ceiling, delegation, second_factor, second_factor_required, modules_off, slug, logo_uri, root_folder,
            responsible_user_id, responsible_group_id, responsible_copied, name_look)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        organization.id.uuid(),
        organization.parent.map(OrganizationId::uuid),
        organization.kind.as_str(),
        organization.state.as_str(),
        organization.display_name.as_str(),
        organization.display_name.key(),
        organization.contact_email.as_ref().map(EmailAddress::as_str),
        organization.version,
        organization.created_at.to_sqlx(),
        organization.controls.ceiling.map(Json) as _,
        &organization.controls.delegation.words(),
        organization.controls.second_factor.as_str(),
        organization.controls.second_factor_required,
        &organization.controls.modules_off.words(),
        organization.slug.as_str(),
        organization.logo_uri,
        organization.root_folder.as_str(),
        user,
        group,
        copied,
        organization.display_name.look(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of an organization.
///
/// # Errors
/// [`Error::NameTaken`], [`Error::SlugTaken`], or when the database fails.
pub async fn update(conn: &mut PgConnection, organization: &Organization) -> Result<(), Error> {
    let (user, group, copied) = responsible_columns(organization.responsible);
    sqlx::query!(
        "update identity.organization
         set state = $2, display_name = $3, name_key = $4, contact_email = $5, version = $6, updated_at = $7,
             ceiling = $8, delegation = $9, second_factor = $10, second_factor_required = $11, modules_off = $12,
             slug = $13, logo_uri = $14, responsible_user_id = $15, responsible_group_id = $16,
             responsible_copied = $17, name_look = $18
         where id = $1",
        organization.id.uuid(),
        organization.state.as_str(),
        organization.display_name.as_str(),
        organization.display_name.key(),
        organization.contact_email.as_ref().map(EmailAddress::as_str),
        organization.version,
        organization.updated_at.to_sqlx(),
        organization.controls.ceiling.map(Json) as _,
        &organization.controls.delegation.words(),
        organization.controls.second_factor.as_str(),
        organization.controls.second_factor_required,
        &organization.controls.modules_off.words(),
        organization.slug.as_str(),
        organization.logo_uri,
        user,
        group,
        copied,
        organization.display_name.look(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("organization_name_key" | "organization_name_look") => Error::NameTaken,
        Some("organization_slug") => Error::SlugTaken,
        Some("organization_root_folder") => Error::RootFolderTaken,
        Some("organization_operator") => Error::OperatorExists,
        Some(_) | None => error.into(),
    }
}
