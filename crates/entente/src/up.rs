//! Everything on this machine.

use anyhow::{Context as _, Result};
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;
use entente_runtime::server::signal;
use entente_runtime::telemetry::Telemetry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::Service;
use crate::cluster::{Cluster, Running};
use crate::init::database_url;
use crate::keys::private_folder;
use crate::migrate;
use crate::platform::{Plan, Platform};
use crate::settings::Settings;

/// Runs the services until a signal comes, with a Postgres of its own unless one is named.
///
/// # Errors
/// When something can't start, or ended by itself.
pub(crate) async fn run(settings: &Settings, telemetry: &Telemetry) -> Result<()> {
    let data = settings.data_folder()?;
    private_folder_or_shared(&data)?;
    let (url, cluster) = database(settings).await?;
    let result = services(settings, url, Service::ALL.to_vec(), telemetry, true).await;
    if let Some(cluster) = cluster {
        say("stopping Postgres");
        cluster.stop().await?;
    }
    result?;
    say("stopped");
    Ok(())
}

/// Runs one service until a signal comes.
pub(crate) async fn serve_one(settings: &Settings, service: Service, telemetry: &Telemetry) -> Result<()> {
    // The gateway keeps nothing.
    let url = if service == Service::Gateway {
        String::new()
    } else {
        database_url(settings).await?
    };
    services(settings, url, vec![service], telemetry, false).await
}

async fn database(settings: &Settings) -> Result<(String, Option<Running>)> {
    let (url, cluster) = match settings.named_database() {
        Some(url) => (url, None),
        None => {
            say(&format!("Postgres in {}", settings.data_folder()?.display()));
            let cluster = Cluster::open(&settings.data_folder()?).await?.start(&say).await?;
            (cluster.url().to_owned(), Some(cluster))
        }
    };
    let migrated = migrate::run(settings, &url, say).await;
    match (migrated, cluster) {
        (Ok(()), cluster) => Ok((url, cluster)),
        (Err(error), None) => Err(error),
        (Err(error), Some(cluster)) => {
            cluster.stop().await?;
            Err(error)
        }
    }
}

async fn services(
    settings: &Settings,
    database_url: String,
    services: Vec<Service>,
    telemetry: &Telemetry,
    guide: bool,
) -> Result<()> {
    let plan = Plan {
        settings: settings.clone(),
        database_url,
        services,
        clock: SystemClock::shared(),
        random: SystemRandom::shared(),
    };
    let mut platform = Platform::start(plan, |service, address| {
        say(&format!("{} at {address}", service.name()))
    })
    .await?;
    let probes = TcpListener::bind(settings.admin_listen).await.with_context(|| {
        format!(
            "can't listen at {}: set --admin-listen to a free address",
            settings.admin_listen
        )
    })?;
    let probes_stop = CancellationToken::new();
    let admin = platform
        .admin()
        .clone()
        .serve(probes, Some(telemetry.metrics()), probes_stop.clone());
    let admin = tokio::spawn(admin);

    let announced = tokio::spawn(announce_ready(
        platform.readiness(),
        guide.then(|| next_steps(&platform, settings)),
    ));
    let ended = tokio::select! {
        failure = platform.failure() => failure,
        signal = signal() => signal.map(|signal| say(&format!("{signal}: finishing what runs"))),
    };
    announced.abort();
    let stopped = platform.stop().await;
    probes_stop.cancel();
    admin.await.context("the admin port panicked: report it")??;
    ended.and(stopped)
}

/// Says the next steps once all is ready.
async fn announce_ready(ready: impl Future<Output = ()>, steps: Option<String>) {
    ready.await;
    if let Some(steps) = steps {
        say(&steps);
    }
}

fn next_steps(platform: &Platform, settings: &Settings) -> String {
    let gateway = platform
        .address(Service::Gateway)
        .unwrap_or(settings.addresses.gateway_listen);
    let mails = settings
        .mail_folder()
        .map(|folder| folder.display().to_string())
        .unwrap_or_default();
    format!(
        "\nEntente is ready at http://{gateway}, mails lie in {mails}\nnext:\n  \
         entente init --operator 'Numa Cloud' --owner you@example.com   your own operator, or\n  \
         entente demo                                                   a sample fleet\n  \
         curl http://{gateway}/openapi.json                      the whole API"
    )
}

/// The data folder is entered by the database's user too, so it isn't private; what is secret in it is.
fn private_folder_or_shared(data: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(data).with_context(|| format!("making the folder {}", data.display()))?;
    private_folder(&data.join("mails"))
}

#[expect(clippy::print_stdout, reason = "the command tells what it starts")]
fn say(line: &str) {
    println!("{line}");
}
