//! Founding the operator.

use anyhow::{Context as _, Result};
use entente_access::links::LinkKey;
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;

use crate::cli::Service;
use crate::cluster;
use crate::keys::Keys;
use crate::platform::{Plan, identity_context};
use crate::settings::Settings;

/// The one-time link of the operator's first owner.
#[derive(Debug)]
pub struct FirstLink {
    /// Its secret.
    pub token: String,
    /// Until when it can be used.
    pub expires_at: jiff::Timestamp,
}

/// Creates the operator with a first owner who is still to join. Called again before that, it renews the link.
///
/// # Errors
/// When a name is none, the database can't be reached, or the operator has an owner.
pub async fn initialize(settings: &Settings, operator: &str, owner: &str) -> Result<FirstLink> {
    let plan = Plan {
        settings: settings.clone(),
        database_url: database_url(settings).await?,
        services: vec![Service::Identity],
        clock: SystemClock::shared(),
        random: SystemRandom::shared(),
    };
    let keys = Keys::open(settings.keys_folder()?, &*plan.random)?;
    let path = settings
        .identity
        .link_key
        .clone()
        .unwrap_or_else(|| keys.path("identity-link", "key"));
    let links = LinkKey::load_or_create(&path, &*plan.random)?;
    let context = identity_context(&plan).await?;
    let made = entente_identity::bootstrap(
        &context,
        &links,
        operator.parse().context("--operator is no name")?,
        owner.parse().context("--owner is no e-mail address")?,
    );
    let made = made.await?;
    Ok(FirstLink {
        token: made.link_token,
        expires_at: made.expires_at,
    })
}

/// The database that was named, or the one that `entente up` keeps and that runs now.
pub(crate) async fn database_url(settings: &Settings) -> Result<String> {
    if let Some(url) = settings.named_database() {
        return Ok(url);
    }
    let data = settings.data_folder()?;
    let found = cluster::running_url(&data).await?;
    found.with_context(|| {
        format!(
            "no database runs in {}: start `entente up`, or set ENTENTE_DATABASE_URL",
            data.display()
        )
    })
}

/// `entente init`.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(crate) async fn run(settings: &Settings, operator: &str, owner: &str) -> Result<()> {
    let link = initialize(settings, operator, owner).await?;
    println!(
        "{operator} is there. Its first owner, {owner}, joins by this link, once, until {}:",
        link.expires_at
    );
    println!(
        "  {}",
        settings.notifications.public_url.page("join", &link.token)
    );
    Ok(())
}
