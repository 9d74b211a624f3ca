//! What a decision costs with a million members: nanoseconds and allocations, and how long loading them takes.
//!
//! `scripts/test-env --no-kafka cargo bench --package entente-identity --bench decision`
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use entente_identity::domain::decision::{Action, Need, Permission, Requirement, Resource, Subject};
use entente_identity::engine::Engine;
use entente_ids::{OrganizationId, ProductId, SessionId, UserId};
use entente_runtime::clock::SystemClock;
use entente_testkit::Db;
use jiff::Timestamp;
use sqlx::PgConnection;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// Well within the engine's lease: on this runtime of one thread nobody extends it meanwhile.
const DECISIONS: usize = 100_000;
const ROUNDS: usize = 20;
/// Longer than the engine's poll.
const BREATH: Duration = Duration::from_millis(300);
/// Products, in the contract.
const PRODUCT: i32 = 3;

/// Ids rise with time, as real ones do. Foreign keys aren't checked: they hold by construction.
const PREPARE: &str = "
  set session_replication_role = replica;
  set synchronous_commit = off;
  create function pg_temp.id(number bigint) returns uuid language sql immutable as
    $$ select (lpad(to_hex(number), 12, '0') || substr(md5(number::text), 1, 20))::uuid $$";

/// An operator, a hundred partners, and clients.
const ORGANIZATIONS: &str = "
  insert into identity.organization (id, kind, parent_id, display_name, name_key, created_at, updated_at)
  select pg_temp.id(number),
         case when number = 1 then 'operator' when number <= 101 then 'partner' else 'direct_client' end,
         case when number > 1 then pg_temp.id(1) end, number::text, lpad(number::text, 9, '0'), now(), now()
  from generate_series(1, 10000) number";

const MEMBERS: &str = "
  insert into identity.member
    (id, organization_id, user_id, email, role, state, invitation_expires_at, created_at, updated_at)
  select pg_temp.id(number), pg_temp.id(1 + number % 10000), pg_temp.id(number), number::text, 'owner', 'active',
         now(), now(), now()
  from generate_series(1000001, 2000000) number";

/// Two thousand clients have each given a partner a mandate for a thousand products.
const GRANTS: &str = "
  insert into identity.mandate_grant
    (partnership_id, client_id, partner_id, version, ended, product_ids, ceiling, updated_at)
  select pg_temp.id(number), pg_temp.id(number), pg_temp.id(2 + number % 100), 1, false,
         array(select pg_temp.id(number * 1000 + product) from generate_series(1, 1000) product),
         '[{\"resource\": 3, \"action\": \"read\"}]', now()
  from generate_series(102, 2101) number";

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let db = Db::new(&[entente_identity::migrations()?]).await?;
    let mut admin = db.admin().await?;
    for statements in [PREPARE, ORGANIZATIONS, MEMBERS, GRANTS] {
        sqlx::raw_sql(statements).execute(&mut admin).await?;
    }

    let clock = SystemClock::shared();
    let started = Instant::now();
    let engine = Engine::start(db.open("identity")?, clock.clone());
    engine.ready().await;
    println!(
        "| load a million members, 10,000 organizations, 2,000 grants | {} ms |",
        started.elapsed().as_millis()
    );

    println!("| decision in process | ns | allocations |");
    println!("| --- | ---: | ---: |");
    let now = clock.now();
    let members = members(&mut admin, now).await?;
    let mandated = mandated(&mut admin, now).await?;
    let one = members
        .first()
        .map(|asked| vec![*asked])
        .context("there are members")?;
    let oneself: Vec<_> = members
        .iter()
        .map(|(subject, _)| (*subject, Requirement::Oneself))
        .collect();
    measure("the same member at home", &engine, &one, now).await?;
    measure("20,000 people of a million, in turn", &engine, &members, now).await?;
    measure("about oneself, in turn", &engine, &oneself, now).await?;
    measure(
        "20,000 times by mandates of 1,000 products",
        &engine,
        &mandated,
        now,
    )
    .await?;
    engine.stop().await;
    Ok(())
}

type Asked = (Subject, Requirement);

async fn members(admin: &mut PgConnection, now: Timestamp) -> anyhow::Result<Vec<Asked>> {
    let rows: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select user_id, organization_id from identity.member order by random() limit 20000")
            .fetch_all(admin)
            .await?;
    rows.into_iter()
        .map(|(user, place)| asked(user, place, place, None, now))
        .collect()
}

async fn mandated(admin: &mut PgConnection, now: Timestamp) -> anyhow::Result<Vec<Asked>> {
    let rows: Vec<(Uuid, Uuid, Uuid, Uuid)> = sqlx::query_as(
        "select member.user_id, given.partner_id, given.client_id, given.product_ids[1 + (random() * 999)::int]
         from identity.member join identity.mandate_grant given on given.partner_id = member.organization_id
         order by random() limit 20000",
    )
    .fetch_all(admin)
    .await?;
    rows.into_iter()
        .map(|(user, partner, client, product)| asked(user, partner, client, Some(product), now))
        .collect()
}

fn asked(
    user: Uuid,
    acting: Uuid,
    target: Uuid,
    product: Option<Uuid>,
    now: Timestamp,
) -> anyhow::Result<Asked> {
    let subject = Subject {
        user: UserId::from_uuid(user),
        session: Some(SessionId::from_uuid(user)),
        organization: OrganizationId::from_uuid(acting),
        auth_time: Some(now),
    };
    let resource = Resource::new(PRODUCT).context("products have a number")?;
    let need = Need {
        permission: Permission {
            resource,
            action: Action::Read,
        },
        organization: OrganizationId::from_uuid(target),
        product: product.map(ProductId::from_uuid),
        gate: None,
        recent_auth: true,
        legal_representative: false,
        exempt: false,
    };
    Ok((subject, Requirement::Need(need)))
}

/// The fastest round: what else runs on the machine only adds.
async fn measure(what: &str, engine: &Engine, asked: &[Asked], now: Timestamp) -> anyhow::Result<()> {
    let mut best = Duration::MAX;
    let mut allocations = 0;
    for _ in 0..ROUNDS {
        // The follower takes its turn.
        tokio::time::sleep(BREATH).await;
        while engine.readiness().is_err() {
            tokio::time::sleep(BREATH).await;
        }
        let region = Region::new(ALLOCATOR);
        let started = Instant::now();
        let mut allowed = 0;
        for (subject, requirement) in asked.iter().cycle().take(DECISIONS) {
            let decided = engine.decide(black_box(subject), black_box(requirement), now)?;
            allowed += usize::from(decided.outcome.is_ok());
        }
        best = best.min(started.elapsed());
        allocations = region.change().allocations;
        ensure!(
            allowed == DECISIONS,
            "{what}: {allowed} of {DECISIONS} were allowed"
        );
    }
    let decisions = u128::try_from(DECISIONS)?;
    println!(
        "| {what} | {} | {} |",
        best.as_nanos() / decisions,
        allocations / DECISIONS
    );
    ensure!(allocations == 0, "{what}: {allocations} allocations");
    Ok(())
}
