//! Parked events, from the command line.

use anyhow::Result;
use entente_events::{Schema, parked};
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;

use crate::cli::{EventsAction, Service};
use crate::init::database_url;
use crate::platform::{Plan, open_database};
use crate::settings::Settings;

const MOST: u32 = 1000;

/// `entente events …`.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(crate) async fn run(action: &EventsAction) -> Result<()> {
    match action {
        EventsAction::Parked { service, settings } => {
            let (database, schema) = open(settings, *service).await?;
            let found = parked::list(database.worker_pool(), &schema, None, MOST).await?;
            for event in &found {
                let error = event.error.as_deref().unwrap_or("waits for the one before it");
                println!("{}  {}  {}  {error}", event.group, event.key, event.sequence);
            }
            println!("{} parked", found.len());
        }
        EventsAction::Replay {
            service,
            group,
            key,
            settings,
        } => {
            let (database, schema) = open(settings, *service).await?;
            parked::replay(database.worker_pool(), &schema, group, key).await?;
            println!("the consumer of {group} tries {key} again");
        }
        EventsAction::Skip {
            service,
            group,
            key,
            sequence,
            settings,
        } => {
            let (database, schema) = open(settings, *service).await?;
            parked::skip(database.worker_pool(), &schema, group, key, *sequence).await?;
            println!("{group} goes on with {key} after {sequence}");
        }
    }
    Ok(())
}

async fn open(settings: &Settings, service: Service) -> Result<(entente_pg::Database, Schema)> {
    let plan = Plan {
        settings: settings.clone(),
        database_url: database_url(settings).await?,
        services: vec![service],
        clock: SystemClock::shared(),
        random: SystemRandom::shared(),
    };
    Ok((
        open_database(&plan, service.name())?,
        Schema::new(service.name())?,
    ))
}
