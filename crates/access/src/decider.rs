//! Who decides: identity, in its own process or over gRPC.

use std::sync::Arc;

use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::{CheckRequest, Decision, Requirement, Subject};
use entente_runtime::client::Client;
use entente_runtime::{context, status};
use tonic::{Code, Status};

use crate::Reason;

/// Decides whether somebody may do something. identity does so in memory; every other service asks it.
pub trait Decider: Send + Sync + 'static {
    /// Decides. A refusal is an answer; an error means that nobody could decide.
    fn decide(
        &self,
        subject: &Subject,
        requirement: &Requirement,
    ) -> impl Future<Output = Result<Decision, Status>> + Send;
}

impl<D: Decider> Decider for Arc<D> {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        D::decide(self, subject, requirement).await
    }
}

/// Asks identity over gRPC, each time anew: a right that was taken away is gone at the next call.
#[derive(Debug, Clone)]
pub struct RemoteDecider {
    client: DecisionServiceClient<Client>,
}

impl RemoteDecider {
    /// Asks through `identity`, whose calls carry a service's token.
    pub fn new(identity: Client) -> Self {
        Self {
            client: DecisionServiceClient::new(identity),
        }
    }
}

impl Decider for RemoteDecider {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let request = CheckRequest {
            subject: Some(subject.clone()),
            requirement: Some(requirement.clone()),
            min_revision: context::access_revision().unwrap_or_default(),
        };
        let answer = self.client.clone().check(request).await.map_err(undecided)?;
        let missing = || status::internal(anyhow::anyhow!("identity answered a check without a decision"));
        answer.into_inner().decision.ok_or_else(missing)
    }
}

/// What identity says of our call to it is not for our caller: "unauthenticated" is about this service's token.
fn undecided(status: Status) -> Status {
    match status.code() {
        Code::DeadlineExceeded => status,
        Code::Unavailable | Code::ResourceExhausted | Code::Cancelled | Code::Aborted => {
            tracing::warn!(error = ?status, "identity could not be asked for a decision");
            Reason::DecisionUnavailable.into()
        }
        Code::Ok
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => {
            status::internal(anyhow::Error::new(status).context("identity refused to decide"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_that_is_away_leaves_the_call_undecided() {
        let status = undecided(Status::unavailable("connection refused by 10.0.0.7"));

        assert_eq!(status::reason(&status).as_deref(), Some("DECISION_UNAVAILABLE"));
        assert!(!format!("{status:?}").contains("10.0.0.7"));
    }

    #[test]
    fn a_refusal_of_this_services_own_token_is_no_refusal_of_the_caller() {
        let status = undecided(Status::unauthenticated("TOKEN_INVALID"));

        assert_eq!(status.code(), Code::Internal);
    }
}
