//! The one program: every service, and what it takes to run them.

mod audit;
pub mod cli;
pub mod cluster;
mod demo;
mod events;
mod explain;
pub mod init;
mod keys;
pub mod migrate;
pub mod platform;
pub mod settings;
mod up;

use anyhow::{Context as _, Result};
use clap::{CommandFactory, FromArgMatches};
use entente_contracts::identity::v1::InspectDecisionRequest;
use entente_runtime::config::{self, Loaded, Source};
use entente_runtime::telemetry;

use cli::{Command, Program};
use settings::Settings;

/// Runs the program with these arguments, the program's name first.
///
/// # Errors
/// What went wrong, ending in what to do.
pub async fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<()> {
    let loaded = match config::load(Program::command(), arguments) {
        Ok(loaded) => loaded,
        Err(wrong) => wrong.exit(),
    };
    let program = Program::from_arg_matches(&loaded.matches).context("the settings can't be read")?;
    match &program.command {
        Command::Up(settings) => {
            with_telemetry(settings, "entente", async |t| up::run(settings, t).await).await
        }
        Command::Serve { service, settings } => {
            with_telemetry(settings, service.name(), async |t| {
                up::serve_one(settings, *service, t).await
            })
            .await
        }
        Command::Migrate(settings) => {
            let url = init::database_url(settings).await?;
            migrate::run(settings, &url, print).await
        }
        Command::Init {
            operator,
            owner,
            settings,
        } => init::run(settings, operator, owner).await,
        Command::Demo { wait, seed, settings } => demo::run(settings, *wait, *seed).await,
        Command::Explain {
            user,
            organization,
            permission,
            acting_organization,
            product,
            settings,
        } => {
            let question = InspectDecisionRequest {
                organization: organization.clone(),
                user: user.clone(),
                acting_organization: acting_organization.clone().unwrap_or_default(),
                permission: permission.clone(),
                product: product.clone().unwrap_or_default(),
            };
            explain::run(question, settings).await
        }
        Command::Events { action } => events::run(action).await,
        Command::Audit { action } => audit::run(action).await,
        Command::Config(_) => {
            show(&loaded);
            Ok(())
        }
    }
}

async fn with_telemetry(
    settings: &Settings,
    name: &'static str,
    run: impl AsyncFnOnce(&telemetry::Telemetry) -> Result<()>,
) -> Result<()> {
    let telemetry = telemetry::init(&settings.telemetry, name, env!("CARGO_PKG_VERSION"))?;
    let result = run(&telemetry).await;
    tokio::task::spawn_blocking(move || telemetry.shutdown())
        .await
        .ok();
    result
}

fn show(loaded: &Loaded) {
    for setting in loaded.effective() {
        let source = match setting.source {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::File => "file",
            Source::Default => "default",
            Source::Unset => "not set",
        };
        print(&format!(
            "{:<34} {:<44} {source}",
            setting.name,
            setting.value.unwrap_or_default()
        ));
    }
}

#[expect(clippy::print_stdout, reason = "commands answer on the standard output")]
fn print(line: &str) {
    println!("{line}");
}
