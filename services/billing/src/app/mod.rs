//! The use cases.

pub mod get_billing_account;
pub mod open_account;
pub mod push_gates;
pub mod update_billing_account;

use entente_contracts::access::v1::Gate;
use entente_contracts::identity::v1::PutGateRequest;
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_envelope::{Envelope, Place};
use entente_events::Topic;
use entente_runtime::client::Client;
use entente_service::Context;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::domain::account::{Account, Token};
use crate::error::Error;
use crate::store::account::StoredToken;
use crate::{events, store};

/// What the use cases work with. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    context: Context,
    topic: Topic,
    identity: DecisionServiceClient<Client>,
    envelope: Envelope,
}

impl App {
    /// Takes what it needs from the service's context.
    ///
    /// # Errors
    /// When it isn't configured where identity is.
    pub fn new(context: Context, envelope: Envelope) -> anyhow::Result<Self> {
        let identity = DecisionServiceClient::new(context.peers.client("identity")?);
        Ok(Self {
            context,
            topic: events::topic()?,
            identity,
            envelope,
        })
    }

    /// The time, to the microsecond, as it is stored and read back.
    fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// What becomes of an account's token, as it is stored.
    ///
    /// # Errors
    /// [`Error::Envelope`] by a fault of ours.
    fn seal(&self, account: &Account, token: &Token) -> Result<StoredToken, Error> {
        Ok(match token {
            Token::Kept => StoredToken::Kept,
            Token::Removed => StoredToken::Removed,
            Token::Set(token) => {
                let place = Place {
                    purpose: "billing payment token",
                    tenant: account.organization.uuid(),
                    record: account.organization.uuid(),
                };
                StoredToken::Set(self.envelope.seal(place, token.expose_secret().as_bytes())?)
            }
        })
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
