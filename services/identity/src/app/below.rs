//! Organizations below another one, however far: who stands above changes them in their own transaction.

use entente_access::Access;
use entente_ids::OrganizationId;
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::Action;
use crate::domain::organization::{Organization, OrganizationKind};
use crate::domain::responsible::{Party, Responsible};
use crate::engine::vocabulary;
use crate::error::Error;
use crate::store::{group_lookup, member, organization};

/// Checks that the organization is the operator, and that the caller acts as one of its own people.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub(super) async fn operator(
    conn: &mut PgConnection,
    access: &Access,
    id: OrganizationId,
) -> Result<Organization, Error> {
    let own = access.person().is_ok_and(|person| person.organization == id);
    organization::find(conn, id)
        .await?
        .filter(|found| own && found.kind == OrganizationKind::Operator)
        .ok_or(Error::NotFound("organization"))
}

/// Checks that the caller may do this to organizations below their own. Who may do it to those only, as technical managers,
/// holds it where they act for others.
///
/// # Errors
/// [`Error::PermissionMissing`], or a failure of the database.
pub(super) async fn check_power_below(
    app: &App,
    conn: &mut PgConnection,
    access: &Access,
    above: OrganizationId,
    action: Action,
) -> Result<(), Error> {
    let held = app.authority(conn, access, above).await?;
    let permission = vocabulary::on_organizations(action).ok_or(Error::PermissionMissing)?;
    held.map(|held| app.engine.in_force(above, held.rights))
        .filter(|rights| rights.home.contains(permission) || rights.clients.contains(permission))
        .map(|_| ())
        .ok_or(Error::PermissionMissing)
}

/// Enters an organization below another one, and locks it: from here on the transaction is that organization's. The one
/// above is locked first, where the caller's own right is.
///
/// # Errors
/// [`Error::NotFound`] where it stands elsewhere, those of [`App::lock_organization`], or a failure of the database.
pub(super) async fn enter(
    app: &App,
    conn: &mut PgConnection,
    access: &Access,
    above: OrganizationId,
    id: OrganizationId,
) -> Result<Organization, Error> {
    app.lock_organization(conn, access, above).await?;
    let mut step = Some(id).filter(|id| *id != above);
    while let Some(place) = step {
        organization::enter(conn, place).await?;
        let found = organization::find(conn, place).await?;
        step = found.and_then(|found| found.parent);
        if step == Some(above) {
            organization::enter(conn, id).await?;
            return organization::lock(conn, id)
                .await?
                .ok_or(Error::NotFound("organization"));
        }
    }
    Err(Error::NotFound("organization"))
}

/// Checks that a responsible party is one of the operator's (domain row 2). The transaction is the operator's.
///
/// # Errors
/// [`Error::Field`], or a failure of the database.
pub(super) async fn check_responsible(
    conn: &mut PgConnection,
    operator: OrganizationId,
    responsible: Option<Responsible>,
) -> Result<(), Error> {
    let internal = match responsible.map(|responsible| responsible.party) {
        None => true,
        Some(Party::User(user)) => member::find_active(conn, operator, user).await?.is_some(),
        Some(Party::Group(group)) => group_lookup::is_of(conn, operator, group).await?,
    };
    if internal {
        return Ok(());
    }
    Err(Error::field(
        "responsible.party",
        "is nobody of the operator: name one of its active members, or one of its groups",
    ))
}
