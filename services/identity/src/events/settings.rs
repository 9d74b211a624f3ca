//! Announces what was set.

use entente_contracts::identity::events::v1::SettingsChanged;
use entente_service::{Actor, Announcement, changes};
use sqlx::PgConnection;

use super::announcer::Announcer;
use super::fields;
use crate::domain::organization::Organization;
use crate::domain::settings::Settings;
use crate::error::Error;
use crate::grpc::convert;

impl Announcer {
    /// Announces the settings of an organization, as they were and as they are, to its own trail alone.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn settings(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        organization: &Organization,
        before: &Settings,
        after: &Settings,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind: "organization.settings_updated",
            key: organization.id.to_string(),
            organizations: &[organization.id],
            changes: changes(
                Some(fields::of_settings(before)),
                Some(fields::of_settings(after)),
            ),
            payload: SettingsChanged {
                settings: Some(convert::settings(after)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.organization, actor, announcement)
            .await?)
    }
}
