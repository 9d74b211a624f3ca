//! From a commit to the effect in another service, over both logs, and how fast a filled outbox drains.

mod chain;
mod drain;
mod effects;
mod latency;
mod place;

use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::report::Figure;
use chain::Chain;
use place::Place;

/// Which log carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Postgres,
    Kafka,
}

impl Log {
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "Postgres log",
            Self::Kafka => "Kafka",
        }
    }
}

/// On the server that tests use, where a commit doesn't wait for the disk, and on a Postgres as `entente up` keeps it,
/// where it does.
///
/// # Errors
/// If a server or a broker is missing, or an event is lost, comes twice or out of order.
pub async fn measure() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for log in [Log::Postgres, Log::Kafka] {
        let place = Place::for_tests().await?;
        figures.extend(over(&place, log, "").await?);
        place.leave().await?;
    }
    for log in [Log::Postgres, Log::Kafka] {
        let place = Place::durable().await?;
        figures.extend(over(&place, log, ", commits wait for the disk").await?);
        place.leave().await?;
    }
    Ok(figures)
}

async fn over(place: &Place, log: Log, how: &str) -> Result<Vec<Figure>> {
    let chain = Arc::new(Chain::start(place, log).await?);
    let title = format!("{}{how}", log.name());
    let mut figures = latency::measure(&chain, place, &title).await?;
    figures.extend(drain::measure(&chain, &title).await?);
    let chain = Arc::into_inner(chain).context("somebody still announces")?;
    chain.stop().await?;
    Ok(figures)
}
