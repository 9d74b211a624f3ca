//! How long a revocation takes, from before its transaction to when it is in force at every replica.

use std::time::{Duration, Instant};

use anyhow::Result;
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

use crate::latencies::Latencies;
use crate::report::Figure;
use crate::show;

const EACH: usize = 1_000;
const AT_ONCE: usize = 16;
/// How many replicas die one after the other.
const KILLED: usize = 20;
/// How many calls of the load are decided before it makes room.
const CALLS: usize = 64;
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Measures one replica and three, at rest, at once, under load, and after one of them died.
///
/// # Errors
/// If there is no server for databases.
pub async fn measure() -> Result<Vec<Figure>> {
    let db = Db::new(&[entente_identity::migrations()?]).await?;
    let clock = SystemClock::shared();
    let replica = async || -> Result<Engine> {
        let engine = Engine::start(db.open("identity")?, clock.clone());
        engine.ready().await;
        Ok(engine)
    };
    let first = replica().await?;
    let mut figures = Vec::new();
    figures.extend(rows("one replica", one_by_one(&db, &clock, &first).await?));
    let others = [replica().await?, replica().await?];
    figures.extend(rows("three replicas", one_by_one(&db, &clock, &first).await?));
    figures.extend(rows(
        "three replicas, 16 at once",
        at_once(&db, &clock, &first).await?,
    ));

    let stop = CancellationToken::new();
    let mut load = JoinSet::new();
    for engine in others.iter().chain([&first]).cloned() {
        load.spawn(decide_until(engine, clock.clone(), stop.clone()));
    }
    let busy = one_by_one(&db, &clock, &first).await?;
    figures.extend(rows("three replicas that decide all the time", busy));
    stop.cancel();
    load.join_all().await;

    let killed = after_a_kill(&db, &clock, &first).await?;
    figures.extend(rows("the first after a replica was killed", killed));
    for engine in others.into_iter().chain([first]) {
        engine.stop().await;
    }
    Ok(figures)
}

fn rows(how: &str, taken: Vec<Duration>) -> [Figure; 2] {
    let latencies = Latencies::new(taken);
    [("p50", latencies.p50()), ("p99", latencies.p99())]
        .map(|(which, time)| Figure::new(format!("revocation, {how}: {which}"), show::time(time)))
}

async fn one_by_one(db: &Db, clock: &SharedClock, engine: &Engine) -> Result<Vec<Duration>> {
    let mut conn = db.admin().await?;
    let mut taken = Vec::with_capacity(EACH);
    for _ in 0..EACH {
        taken.push(revoke(&mut conn, clock, engine).await?);
    }
    Ok(taken)
}

async fn at_once(db: &Db, clock: &SharedClock, engine: &Engine) -> Result<Vec<Duration>> {
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
    let taken: Result<Vec<_>> = writers.join_all().await.into_iter().collect();
    Ok(taken?.concat())
}

/// A killed replica leaves its row.
async fn after_a_kill(db: &Db, clock: &SharedClock, engine: &Engine) -> Result<Vec<Duration>> {
    let mut conn = db.admin().await?;
    let living = count(&mut conn).await?;
    let mut taken = Vec::new();
    for _ in 0..KILLED {
        sqlx::query("insert into identity.replica (confirmed) values (0)")
            .execute(&mut conn)
            .await?;
        taken.push(revoke(&mut conn, clock, engine).await?);
        // The next one isn't to find this one's row.
        while count(&mut conn).await? > living {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(taken)
}

async fn count(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from identity.replica")
        .fetch_one(conn)
        .await?)
}

/// Ends a session.
async fn revoke(conn: &mut PgConnection, clock: &SharedClock, engine: &Engine) -> Result<Duration> {
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
            let asked = Requirement::Oneself {
                recent_auth: false,
                exempt: false,
            };
            // Whether it may is of no interest.
            std::hint::black_box(engine.decide(&subject, &asked, clock.now())).ok();
        }
        tokio::task::yield_now().await;
    }
}
