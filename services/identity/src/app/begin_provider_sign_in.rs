//! Sends a person to the identity provider.

use secrecy::SecretString;

use super::App;
use crate::error::Error;
use crate::provider::Flow;

/// Where to send the person, and what completes the sign-in when they come back. Nothing is stored.
///
/// # Errors
/// [`Error::NoProvider`], [`Error::ProviderAway`], or a failure beneath.
pub async fn run(app: &App) -> Result<(String, SecretString), Error> {
    let provider = app.provider.as_ref().ok_or(Error::NoProvider)?;
    let flow = Flow::new(&app.context.random, app.now());
    let url = provider.authorization_url(&flow).await?;
    Ok((url, flow.seal(&app.envelope)?))
}
