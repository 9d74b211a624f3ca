//! What happens to the accounts of people. It stands in the trail of every organization that they are in.

use entente_contracts::identity::events::v1::AccountChanged;
use entente_ids::OrganizationId;
use entente_service::{Actor, Announcement, changes};
use sqlx::PgConnection;

use super::{Announcer, fields};
use crate::error::Error;
use crate::grpc::convert;
use crate::store::member;
use crate::store::user_account::Account;

impl Announcer {
    /// Announces an account, as it is, and as it was where the profile differs.
    ///
    /// # Errors
    /// [`Error::Announce`] or a failure of the database: the transaction must be rolled back.
    pub async fn account(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Account>,
        after: &Account,
    ) -> Result<(), Error> {
        let memberships = member::list_memberships(conn, after.id).await?;
        let concerned: Vec<OrganizationId> = memberships.iter().map(|place| place.organization).collect();
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &concerned,
            changes: before
                .map(|before| changes(Some(fields::of_account(before)), Some(fields::of_account(after))))
                .unwrap_or_default(),
            payload: AccountChanged {
                profile: Some(convert::profile(after)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.account, actor, announcement)
            .await?)
    }
}
