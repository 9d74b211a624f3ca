//! `OperationsService`.

use entente_contracts::identity::v1::operations_service_server::OperationsService;
use entente_contracts::identity::v1::{InspectDecisionRequest, InspectDecisionResponse};
use tonic::{Request, Response, Status};

use super::convert::decision;
use super::{SharedApp, convert};
use crate::app::explain;
use crate::domain::decision::{Need, Subject};
use crate::engine::vocabulary;
use crate::error::Error;

/// Serves whoever runs the installation.
#[derive(Debug, Clone)]
pub struct Operations {
    app: SharedApp,
}

impl Operations {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl OperationsService for Operations {
    async fn inspect_decision(
        &self,
        request: Request<InspectDecisionRequest>,
    ) -> Result<Response<InspectDecisionResponse>, Status> {
        let (subject, need) = asked(&request.into_inner())?;
        let (decided, steps) = explain::run(&self.app, &subject, need).map_err(Error::from)?;
        Ok(Response::new(InspectDecisionResponse {
            decision: Some(decision::decision(&decided)),
            steps: steps.into_iter().map(decision::step).collect(),
        }))
    }
}

fn asked(request: &InspectDecisionRequest) -> Result<(Subject, Need), Error> {
    let organization = convert::parse("organization", &request.organization)?;
    let acting = convert::parse_optional("acting_organization", &request.acting_organization)?;
    let permission = vocabulary::permission_named(&request.permission).ok_or_else(|| {
        Error::field(
            "permission",
            "is no permission: give a resource and an action, as in `product:read`",
        )
    })?;
    let need = Need {
        product: convert::parse_optional("product", &request.product)?,
        ..vocabulary::need(permission, organization)
    };
    let principal = convert::parse("user", &request.user)?;
    Ok((Subject::member(principal, acting.unwrap_or(organization)), need))
}
