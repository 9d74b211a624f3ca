//! How long after a commit its effect has committed, at a hundred events a second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sqlx::postgres::PgListener;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::chain::Chain;
use super::effects::{By, CHANNEL};
use super::place::Place;
use crate::latencies::Latencies;
use crate::report::Figure;
use crate::show;

const INTERVAL: Duration = Duration::from_millis(10);
const WARM_UP: usize = 200;
const MEASURED: usize = 1_000;
/// Aggregates that change in turn.
const AGGREGATES: u64 = 100;
const PATIENCE: Duration = Duration::from_secs(30);
const P50: Duration = Duration::from_millis(3);
const P99: Duration = Duration::from_millis(15);

/// What one transaction announced.
struct Announced {
    id: String,
    committed: Instant,
    commit: Duration,
}

pub(super) async fn measure(chain: &Arc<Chain>, place: &Place, title: &str) -> Result<Vec<Figure>> {
    chain.effects.write(By::OneTold);
    let mut listener = PgListener::connect(place.url()).await?;
    listener.listen(CHANNEL).await?;
    let relay = chain.relay();
    let heard = tokio::spawn(hear(listener, WARM_UP + MEASURED));
    let announced = announce(chain).await?;
    let heard = tokio::time::timeout(PATIENCE, heard).await;
    let heard = heard.context("effects are missing")???;
    relay.stop().await?;

    let mut latencies = Vec::with_capacity(MEASURED);
    let mut commits = Vec::with_capacity(MEASURED);
    for event in announced.into_iter().skip(WARM_UP) {
        let effect = heard.get(&event.id).context("an effect is missing")?;
        latencies.push(effect.saturating_duration_since(event.committed));
        commits.push(event.commit);
    }
    let (latencies, commits) = (Latencies::new(latencies), Latencies::new(commits));
    let (p50, p99) = (latencies.p50(), latencies.p99());
    let commit = |took| format!("a commit: {}", show::time(took));
    let what = format!("commit → effect at 100/s, {title}");
    Ok(vec![
        Figure::new(format!("{what}: p50"), show::time(p50))
            .beside(commit(commits.p50()), show::times(p50, commits.p50()))
            .target("under 3 ms", (p50 < P50).into()),
        Figure::new(format!("{what}: p99"), show::time(p99))
            .beside(commit(commits.p99()), show::times(p99, commits.p99()))
            .target("under 15 ms", (p99 < P99).into()),
    ])
}

/// One transaction each ten milliseconds, whether or not those before it are done: a chain that is stuck for a while
/// shows in all that came meanwhile.
async fn announce(chain: &Arc<Chain>) -> Result<Vec<Announced>> {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut running = JoinSet::new();
    for (place, aggregate) in (0..AGGREGATES).cycle().take(WARM_UP + MEASURED).enumerate() {
        interval.tick().await;
        let chain = chain.clone();
        running.spawn(async move {
            let (ids, commit) = chain.announce(&[aggregate]).await?;
            let committed = Instant::now();
            chain.wake();
            let id = ids.into_iter().next().context("an event has an id")?;
            let announced = Announced {
                id,
                committed,
                commit,
            };
            anyhow::Ok((place, announced))
        });
    }
    let mut announced = Vec::new();
    while let Some(one) = running.join_next().await {
        announced.push(one??);
    }
    announced.sort_unstable_by_key(|(place, _)| *place);
    Ok(announced.into_iter().map(|(_, announced)| announced).collect())
}

/// When each effect was heard of, by the id of its event: Postgres tells once the transaction has committed.
async fn hear(mut listener: PgListener, count: usize) -> Result<HashMap<String, Instant>> {
    let mut heard = HashMap::with_capacity(count);
    while heard.len() < count {
        let told = listener.recv().await?;
        heard
            .entry(told.payload().to_owned())
            .or_insert_with(Instant::now);
    }
    Ok(heard)
}
