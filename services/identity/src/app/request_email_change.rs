//! Lets a link be mailed by which a person takes another address.

use entente_access::{Access, Person};
use entente_contracts::identity::v1::{RequestEmailChangeRequest, RequestEmailChangeResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::App;
use crate::domain::email::EmailAddress;
use crate::domain::link::{AccountPurpose, LastLink};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::store::{account_link, user_account};

/// Makes the link, and announces it. Whether somebody has the address is looked at where only its owner learns of it:
/// when the mail to it is written. An account belongs to no organization, so it runs as the worker.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, [`Error::Field`], [`Error::TooManyMails`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    person: &Person,
    origin: &Origin,
    new: EmailAddress,
    once: Once<'_, RequestEmailChangeRequest>,
) -> Result<RequestEmailChangeResponse, Error> {
    let mut tx = app.database().system("identity.request_email_change").await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let account = user_account::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    if account.email == new {
        return Err(Error::field("email", "is your address already: give another"));
    }
    let place = origin.caller();
    app.mails
        .take(
            &person.user.to_string(),
            place.as_deref(),
            app.context.clock.monotonic(),
        )
        .map_err(Error::TooManyMails)?;
    let last = account_link::find(&mut tx, account.id, AccountPurpose::EmailChange).await?;
    let next = LastLink::next(last, Some(new.clone()), app.now());
    account_link::put(&mut tx, account.id, AccountPurpose::EmailChange, &next).await?;
    app.announcer
        .email_change(&mut tx, &Actor::from(access), &account, &new)
        .await?;
    let answer = RequestEmailChangeResponse {};
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
