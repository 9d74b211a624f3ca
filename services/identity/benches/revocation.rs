//! How long a revocation takes, from its commit to when it is in force at every replica: one figure a line, as a row of
//! a table.
//!
//! `scripts/test-env --no-kafka cargo bench --package entente-identity --bench revocation`
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::time::{Duration, Instant};

use entente_identity::domain::decision::{Change, Requirement, Revision, Subject};
use entente_identity::engine::Engine;
use entente_identity::store::revision;
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_runtime::clock::{SharedClock, SystemClock};
use entente_testkit::Db;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const EACH: usize = 2_000;
const AT_ONCE: usize = 16;
/// How long a call of the load works before it makes room.
const CALLS: usize = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let db = Db::new(&[entente_identity::migrations()?]).await?;
    let clock = SystemClock::shared();
    let replica = async || -> anyhow::Result<Engine> {
        let engine = Engine::start(db.open("identity")?, clock.clone());
        engine.ready().await;
        Ok(engine)
    };
    println!("| revocation | p50 | p99 |");
    println!("| --- | --- | --- |");
    let first = replica().await?;
    row("one replica", &one_by_one(&db, &clock, &first).await?);
    let others = [replica().await?, replica().await?];
    row("three replicas", &one_by_one(&db, &clock, &first).await?);
    row("three replicas, 16 at once", &at_once(&db, &clock, &first).await?);

    let stop = CancellationToken::new();
    let mut load = JoinSet::new();
    for engine in others.iter().chain([&first]).cloned() {
        load.spawn(decide_until(engine, clock.clone(), stop.clone()));
    }
    row(
        "three replicas that decide all the time",
        &one_by_one(&db, &clock, &first).await?,
    );
    stop.cancel();
    load.join_all().await;

    // As one leaves it that was killed.
    let mut killed = Vec::new();
    for _ in 0..20 {
        sqlx::query("insert into identity.replica (confirmed) values (0)")
            .execute(&mut db.admin().await?)
            .await?;
        killed.push(revoke(&mut db.admin().await?, &clock, &first).await?);
        // The next one isn't to find this one's row.
        while count(&db).await? > 3 {}
    }
    row("the first after a replica was killed", &killed);
    Ok(())
}

fn row(name: &str, taken: &[Duration]) {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let at = |percent: usize| {
        let place = taken.len().saturating_sub(1) * percent / 100;
        taken.get(place).copied().unwrap_or_default().as_micros()
    };
    let milliseconds = |micros: u128| format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10);
    println!("| {name} | {} | {} |", milliseconds(at(50)), milliseconds(at(99)));
}

async fn count(db: &Db) -> anyhow::Result<i64> {
    let count = sqlx::query_scalar("select count(*) from identity.replica");
    Ok(count.fetch_one(&mut db.admin().await?).await?)
}

async fn one_by_one(db: &Db, clock: &SharedClock, engine: &Engine) -> anyhow::Result<Vec<Duration>> {
    let mut conn = db.admin().await?;
    let mut taken = Vec::with_capacity(EACH);
    for _ in 0..EACH {
        taken.push(revoke(&mut conn, clock, engine).await?);
    }
    Ok(taken)
}

async fn at_once(db: &Db, clock: &SharedClock, engine: &Engine) -> anyhow::Result<Vec<Duration>> {
    let mut writers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (mut conn, clock, engine) = (db.admin().await?, clock.clone(), engine.clone());
        writers.spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..EACH / AT_ONCE {
                taken.push(revoke(&mut conn, &clock, &engine).await?);
            }
            anyhow::Ok(taken)
        });
    }
    let taken: anyhow::Result<Vec<_>> = writers.join_all().await.into_iter().collect();
    Ok(taken?.concat())
}

/// Ends a session.
async fn revoke(conn: &mut PgConnection, clock: &SharedClock, engine: &Engine) -> anyhow::Result<Duration> {
    let now = clock.now();
    let started = Instant::now();
    let mut tx = conn.begin().await?;
    let ended = Change::SessionRevoked {
        session: SessionId::from_uuid(Uuid::from_u128(1)),
        principal: UserId::from_uuid(Uuid::from_u128(2)).into(),
        until: now,
    };
    let revision: Revision = revision::append(&mut tx, &[ended], now).await?;
    tx.commit().await?;
    engine.applied(revision).await;
    Ok(started.elapsed())
}

async fn decide_until(engine: Engine, clock: SharedClock, stop: CancellationToken) {
    let subject = Subject {
        principal: UserId::from_uuid(Uuid::from_u128(2)).into(),
        session: None,
        organization: OrganizationId::from_uuid(Uuid::from_u128(3)),
        auth_time: None,
        second_factor: false,
    };
    while !stop.is_cancelled() {
        for _ in 0..CALLS {
            // Whether it may is of no interest.
            std::hint::black_box(engine.decide(
                &subject,
                &Requirement::Oneself { recent_auth: false },
                clock.now(),
            ))
            .ok();
        }
        tokio::task::yield_now().await;
    }
}
