//! What was decided before a write began still holds when it writes.

use entente_access::{Access, Asked};
use entente_ids::OrganizationId;
use sqlx::PgConnection;

use super::{App, check};
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::grpc::convert::decision;
use crate::store::{organization, revision};

impl App {
    /// Locks the organization's row, in whose line all stand that change access in it, and then holds what the guard
    /// decided against all that has changed since: the caller's own right may be gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an organization that isn't there, [`Error::Denied`] when the right is gone,
    /// [`Error::AccessChanged`] when that can't be found out.
    pub(super) async fn lock_organization(
        &self,
        conn: &mut PgConnection,
        access: &Access,
        organization: OrganizationId,
    ) -> Result<Organization, Error> {
        let locked = organization::lock(conn, organization)
            .await?
            .ok_or(Error::NotFound("organization"))?;
        if let Some(asked) = &access.asked {
            self.decide_again(conn, asked, access.revision).await?;
        }
        Ok(locked)
    }

    /// Any change since counts, not only one of this organization: the right may come from elsewhere, and to decide
    /// costs less than to find out.
    async fn decide_again(
        &self,
        conn: &mut PgConnection,
        asked: &Asked,
        decided_on: i64,
    ) -> Result<(), Error> {
        let current = revision::current(conn).await?;
        if current.number() <= decided_on {
            return Ok(());
        }
        let subject = decision::subject(Some(&asked.subject))?;
        let requirement = decision::requirement(Some(&asked.requirement))?;
        let unknown = |_| Error::AccessChanged;
        self.engine.reach(current).await.map_err(unknown)?;
        let now = self.context.clock.now();
        let decided = check::run(&self.engine, &subject, &requirement, now).map_err(unknown)?;
        if decided.outcome.is_err() {
            return Err(Error::Denied(Box::new(decision::decision(&decided))));
        }
        Ok(())
    }
}
