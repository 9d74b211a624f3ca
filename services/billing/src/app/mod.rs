//! The use cases.

pub mod get_billing_account;
pub mod open_account;
pub mod push_gates;
pub mod update_billing_account;

use entente_contracts::access::v1::Gate;
use entente_contracts::identity::v1::PutGateRequest;
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_events::Topic;
use entente_runtime::client::Client;
use entente_service::Context;
use jiff::Timestamp;

use crate::domain::account::Account;
use crate::error::Error;
use crate::{events, store};

/// What the use cases work with. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    context: Context,
    topic: Topic,
    identity: DecisionServiceClient<Client>,
}

impl App {
    /// Takes what it needs from the service's context.
    ///
    /// # Errors
    /// When it isn't configured where identity is.
    pub fn new(context: Context) -> anyhow::Result<Self> {
        let identity = DecisionServiceClient::new(context.peers.client("identity")?);
        Ok(Self {
            context,
            topic: events::topic()?,
            identity,
        })
    }

    /// The time, to the microsecond, as it is stored and read back.
    fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// Tells identity of an account's gate, then notes that it knows.
    ///
    /// # Errors
    /// [`Error::Gate`] when identity doesn't take it; the recovery tells it again.
    async fn push_gate(&self, account: &Account) -> Result<(), Error> {
        let missing = account.missing();
        let request = PutGateRequest {
            organization: account.organization.to_string(),
            gate: Gate::BillingSetUp.into(),
            open: missing.is_empty(),
            missing: missing.into_iter().map(str::to_owned).collect(),
            version: account.gate.version,
        };
        self.identity
            .clone()
            .put_gate(request)
            .await
            .map_err(Error::Gate)?;
        let mut tx = self
            .context
            .database
            .tenant("billing.mark_gate_pushed", account.organization.uuid())
            .await?;
        store::account::mark_pushed(&mut tx, account.organization, account.gate.version).await?;
        Ok(tx.commit().await?)
    }
}
