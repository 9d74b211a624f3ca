//! Keeps what is known of organizations as identity announces it, and the names that invitations and partnerships carry.
//! When a partner creates a client, it is noted that their partnership is to start;
//! [`crate::app::start_for_new_clients`] begins it. When an organization is deleted, the end of its partnerships begins;
//! [`crate::app::recover_partnerships`] finishes it.

use std::sync::Arc;

use async_trait::async_trait;
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_contracts::identity::v1::{
    Organization as Announced, OrganizationState as AnnouncedState, OrganizationType,
};
use entente_events::{Event, EventHandler, HandlerError, Received};
use prost::Message as _;
use sqlx::PgConnection;

use crate::app::App;
use crate::app::begin_end::begin_end;
use crate::domain::organization::{NewClient, Organization, OrganizationKind, OrganizationState};
use crate::domain::partnership::Intent;
use crate::error::Error;
use crate::store;

/// The group of consumers.
pub const GROUP: &str = "partners.directory";

/// What it hears.
pub const HEARD: &str = "entente.identity.organization.v1";

const CREATED: &str = "organization.created";

/// The effect: what is stored of organizations.
#[derive(Clone, Debug)]
pub struct Directory {
    app: Arc<App>,
}

impl Directory {
    /// Keeps it, with what the use cases work with.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[async_trait]
impl EventHandler for Directory {
    fn uses(&self, kind: &str) -> bool {
        matches!(
            kind,
            CREATED
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
        let new = new_client(&organization, &announced, &received.event).map_err(HandlerError::permanent)?;
        if let Some(new) = new {
            store::new_client::add(conn, &new).await.map_err(failed)?;
        }
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
        let now = self.app.now();
        for mut partnership in store::partnership::lock_running(conn, organization.id).await? {
            let intent = Intent {
                actor: event.actor.clone(),
                on_behalf_of: event.on_behalf_of.clone(),
                request_id: event.request_id.clone(),
                traceparent: event.traceparent.clone(),
                due_at: now,
            };
            begin_end(&self.app, conn, &mut partnership, intent).await?;
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

/// Being the parent grants nothing by itself, and nobody but a partner is one of a client: what the partner may do begins as
/// a partnership like any other.
fn new_client(
    organization: &Organization,
    announced: &Announced,
    event: &Event,
) -> Result<Option<NewClient>, String> {
    if event.kind != CREATED || organization.kind != OrganizationKind::Client {
        return Ok(None);
    }
    let partner = announced.parent.parse();
    Ok(Some(NewClient {
        client: organization.id,
        partner: partner.map_err(|error| format!("the parent of {}: {error}", announced.id))?,
        actor: event.actor.clone(),
        on_behalf_of: event.on_behalf_of.clone(),
        request_id: event.request_id.clone(),
        traceparent: event.traceparent.clone(),
    }))
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
