//! Opens the session of a sign-in that was answered with a code.

use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use super::second_factor::take_code;
use super::sign_in::{self, Factors, OpenSession, Opening, Whence};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::security::challenge;
use crate::security::token::IssuedTokens;
use crate::store::{challenge as challenges, member, session, user_account};

/// Takes the code and opens the session. It runs as the worker: before it there is no organization to speak for.
///
/// # Errors
/// [`Error::ChallengeDead`], [`Error::CodeWrong`], [`Error::TooManyAttempts`], or a failure beneath.
pub async fn run(
    app: &App,
    token: &SecretString,
    code: &SecretString,
    origin: &Origin,
) -> Result<(OpenSession, IssuedTokens), Error> {
    let hash = challenge::hash(token.expose_secret()).ok_or(Error::ChallengeDead)?;
    let mut tx = app.database().system("identity.find_challenge").await?;
    let found = challenges::find(&mut tx, &hash, app.now())
        .await?
        .ok_or(Error::ChallengeDead)?;
    let account = user_account::find(&mut tx, found.user)
        .await?
        .ok_or(Error::ChallengeDead)?;
    let memberships = member::list_memberships(&mut tx, found.user).await?;
    let known = session::list_origins(&mut tx, found.user).await?;
    tx.commit().await?;
    // The person may have been removed from there meanwhile.
    if !memberships
        .iter()
        .any(|membership| membership.organization == found.organization)
    {
        return Err(Error::ChallengeDead);
    }
    // Given up meanwhile: what was asked for is not there any more.
    let taken = take_code(app, found.user, found.organization, code).await;
    if matches!(taken, Err(Error::NoSecondFactor)) {
        return Err(Error::ChallengeDead);
    }
    taken?;
    let opening = Opening {
        place: found.organization,
        factors: Factors::Two,
        auth_time: found.proved_at,
        challenge: Some(hash),
    };
    let (session, tokens) = sign_in::open(
        app,
        &account,
        opening,
        Whence {
            origin,
            known: &known,
        },
    )
    .await?;
    Ok((
        OpenSession {
            session,
            account,
            memberships,
        },
        tokens,
    ))
}
