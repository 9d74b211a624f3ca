//! A sample fleet, loaded through the public API.

#![expect(clippy::indexing_slicing, reason = "what a JSON answer lacks is null")]

mod api;
mod fleet;
mod load;
mod mailbox;
mod passwords;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use entente_runtime::random::SystemRandom;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::init::initialize;
use crate::settings::Settings;
use api::Api;
use fleet::Fleet;
use load::Loader;
use mailbox::Mailbox;
use passwords::Passwords;

const PATIENCE: Duration = Duration::from_secs(300);
const INTERVAL: Duration = Duration::from_millis(200);

/// Loads the fleet into the installation on this machine; what is there already stays.
///
/// # Errors
/// When the gateway does not answer, another operator runs the installation, or a step is refused: what was loaded
/// stays, and the next call goes on from there.
pub async fn run(settings: &Settings, wait: bool, seed: u64) -> Result<()> {
    let url = format!("http://{}", settings.addresses.gateway_listen);
    let api = Api::new(&url);
    reach(&api, &url, wait).await?;

    let fleet = Fleet::new(seed);
    let data = settings.data_folder()?;
    let mut passwords = Passwords::open(&data.join("demo-passwords"), SystemRandom::shared())?;
    let owner = fleet
        .operator
        .people
        .first()
        .context("the sample operator has nobody")?;
    let password = passwords.of(&owner.email)?;
    if api.sign_in(&owner.email, &password).await.is_err() {
        let link = initialize(settings, &fleet.operator.name, &owner.email).await?;
        let body = json!({ "token": link.token, "displayName": owner.name, "password": password });
        api.post("/v1/memberInvitations:accept", &body)
            .await
            .context("the operator's owner can't join")?;
    }

    let bar = progress(fleet.steps());
    let mailbox = Mailbox::new(settings.mail_folder()?);
    let mut loader = Loader::new(api, mailbox, passwords, bar);
    loader.bar.inc(1);
    let loaded = loader.load(&fleet).await;
    loader.bar.finish_and_clear();
    loaded?;
    report(
        &url,
        &data.join("demo-passwords").display().to_string(),
        &fleet,
        &owner.email,
    );
    Ok(())
}

async fn reach(api: &Api, url: &str, wait: bool) -> Result<()> {
    let mut waited = Duration::ZERO;
    while !api.is_up().await {
        if !wait || waited > PATIENCE {
            bail!("nothing answers at {url}: start it with `entente up`");
        }
        tokio::time::sleep(INTERVAL).await;
        waited += INTERVAL;
    }
    Ok(())
}

fn progress(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("loading the sample fleet [{bar:30}] {pos}/{len} {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn report(url: &str, passwords: &str, fleet: &Fleet, owner: &str) {
    println!(
        "The sample fleet is loaded: 1 operator, {} partners, {} clients, 120 people.",
        fleet.partners.len(),
        fleet.clients.len()
    );
    println!("  addresses and passwords   {passwords}");
    println!(
        "  sign in as the operator   curl -s {url}/v1/sessions:signIn --json '{{\"email\":\"{owner}\",\"password\":\"…\"}}'"
    );
    println!("  the whole API             {url}/openapi.json");
}
