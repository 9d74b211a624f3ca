//! Measures what Entente costs and prints the table. `make bench` runs all and keeps the table in docs/benchmarks.md;
//! arguments name topics, and then the table is only printed: `entente-bench check edge`.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use entente_benches::report::Report;
use entente_benches::{Ground, check, decision, echo, edge, events, revocation, scale, up};
use entente_runtime::server::signal;

const TOPICS: [&str; 7] = ["decision", "revocation", "check", "edge", "scale", "events", "up"];
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "the table is what it is for, and the address of the echo"
)]
async fn main() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    // It starts itself as the reference of `Check`.
    if let Some(("echo", answer)) = named.split_first().map(|(name, answer)| (name.as_str(), answer)) {
        return echo::run(answer, |address| println!("echo at {address}")).await;
    }
    for name in &named {
        ensure!(
            TOPICS.contains(&name.as_str()),
            "{name} is no topic: name some of {TOPICS:?}"
        );
    }
    let wanted = |topic: &str| named.is_empty() || named.iter().any(|name| name == topic);
    // On a signal what runs is dropped, and takes its processes along.
    let report = tokio::select! {
        report = measure(wanted) => report?,
        ended = signal() => bail!("{}: nothing is written", ended?),
    };
    print!("{}", report.text());
    if named.is_empty() {
        report.write(Path::new(PAGE))?;
    }
    Ok(())
}

async fn measure(wanted: impl Fn(&str) -> bool) -> Result<Report> {
    let mut report = Report::default();
    if wanted("decision") {
        say("decisions in process");
        report.add(decision::measure().await?);
    }
    if wanted("revocation") {
        say("revocations");
        report.add(revocation::measure().await?);
    }
    if wanted("check") || wanted("edge") {
        let ground = Ground::start().await?;
        if wanted("check") {
            say("Check over gRPC");
            report.add(check::measure(&ground).await?);
        }
        if wanted("edge") {
            say("REST through the gateway");
            report.add(edge::measure(&ground).await?);
        }
        ground.stop().await?;
    }
    if wanted("scale") {
        say("a million members");
        report.add(scale::measure().await?);
    }
    if wanted("events") {
        say("events");
        report.add(events::measure().await?);
    }
    if wanted("up") {
        say("entente up");
        report.add(up::measure().await?);
    }
    Ok(report)
}

fn say(topic: &str) {
    eprintln!("bench: {topic}");
}
