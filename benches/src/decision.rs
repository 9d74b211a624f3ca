//! What a decision costs with a million members: nanoseconds and allocations, and how long loading them takes.
//!
//! In a process of its own: counting allocations would cost the others.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use entente_identity::domain::decision::{Action, Need, Permission, Requirement, Resource, Subject};
use entente_identity::engine::Engine;
use entente_ids::{OrganizationId, ProductId, SessionId, UserId};
use entente_runtime::clock::SystemClock;
use entente_testkit::Db;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::population::Population;
use crate::program;
use crate::report::Figure;
use crate::show;

const FLEET: Population = Population {
    organizations: 10_000,
    members: 1_000_000,
    crowd: 0,
    mandates: 2_000,
    products: 1_000,
};
/// How many different questions are asked in turn.
const QUESTIONS: i64 = 20_000;
/// Well within the engine's lease: on a runtime of one thread nobody extends it meanwhile.
const DECISIONS: u32 = 100_000;
const ROUNDS: usize = 10;
/// Longer than the engine's poll.
const BREATH: Duration = Duration::from_millis(300);
const TARGET: Duration = Duration::from_nanos(200);
/// Products, in the contract.
const PRODUCT: i32 = 3;

/// What the process prints, a line each.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    what: String,
    nanos: u64,
    /// Of one decision, none for what isn't one.
    allocations: Option<u64>,
}

/// Runs the process, and makes figures of what it prints.
///
/// # Errors
/// If it fails.
pub async fn measure() -> Result<Vec<Figure>> {
    let printed = program::output("entente-bench-decision").await?;
    printed
        .lines()
        .map(|line| Ok(figure(serde_json::from_str(line)?)))
        .collect()
}

fn figure(line: Line) -> Figure {
    let taken = Duration::from_nanos(line.nanos);
    let Some(allocations) = line.allocations else {
        return Figure::new(line.what, show::time(taken));
    };
    let holds = taken < TARGET && allocations == 0;
    Figure::new(
        line.what,
        format!("{}, {allocations} allocations", show::time(taken)),
    )
    .target("under 200 ns, no allocation", holds.into())
}

type Asked = (Subject, Requirement);

/// Measures in this process, and gives each line to `told`. `allocations` counts those of the process.
///
/// # Errors
/// If there is no server for databases, or something is decided otherwise than it should be.
pub async fn run(allocations: fn() -> usize, told: fn(&str)) -> Result<()> {
    let db = Db::new(&[entente_identity::migrations()?]).await?;
    let mut admin = db.admin().await?;
    FLEET.write(&mut admin).await?;

    let clock = SystemClock::shared();
    let started = Instant::now();
    let engine = Engine::start(db.open("identity")?, clock.clone());
    engine.ready().await;
    let load = Line {
        what: "loading 1,000,000 members, 10,000 organizations, 2,000 mandates".to_owned(),
        nanos: u64::try_from(started.elapsed().as_nanos())?,
        allocations: None,
    };
    told(&serde_json::to_string(&load)?);

    let now = clock.now();
    let owners = FLEET.owners(&mut admin, QUESTIONS).await?;
    let home: Vec<Asked> = owners
        .iter()
        .map(|owner| asked(owner.user, owner.organization, owner.organization, None, now))
        .collect::<Result<_>>()?;
    let same = home.iter().take(1).copied().collect();
    let oneself = home
        .iter()
        .map(|(subject, _)| {
            (
                *subject,
                Requirement::Oneself {
                    recent_auth: false,
                    exempt: false,
                },
            )
        })
        .collect();
    let mandated = FLEET.mandated(&mut admin, QUESTIONS).await?;
    let mandated = mandated
        .iter()
        .map(|one| asked(one.user, one.partner, one.client, Some(one.product), now))
        .collect::<Result<_>>()?;
    let questions: [(&str, Vec<Asked>); 4] = [
        ("the same member at home", same),
        ("20,000 of a million members, in turn", home),
        ("about oneself, in turn", oneself),
        ("by mandates of 1,000 products, in turn", mandated),
    ];
    for (what, asked) in questions {
        let line = decide(what, &engine, &asked, now, allocations).await?;
        told(&serde_json::to_string(&line)?);
    }
    engine.stop().await;
    Ok(())
}

fn asked(user: Uuid, acting: Uuid, target: Uuid, product: Option<Uuid>, now: Timestamp) -> Result<Asked> {
    let subject = Subject {
        principal: UserId::from_uuid(user).into(),
        session: Some(SessionId::from_uuid(user)),
        organization: OrganizationId::from_uuid(acting),
        auth_time: Some(now),
        second_factor: false,
    };
    let resource = Resource::new(PRODUCT).context("products have a number")?;
    let permission = Permission {
        resource,
        action: Action::Read,
    };
    let need = Need {
        product: product.map(ProductId::from_uuid),
        recent_auth: true,
        ..Need::of(permission, OrganizationId::from_uuid(target))
    };
    Ok((subject, Requirement::Need(need)))
}

/// The fastest round: what else runs on the machine only adds. Of the allocations, those of the worst.
async fn decide(
    what: &str,
    engine: &Engine,
    asked: &[Asked],
    now: Timestamp,
    allocations: fn() -> usize,
) -> Result<Line> {
    let mut best = Duration::MAX;
    let mut most = 0;
    for _ in 0..ROUNDS {
        // The follower takes its turn.
        tokio::time::sleep(BREATH).await;
        while engine.readiness().is_err() {
            tokio::time::sleep(BREATH).await;
        }
        let before = allocations();
        let started = Instant::now();
        let mut allowed = 0;
        for (subject, requirement) in asked.iter().cycle().take(usize::try_from(DECISIONS)?) {
            let decided = engine.decide(black_box(subject), black_box(requirement), now)?;
            allowed += u32::from(decided.outcome.is_ok());
        }
        best = best.min(started.elapsed());
        most = most.max(allocations() - before);
        ensure!(
            allowed == DECISIONS,
            "{what}: {allowed} of {DECISIONS} were allowed"
        );
    }
    Ok(Line {
        what: format!("decision in process: {what}"),
        nanos: u64::try_from((best / DECISIONS).as_nanos())?,
        // A single one in all of them would be seen.
        allocations: Some(u64::try_from(most)?.div_ceil(u64::from(DECISIONS))),
    })
}
