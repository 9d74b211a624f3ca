//! What billing announces, and what it hears.

use async_trait::async_trait;
use entente_contracts::billing::events::v1::BillingAccountChanged;
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_events::{AppendError, Change, EventHandler, HandlerError, InvalidTopic, Received, Topic};
use entente_runtime::context;
use entente_service::{Announcement, changes};
use prost::Message as _;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::app::App;
use crate::app::open_account::open_account;
use crate::domain::account::{Account, Token};
use crate::domain::fields::{CountryCode, Line, Lines};
use crate::error::Error;
use crate::grpc::convert;

/// Where it hears of new organizations.
pub const HEARD: &str = "entente.identity.organization.v1";

const CREATED: &str = "organization.created";

/// Where accounts are announced.
///
/// # Errors
/// Never: the name is fixed.
pub fn topic() -> Result<Topic, InvalidTopic> {
    Topic::new("billing", "account")
}

/// Opens an account for each organization that is created.
#[derive(Debug)]
pub struct Opener {
    app: App,
}

impl Opener {
    /// Opens accounts by this.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl EventHandler for Opener {
    fn uses(&self, kind: &str) -> bool {
        kind == CREATED
    }

    async fn handle(&self, transaction: &mut PgConnection, received: &Received) -> Result<(), HandlerError> {
        let event = &received.event;
        let payload =
            OrganizationChanged::decode(event.payload.as_slice()).map_err(HandlerError::permanent)?;
        let organization = payload
            .organization
            .unwrap_or_default()
            .id
            .parse()
            .map_err(HandlerError::permanent)?;
        // The account goes on under the id of the request that created the organization.
        let mut cause = context::current().unwrap_or_else(context::Context::background);
        if let Some(request_id) = &event.request_id {
            cause = cause.with_request_id(request_id);
        }
        context::scope(cause, open_account(&self.app, transaction, organization))
            .await
            .map_err(failed)
    }
}

fn failed(error: Error) -> HandlerError {
    match error {
        Error::Database(entente_pg::Error::Unavailable(_) | entente_pg::Error::Conflict(_)) => {
            HandlerError::transient(error)
        }
        Error::Announce(AppendError::Database(cause)) => cause.into(),
        Error::Database(entente_pg::Error::Query(_) | entente_pg::Error::Url(_))
        | Error::NotOpen
        | Error::StaleEtag
        | Error::Idempotency(_)
        | Error::Announce(_)
        | Error::Gate(_)
        | Error::Envelope(_)
        | Error::Corrupt(_) => HandlerError::permanent(error),
    }
}

/// Tells that an account was opened.
pub fn opened(account: &Account) -> Announcement<'_, BillingAccountChanged> {
    announcement(
        "billing_account.opened",
        account,
        changes(None, Some(fields(account))),
    )
}

/// Tells that an account was changed. Of the token it is told that there is another one, and nothing else.
pub fn updated<'a>(
    before: &Account,
    after: &'a Account,
    token: &Token,
) -> Announcement<'a, BillingAccountChanged> {
    let mut changes = changes(Some(fields(before)), Some(fields(after)));
    if matches!(token, Token::Set(_)) {
        changes.push(Change {
            field: "payment_method.token".to_owned(),
            before: None,
            after: None,
        });
    }
    announcement("billing_account.updated", after, changes)
}

fn announcement<'a>(
    kind: &'static str,
    account: &'a Account,
    changes: Vec<Change>,
) -> Announcement<'a, BillingAccountChanged> {
    Announcement {
        kind,
        key: account.organization.to_string(),
        organizations: std::slice::from_ref(&account.organization),
        changes,
        payload: BillingAccountChanged {
            account: Some(convert::account(account)),
        },
    }
}

/// The fields that are set, in the contract's names.
fn fields(account: &Account) -> Vec<(&'static str, Value)> {
    let card = account.payment_method.as_ref();
    let card = card.map(|card| json!({"brand": card.brand.as_str(), "last_four": card.last_four.as_str()}));
    let fields = [
        (
            "legal_name",
            account.legal_name.as_ref().map(Line::as_str).map(Value::from),
        ),
        ("email", account.email.as_ref().map(Line::as_str).map(Value::from)),
        (
            "address",
            account.address.as_ref().map(Lines::as_str).map(Value::from),
        ),
        (
            "country_code",
            account
                .country_code
                .as_ref()
                .map(CountryCode::as_str)
                .map(Value::from),
        ),
        ("payment_method", card),
        ("missing", Some(json!(account.missing()))),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
