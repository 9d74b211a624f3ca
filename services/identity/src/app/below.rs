//! Organizations below another one, however far: who stands above changes them in their own transaction.

use entente_access::Access;
use entente_ids::OrganizationId;
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::Action;
use crate::domain::member::Authority;
use crate::domain::organization::{Organization, OrganizationKind};
use crate::domain::responsible::{Party, Responsible};
use crate::engine::vocabulary;
use crate::error::Error;
use crate::store::{group_lookup, member, organization};

/// Where somebody stands who changes organizations below. It is locked: what they hold there stays until the transaction
/// ends.
#[derive(Debug)]
pub(super) struct Above<'a> {
    app: &'a App,
    access: &'a Access,
    id: OrganizationId,
}

impl<'a> Above<'a> {
    /// Locks the organization in which the caller acts.
    ///
    /// # Errors
    /// Those of [`App::lock_organization`], or a failure of the database.
    pub(super) async fn lock(
        app: &'a App,
        conn: &mut PgConnection,
        access: &'a Access,
        id: OrganizationId,
    ) -> Result<Self, Error> {
        app.lock_organization(conn, access, id).await?;
        Ok(Self { app, access, id })
    }

    /// Locks the operator, for one of its own people.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization or somebody from outside, those of [`App::lock_organization`], or a
    /// failure of the database.
    pub(super) async fn lock_operator(
        app: &'a App,
        conn: &mut PgConnection,
        access: &'a Access,
        id: OrganizationId,
    ) -> Result<Self, Error> {
        let own = access.person().is_ok_and(|person| person.organization == id);
        organization::find(conn, id)
            .await?
            .filter(|found| own && found.kind == OrganizationKind::Operator)
            .ok_or(Error::NotFound("organization"))?;
        Self::lock(app, conn, access, id).await
    }

    /// What the caller holds there.
    ///
    /// # Errors
    /// A failure of the database.
    pub(super) async fn authority(&self, conn: &mut PgConnection) -> Result<Option<Authority>, Error> {
        self.app.authority(conn, self.access, self.id).await
    }

    /// Checks that the caller may do this to organizations below. Who may do it to those only, as technical managers,
    /// holds it where they act for others.
    ///
    /// # Errors
    /// [`Error::PermissionMissing`], or a failure of the database.
    pub(super) async fn check_power(&self, conn: &mut PgConnection, action: Action) -> Result<(), Error> {
        let held = self.authority(conn).await?;
        let permission = vocabulary::on_organizations(action).ok_or(Error::PermissionMissing)?;
        held.map(|held| self.app.engine.in_force(self.id, held.rights))
            .filter(|rights| rights.home.contains(permission) || rights.clients.contains(permission))
            .map(|_| ())
            .ok_or(Error::PermissionMissing)
    }

    /// Enters an organization below, and locks it: from here on the transaction is that organization's.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it stands elsewhere, [`Error::MandateEnded`] for a client that has left all between, or a
    /// failure of the database.
    pub(super) async fn enter(
        &self,
        conn: &mut PgConnection,
        id: OrganizationId,
    ) -> Result<Organization, Error> {
        let above = self.find_between(conn, id).await?;
        organization::enter(conn, id).await?;
        let found = organization::lock(conn, id)
            .await?
            .ok_or(Error::NotFound("organization"))?;
        if self.app.engine.has_left(id, &above, self.app.now()) {
            return Err(Error::MandateEnded);
        }
        Ok(found)
    }

    /// Who stands above the organization, up to where the caller acts.
    async fn find_between(
        &self,
        conn: &mut PgConnection,
        id: OrganizationId,
    ) -> Result<Vec<OrganizationId>, Error> {
        let mut above = Vec::new();
        let mut step = Some(id).filter(|id| *id != self.id);
        while let Some(place) = step {
            organization::enter(conn, place).await?;
            let found = organization::find(conn, place).await?;
            step = found.and_then(|found| found.parent);
            above.extend(step);
            if step == Some(self.id) {
                return Ok(above);
            }
        }
        Err(Error::NotFound("organization"))
    }
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
