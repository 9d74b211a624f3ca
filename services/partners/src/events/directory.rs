//! Keeps what is known of organizations as identity announces it, and the names that invitations and partnerships carry.
//! When one is deleted, the end of its partnerships begins; [`crate::app::recover_partnerships`] finishes it.

use async_trait::async_trait;
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_contracts::identity::v1::{
    Organization as Announced, OrganizationState as AnnouncedState, OrganizationType,
};
use entente_events::{Event, EventHandler, HandlerError, Received};
use entente_runtime::clock::SharedClock;
use jiff::Timestamp;
use prost::Message as _;
use sqlx::PgConnection;

use crate::domain::organization::{Organization, OrganizationKind, OrganizationState};
use crate::domain::partnership::Intent;
use crate::error::Error;
use crate::store;

/// The group of consumers.
pub const GROUP: &str = "partners.directory";

/// What it hears.
pub const HEARD: &str = "entente.identity.organization.v1";

/// The effect: what is stored of organizations.
#[derive(Clone)]
pub struct Directory {
    clock: SharedClock,
}

impl Directory {
    /// Keeps it as of this clock.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl EventHandler for Directory {
    fn uses(&self, kind: &str) -> bool {
        matches!(
            kind,
            "organization.created"
                | "organization.updated"
                | "organization.suspended"
                | "organization.resumed"
                | "organization.deleted"
        )
    }

    async fn handle(&self, conn: &mut PgConnection, received: &Received) -> Result<(), HandlerError> {
        let changed = OrganizationChanged::decode(received.event.payload.as_slice())
            .map_err(HandlerError::permanent)?;
        let announced = changed
            .organization
            .ok_or_else(|| HandlerError::permanent("the event has no organization"))?;
        let organization = known(&announced).map_err(HandlerError::permanent)?;
        store(conn, &organization).await.map_err(failed)?;
        if organization.state == OrganizationState::Deleted {
            self.end_all(conn, &organization, &received.event)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

impl Directory {
    /// Access has ended with the organization; what is left is to say so, in the name of who deleted it.
    async fn end_all(
        &self,
        conn: &mut PgConnection,
        organization: &Organization,
        event: &Event,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        for mut partnership in store::partnership::lock_running(conn, organization.id).await? {
            let intent = Intent {
                actor: event.actor.clone(),
                on_behalf_of: event.on_behalf_of.clone(),
                request_id: event.request_id.clone(),
                traceparent: event.traceparent.clone(),
                due_at: now,
            };
            if partnership.end(intent, now)? {
                store::partnership::update(conn, &partnership).await?;
            }
        }
        Ok(())
    }
}

/// The organization first: whoever invites holds its row, so that no invitation keeps a name that has just changed.
async fn store(conn: &mut PgConnection, organization: &Organization) -> Result<(), Error> {
    store::organization::put(conn, organization).await?;
    store::invitation::rename(conn, &organization.party()).await?;
    store::partnership::rename(conn, &organization.party()).await
}

fn known(announced: &Announced) -> Result<Organization, String> {
    Ok(Organization {
        id: announced
            .id
            .parse()
            .map_err(|error| format!("{}: {error}", announced.id))?,
        kind: kind(announced.r#type()).ok_or_else(|| format!("{} has no type", announced.id))?,
        state: state(announced.state()).ok_or_else(|| format!("{} has no state", announced.id))?,
        display_name: announced.display_name.clone(),
        contact_email: announced.contact_email.clone(),
    })
}

fn kind(kind: OrganizationType) -> Option<OrganizationKind> {
    match kind {
        OrganizationType::Unspecified => None,
        OrganizationType::Operator => Some(OrganizationKind::Operator),
        OrganizationType::Partner => Some(OrganizationKind::Partner),
        OrganizationType::SubPartner => Some(OrganizationKind::SubPartner),
        OrganizationType::Affiliate => Some(OrganizationKind::Affiliate),
        OrganizationType::DirectClient => Some(OrganizationKind::DirectClient),
        OrganizationType::Client => Some(OrganizationKind::Client),
    }
}

fn state(state: AnnouncedState) -> Option<OrganizationState> {
    match state {
        AnnouncedState::Unspecified => None,
        AnnouncedState::Active => Some(OrganizationState::Active),
        AnnouncedState::Suspended => Some(OrganizationState::Suspended),
        AnnouncedState::Deleted => Some(OrganizationState::Deleted),
    }
}

fn failed(error: Error) -> HandlerError {
    let passes = matches!(
        &error,
        Error::Database(entente_pg::Error::Unavailable(_) | entente_pg::Error::Conflict(_))
    );
    if passes {
        HandlerError::transient(error)
    } else {
        HandlerError::permanent(error)
    }
}
