//! Changing an organization's account.

use entente_contracts::billing::v1::{UpdateBillingAccountRequest, UpdateBillingAccountResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::App;
use crate::domain::account::{Account, Edit};
use crate::error::Error;
use crate::grpc::convert;
use crate::{events, store};

/// What to change.
#[derive(Debug)]
pub struct UpdateBillingAccount {
    /// Whose account.
    pub organization: OrganizationId,
    /// Who changes it.
    pub actor: Actor,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new values.
    pub edits: Vec<Edit>,
    /// The request itself, by which the caller may ask again.
    pub request: UpdateBillingAccountRequest,
}

/// Changes it. Where something else is missing since, identity knows of the gate when this returns.
///
/// # Errors
/// [`Error::StaleEtag`], [`Error::NotOpen`], a reused `request_id`; [`Error::Gate`] when the change stands and identity
/// is away: the recovery tells it, and the same request, repeated, waits for that.
pub async fn update_billing_account(
    app: &App,
    command: UpdateBillingAccount,
) -> Result<UpdateBillingAccountResponse, Error> {
    let (answer, account) = write(app, command).await?;
    if !account.gate.is_pushed {
        app.push_gate(&account).await?;
    }
    Ok(answer)
}

/// The answer, and the account as it is now: a repeated request gets the answer of the first.
async fn write(
    app: &App,
    command: UpdateBillingAccount,
) -> Result<(UpdateBillingAccountResponse, Account), Error> {
    let UpdateBillingAccount {
        organization,
        actor,
        etag,
        edits,
        request,
    } = command;
    let once = Once::new(&actor.actor, &request);
    let mut tx = app
        .context
        .database
        .tenant("billing.update_billing_account", organization.uuid())
        .await?;
    let answered = once.replay(&mut tx).await?;
    let before = store::account::lock(&mut tx, organization)
        .await?
        .ok_or(Error::NotOpen)?;
    if let Some(answer) = answered {
        return Ok((answer, before));
    }
    if !etag.is_empty() && etag != before.version.to_string() {
        return Err(Error::StaleEtag);
    }
    let account = match before.edited(edits, app.now()) {
        None => before,
        Some((after, token)) => {
            let stored = app.seal(&after, &token)?;
            store::account::update(&mut tx, &after, &stored).await?;
            let announcement = events::updated(&before, &after, &token);
            app.context
                .announce(&mut tx, &app.topic, &actor, announcement)
                .await?;
            after
        }
    };
    let answer = UpdateBillingAccountResponse {
        account: Some(convert::account(&account)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.context.outbox.wake();
    Ok((answer, account))
}
