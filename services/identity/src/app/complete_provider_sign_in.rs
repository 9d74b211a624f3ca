//! Opens the session of who comes back from the identity provider.

use entente_ids::{OrganizationId, UserId};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::App;
use super::second_factor::announce;
use super::sign_in::{self, Factors, Proved, SignedIn, Whence};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::provider::{Claims, Flow};
use crate::store::member::{self, Membership};
use crate::store::provider_link::{self, Completed, Linked};
use crate::store::session;
use crate::store::user_account::{self, Account};

/// Who comes back.
#[derive(Debug)]
pub struct Return {
    /// What the sign-in began with.
    pub flow: SecretString,
    /// The state that the provider gave back.
    pub state: String,
    /// The code that the provider gave.
    pub code: String,
    /// Where to act; none means the organization joined first.
    pub organization: Option<OrganizationId>,
    /// Where the call comes from.
    pub origin: Origin,
}

/// Somebody who is let in.
struct Known {
    account: Account,
    memberships: Vec<Membership>,
    place: OrganizationId,
    origins: Vec<Origin>,
}

/// Asks the provider who it is, and opens the session or the challenge of who has a place here. It runs as the worker:
/// before it there is no organization to speak for.
///
/// # Errors
/// [`Error::NoProvider`], [`Error::ProviderAway`], [`Error::ProviderSignInDead`], [`Error::ProviderSignInRefused`], or a
/// failure beneath.
pub async fn run(app: &App, command: Return) -> Result<SignedIn, Error> {
    let provider = app.provider.as_ref().ok_or(Error::NoProvider)?;
    let now = app.now();
    let flow =
        Flow::open(&app.envelope, &command.flow, &command.state, now).ok_or(Error::ProviderSignInDead)?;
    let claims = provider.redeem(&flow, command.code, now).await?;

    let mut tx = app.database().system("identity.find_linked_account").await?;
    // Only now, so that nobody fills the table without the provider's word.
    if provider_link::complete(&mut tx, &flow.hash(), flow.expires_at()).await? == Completed::Before {
        return Err(Error::ProviderSignInDead);
    }
    let known = find(app, &mut tx, provider.issuer(), &claims, command.organization).await?;
    tx.commit().await?;
    app.announcer.wake();
    let Some(known) = known else {
        sign_in::refuse(app, None, None).await?;
        return Err(Error::ProviderSignInRefused);
    };
    let factors = if claims.second_factor {
        Factors::Two
    } else {
        Factors::One
    };
    let proved = Proved {
        account: known.account,
        memberships: known.memberships,
        place: known.place,
        factors,
        auth_time: claims.auth_time,
    };
    let whence = Whence {
        origin: &command.origin,
        known: &known.origins,
    };
    sign_in::go_on(app, proved, whence).await
}

/// Whom the provider means: who was linked before, else who has the address that it has verified. Only who has joined an
/// organization counts, so that an invitation alone opens nothing.
async fn find(
    app: &App,
    conn: &mut PgConnection,
    issuer: &str,
    claims: &Claims,
    wanted: Option<OrganizationId>,
) -> Result<Option<Known>, Error> {
    let linked = provider_link::find(conn, issuer, &claims.subject).await?;
    let account = match (linked, &claims.verified_email) {
        (Some(user), _) => user_account::find(conn, user).await?,
        (None, Some(email)) => user_account::find_by_email(conn, email).await?,
        (None, None) => None,
    };
    let Some(account) = account else {
        return Ok(None);
    };
    let memberships = member::list_memberships(conn, account.id).await?;
    let place = match wanted {
        Some(wanted) => memberships
            .iter()
            .find(|membership| membership.organization == wanted),
        None => memberships.first(),
    };
    let Some(place) = place.map(|membership| membership.organization) else {
        return Ok(None);
    };
    if linked.is_none() {
        link(app, conn, issuer, claims, account.id, place).await?;
        // Of two first sign-ins at once the other one may have made the same link.
        if provider_link::find(conn, issuer, &claims.subject).await? != Some(account.id) {
            return Ok(None);
        }
    }
    let origins = session::list_origins(conn, account.id).await?;
    Ok(Some(Known {
        account,
        memberships,
        place,
        origins,
    }))
}

/// Links the person to the provider's subject. One who is linked to another subject stays so until they give that link
/// up: the provider may have given their address to somebody else.
async fn link(
    app: &App,
    conn: &mut PgConnection,
    issuer: &str,
    claims: &Claims,
    user: UserId,
    place: OrganizationId,
) -> Result<(), Error> {
    let linked = provider_link::add(conn, issuer, &claims.subject, user, app.now()).await?;
    if linked == Linked::New {
        announce(app, conn, CredentialEvent::ProviderLinked, user, place).await?;
    }
    Ok(())
}
