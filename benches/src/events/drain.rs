//! How fast a filled outbox drains to the effects, when the relay comes back after a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::chain::Chain;
use super::effects::By;
use crate::report::Figure;
use crate::show;

const EVENTS: u64 = 30_000;
const AGGREGATES: u64 = 1_000;
const WRITERS: u64 = 4;
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(2);
const TARGET: u64 = 10_000;

pub(super) async fn measure(chain: &Arc<Chain>, title: &str) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (by, how) in [
        (By::One, "a statement for each effect"),
        (By::Many, "one statement for many effects"),
    ] {
        let rate = drain(chain, by).await?;
        let figure = Figure::new(
            format!("draining 30,000 events, {title}: {how}"),
            format!("{} events/s", show::number(rate)),
        );
        figures.push(figure.target("10,000 events/s", (rate >= TARGET).into()));
    }
    Ok(figures)
}

async fn drain(chain: &Arc<Chain>, by: By) -> Result<u64> {
    chain.effects.write(by);
    fill(chain).await?;
    let (all, before) = (chain.announced(), chain.effects.applied());
    let started = Instant::now();
    let relay = chain.relay();
    let done = tokio::time::timeout(PATIENCE, drained(chain, before + EVENTS, all)).await;
    let took = started.elapsed();
    done.context("events are missing")??;
    relay.stop().await?;
    in_order(chain).await?;
    let rate = u128::from(EVENTS) * 1_000_000 / took.as_micros().max(1);
    Ok(u64::try_from(rate)?)
}

/// Nobody carries meanwhile. Each writer has aggregates of its own, so that none waits for another.
async fn fill(chain: &Arc<Chain>) -> Result<()> {
    let writers = (0..WRITERS).map(|writer| {
        let chain = chain.clone();
        async move {
            let own: Vec<u64> = (0..AGGREGATES)
                .filter(|aggregate| aggregate % WRITERS == writer)
                .collect();
            // Each transaction changes all of them.
            for _ in 0..EVENTS / AGGREGATES {
                chain.announce(&own).await?;
            }
            anyhow::Ok(())
        }
    });
    futures::future::try_join_all(writers).await?;
    Ok(())
}

/// Counting rows costs, so it begins when the last effect was written; it ends when all have committed.
async fn drained(chain: &Chain, written: u64, all: u64) -> Result<()> {
    while chain.effects.applied() < written {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    while count(chain, "select count(*) from bench.effect").await? < all {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Each effect once, and in the order of its aggregate's sequence.
async fn in_order(chain: &Chain) -> Result<()> {
    let wrong = count(
        chain,
        "select count(*) from (
           select seq, row_number() over (partition by key order by id) as place from bench.effect
         ) effect where seq <> place",
    );
    let wrong = wrong.await?;
    ensure!(wrong == 0, "{wrong} effects are twice there or out of order");
    Ok(())
}

async fn count(chain: &Chain, statement: &'static str) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(statement)
        .fetch_one(chain.database().worker_pool())
        .await?;
    Ok(u64::try_from(count)?)
}
