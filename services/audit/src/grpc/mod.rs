//! The calls.

mod convert;
mod json;

use entente_contracts::audit::v1::audit_service_server::AuditService;
use entente_contracts::audit::v1::{
    GetAuditEventRequest, GetAuditEventResponse, ListAuditEventsRequest, ListAuditEventsResponse,
};
use entente_pg::Database;
use tonic::{Request, Response, Status};

use crate::app::get_audit_event::get_audit_event;
use crate::app::list_audit_events::list_audit_events;

/// The handlers of `AuditService`.
#[derive(Debug)]
pub struct Handlers {
    database: Database,
}

impl Handlers {
    /// Handlers that read this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[tonic::async_trait]
impl AuditService for Handlers {
    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let command = convert::list(request.get_ref())?;
        let (events, next_page_token) = list_audit_events(&self.database, command).await?;
        let events = events.into_iter().map(convert::event).collect::<Result<_, _>>()?;
        Ok(Response::new(ListAuditEventsResponse {
            events,
            next_page_token,
        }))
    }

    async fn get_audit_event(
        &self,
        request: Request<GetAuditEventRequest>,
    ) -> Result<Response<GetAuditEventResponse>, Status> {
        let (organization, event) = convert::get(request.get_ref())?;
        let event = get_audit_event(&self.database, organization, event).await?;
        Ok(Response::new(GetAuditEventResponse {
            event: Some(convert::event(event)?),
        }))
    }
}
