//! The engine on real Postgres: its revisions, its lease, its restart.

use std::time::{Duration, Instant};

use entente_contracts::identity::events::v1::AccessDenied;
use entente_identity::app::check;
use entente_identity::domain::decision::{
    Action, Denial, Gate, GateSetting, Grant, Membership, Need, Permission, PermissionSet, Requirement,
    Resource, Scope, SecondFactorPolicy, Subject,
};
use entente_identity::domain::role::RoleRef;
use entente_identity::engine::{Change, Decided, Engine, News, Revision, Undecided, announce_denials};
use entente_identity::store;
use entente_ids::{OrganizationId, PartnershipId, ProductId, SessionId, UserId};
use entente_pg::Database;
use entente_runtime::clock::SystemClock;
use entente_testkit::Db;
use jiff::Timestamp;
use prost::Message as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{Announced, World};

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
const OPERATOR: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
const ALPINA: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(2));
const BERGER: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(3));
const ANNA: UserId = UserId::from_uuid(Uuid::from_u128(11));
const PAUL: UserId = UserId::from_uuid(Uuid::from_u128(12));
const SESSION: SessionId = SessionId::from_uuid(Uuid::from_u128(21));
const TOURING: ProductId = ProductId::from_uuid(Uuid::from_u128(31));
const RESCUE: ProductId = ProductId::from_uuid(Uuid::from_u128(32));
/// Products, in the contract.
const PRODUCT: i32 = 3;
const ONESELF: Requirement = Requirement::Oneself {
    recent_auth: false,
    exempt: false,
};
const DEADLINE: Duration = Duration::from_secs(30);

/// Anna owns Berger, a client; Paul owns Alpina, a partner.
struct Fleet {
    db: Db,
    database: Database,
    engine: Engine,
}

impl Fleet {
    async fn new() -> Self {
        let db = Db::new(&[entente_identity::migrations().unwrap()]).await.unwrap();
        arrange(&mut db.admin().await.unwrap()).await;
        let database = db.open("identity").unwrap();
        let engine = Engine::start(database.clone(), SystemClock::shared());
        decides(&engine).await;
        Self { db, database, engine }
    }

    /// One more replica, with connections of its own.
    async fn another(&self) -> Engine {
        let engine = Engine::start(self.db.open("identity").unwrap(), SystemClock::shared());
        decides(&engine).await;
        engine
    }

    /// Ends all connections, and lets no new ones in.
    async fn close_database(&self) {
        self.let_connections("false").await;
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(self.db.name())
            .execute(&mut self.db.server().await.unwrap())
            .await
            .unwrap();
    }

    async fn open_database(&self) {
        self.let_connections("true").await;
    }

    async fn let_connections(&self, allowed: &str) {
        let statement = format!(
            "alter database {} with allow_connections {allowed}",
            self.db.name()
        );
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut self.db.server().await.unwrap())
            .await
            .unwrap();
    }

    fn decide(&self, subject: Subject, need: Need) -> Decided {
        self.engine
            .decide(&subject, &Requirement::Need(need), NOW)
            .unwrap()
    }

    /// Writes a revision, and leaves it to the follower to find it.
    async fn commit(&self, changes: &[Change]) -> Revision {
        let mut conn = self.db.admin().await.unwrap();
        let mut tx = conn.begin().await.unwrap();
        let revision = store::revision::append(&mut tx, changes, NOW).await.unwrap();
        tx.commit().await.unwrap();
        revision
    }

    async fn put_grant(&self, grant: Grant) {
        let mut tx = self
            .database
            .tenant("test.put_grant", grant.client.uuid())
            .await
            .unwrap();
        store::grant::put(&mut tx, &grant, NOW).await.unwrap();
        let revision = store::revision::append(&mut tx, &[Change::Grant(grant)], NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.engine.applied(revision).await;
    }
}

async fn arrange(conn: &mut PgConnection) {
    for (id, kind, parent) in [
        (OPERATOR, "operator", None),
        (ALPINA, "partner", Some(OPERATOR)),
        (BERGER, "direct_client", Some(OPERATOR)),
    ] {
        sqlx::query(
            "insert into identity.organization (id, parent_id, kind, display_name, name_key, created_at, updated_at)
             values ($1, $2, $3, $1::text, $1::text, now(), now())",
        )
        .bind(id.uuid())
        .bind(parent.map(OrganizationId::uuid))
        .bind(kind)
        .execute(&mut *conn)
        .await
        .unwrap();
    }
    for (user, organization) in [(ANNA, BERGER), (PAUL, ALPINA)] {
        sqlx::query(
            "insert into identity.user_account (id, email, display_name, password_hash, created_at, updated_at)
             values ($1, $1::text, '', '', now(), now())",
        )
        .bind(user.uuid())
        .execute(&mut *conn)
        .await
        .unwrap();
        sqlx::query(
            "insert into identity.member
               (id, organization_id, user_id, email, role, state, invitation_expires_at, created_at, updated_at)
             values ($1, $2, $1, $1::text, 'owner', 'active', now(), now(), now())",
        )
        .bind(user.uuid())
        .bind(organization.uuid())
        .execute(&mut *conn)
        .await
        .unwrap();
    }
}

/// The registrations of the replicas.
async fn rows(admin: &mut PgConnection) -> Vec<Uuid> {
    sqlx::query_scalar("select id from identity.replica order by id")
        .fetch_all(admin)
        .await
        .unwrap()
}

async fn decides(engine: &Engine) {
    tokio::time::timeout(DEADLINE, engine.ready())
        .await
        .expect("the engine decides in time");
}

/// Waits until the condition holds.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::task::yield_now().await;
    }
}

fn anna() -> Subject {
    Subject {
        principal: ANNA.into(),
        session: Some(SESSION),
        organization: BERGER,
        auth_time: None,
        second_factor: false,
    }
}

fn paul() -> Subject {
    Subject {
        principal: PAUL.into(),
        session: Some(SESSION),
        organization: ALPINA,
        auth_time: None,
        second_factor: false,
    }
}

fn permission(action: Action) -> Permission {
    Permission {
        resource: Resource::new(PRODUCT).unwrap(),
        action,
    }
}

fn read(organization: OrganizationId, product: Option<ProductId>) -> Need {
    Need {
        product,
        ..Need::of(permission(Action::Read), organization)
    }
}

fn anna_is(active: bool) -> Change {
    Change::Member(Membership {
        organization: BERGER,
        principal: ANNA.into(),
        role: Some(RoleRef::OWNER),
        groups: Vec::new(),
        legal_representative: false,
        second_factor: SecondFactorPolicy::Inherit,
        active,
    })
}

fn grant(version: i64) -> Grant {
    Grant {
        partnership: PartnershipId::from_uuid(Uuid::from_u128(41)),
        client: BERGER,
        partner: ALPINA,
        version,
        ended: false,
        scope: Scope::Limited(vec![TOURING]),
        ceiling: [permission(Action::Read)].into_iter().collect(),
        end_time: None,
    }
}

#[tokio::test]
async fn a_removed_member_is_denied_at_the_next_call() {
    let fleet = Fleet::new().await;
    assert!(fleet.decide(anna(), read(BERGER, None)).outcome.is_ok());

    let revision = fleet.commit(&[anna_is(false)]).await;
    fleet.engine.applied(revision).await;

    let decided = fleet.decide(anna(), read(BERGER, None));
    assert_eq!(
        decided,
        Decided {
            outcome: Err(Denial::NotFound),
            revision
        }
    );
}

#[tokio::test]
async fn an_ended_mandate_denies_the_next_call() {
    let fleet = Fleet::new().await;
    fleet.put_grant(grant(1)).await;
    assert!(fleet.decide(paul(), read(BERGER, Some(TOURING))).outcome.is_ok());
    assert_eq!(
        fleet.decide(paul(), read(BERGER, Some(RESCUE))).outcome,
        Err(Denial::OutsideMandate)
    );

    fleet
        .put_grant(Grant {
            ended: true,
            ..grant(2)
        })
        .await;

    assert_eq!(
        fleet.decide(paul(), read(BERGER, Some(TOURING))).outcome,
        Err(Denial::MandateEnded)
    );
}

#[tokio::test]
async fn a_change_of_another_process_is_found() {
    let fleet = Fleet::new().await;
    fleet.commit(&[anna_is(false)]).await;
    until("the change is found", || {
        fleet.decide(anna(), read(BERGER, None)).outcome.is_err()
    })
    .await;
}

#[tokio::test]
async fn a_restart_rebuilds_the_same_access() {
    let fleet = Fleet::new().await;
    fleet.put_grant(grant(1)).await;
    fleet
        .put_grant(Grant {
            ceiling: PermissionSet::default(),
            ..grant(2)
        })
        .await;
    let setting = GateSetting {
        organization: ALPINA,
        gate: Gate::BillingSetUp,
        open: false,
        missing: vec!["card".into()],
        version: 1,
    };
    let mut tx = fleet
        .database
        .tenant("test.put_gate", ALPINA.uuid())
        .await
        .unwrap();
    store::gate::put(&mut tx, &setting, NOW).await.unwrap();
    let revision = store::revision::append(&mut tx, &[Change::Gate(setting)], NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    fleet.engine.applied(revision).await;
    let answers = |engine: &Engine| {
        let gated = Need {
            gate: Some(Gate::BillingSetUp),
            ..read(ALPINA, None)
        };
        let needs = [
            gated,
            read(BERGER, Some(TOURING)),
            read(BERGER, None),
            read(OPERATOR, None),
        ];
        let ask =
            |subject| needs.map(|need| engine.explain(&subject, &Requirement::Need(need), NOW).unwrap());
        [ask(anna()), ask(paul())]
    };
    let before = answers(&fleet.engine);

    fleet.engine.stop().await;
    let restarted = Engine::start(fleet.database.clone(), SystemClock::shared());
    decides(&restarted).await;

    assert_eq!(answers(&restarted), before);
}

#[tokio::test]
async fn a_revocation_is_known_to_every_replica_when_it_returns() {
    let fleet = Fleet::new().await;
    let others = [fleet.another().await, fleet.another().await];
    for active in [false, true, false, true, false] {
        let revision = fleet.commit(&[anna_is(active)]).await;
        fleet.engine.applied(revision).await;
        for replica in &others {
            let asked = Requirement::Need(read(BERGER, None));
            let decided = replica.decide(&anna(), &asked, NOW);
            // One that lost its lease says so; none knows less.
            assert!(decided.is_err() || decided.is_ok_and(|decided| decided.revision >= revision));
        }
    }
}

#[tokio::test]
async fn a_replica_that_ended_without_a_word_is_waited_for_once() {
    let fleet = Fleet::new().await;
    let mut admin = fleet.db.admin().await.unwrap();
    sqlx::query("insert into identity.replica (confirmed) values (0)")
        .execute(&mut admin)
        .await
        .unwrap();
    let revision = fleet.commit(&[anna_is(false)]).await;
    let started = Instant::now();
    fleet.engine.applied(revision).await;
    // A lease, and what clocks can be astray.
    assert!(started.elapsed() >= Duration::from_millis(625));
    let deadline = Instant::now() + DEADLINE;
    while rows(&mut admin).await.len() > 1 {
        assert!(Instant::now() < deadline, "the row is forgotten");
    }
}

#[tokio::test]
async fn a_replica_that_was_forgotten_registers_anew() {
    let fleet = Fleet::new().await;
    let mut admin = fleet.db.admin().await.unwrap();
    let before = rows(&mut admin).await;
    sqlx::query("delete from identity.replica")
        .execute(&mut admin)
        .await
        .unwrap();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let now = rows(&mut admin).await;
        if !now.is_empty() {
            assert_ne!(now, before);
            break;
        }
        assert!(Instant::now() < deadline, "it registers");
    }
    decides(&fleet.engine).await;
}

#[tokio::test]
async fn a_replica_that_ends_is_waited_for_no_more() {
    let fleet = Fleet::new().await;
    let other = fleet.another().await;
    let mut admin = fleet.db.admin().await.unwrap();
    assert_eq!(rows(&mut admin).await.len(), 2);
    other.stop().await;
    assert_eq!(rows(&mut admin).await.len(), 1);
    assert_eq!(other.decide(&anna(), &ONESELF, NOW), Err(Undecided));
}

#[tokio::test]
async fn who_lost_the_database_decides_nothing_until_it_is_back() {
    let fleet = Fleet::new().await;
    let (_, mut news) = fleet.engine.watch().unwrap();
    fleet.close_database().await;
    until("the engine stops deciding", || {
        fleet.engine.decide(&anna(), &ONESELF, NOW) == Err(Undecided)
    })
    .await;
    assert!(matches!(news.recv().await, Ok(News::Interrupted)));
    assert!(fleet.engine.readiness().is_err());

    fleet.open_database().await;
    until("the engine decides again", || fleet.engine.readiness().is_ok()).await;
    let revision = fleet.commit(&[anna_is(false)]).await;
    fleet.engine.applied(revision).await;
    assert_eq!(
        fleet.decide(anna(), read(BERGER, None)).outcome,
        Err(Denial::NotFound)
    );
}

#[tokio::test]
async fn a_revocation_returns_although_the_database_went_away() {
    let fleet = Fleet::new().await;
    let revision = fleet.commit(&[anna_is(false)]).await;
    fleet.close_database().await;
    tokio::time::timeout(DEADLINE, fleet.engine.applied(revision))
        .await
        .expect("nobody decides without a lease, so it can return");
    fleet.open_database().await;
}

#[tokio::test]
async fn revisions_that_were_swept_meanwhile_are_loaded() {
    let fleet = Fleet::new().await;
    // As a replica finds it that was stopped for longer than revisions are kept.
    sqlx::raw_sql(
        "begin; update identity.revision_counter set revision = revision + 5;
         update identity.member set state = 'removed'; commit",
    )
    .execute(&mut fleet.db.admin().await.unwrap())
    .await
    .unwrap();
    until("the change is loaded", || {
        let asked = Requirement::Need(read(BERGER, None));
        let decided = fleet.engine.decide(&anna(), &asked, NOW);
        decided.is_ok_and(|decided| decided.outcome.is_err() && decided.revision == Revision::new(5))
    })
    .await;
}

#[tokio::test]
async fn who_asks_for_a_revision_is_answered_on_it() {
    let fleet = Fleet::new().await;
    let revision = fleet.commit(&[anna_is(false)]).await;
    fleet.engine.reach(revision).await.unwrap();
    assert!(fleet.decide(anna(), read(BERGER, None)).revision >= revision);
}

#[tokio::test]
async fn a_revision_that_the_database_does_not_have_is_not_waited_for() {
    let fleet = Fleet::new().await;
    tokio::time::timeout(DEADLINE, fleet.engine.reach(Revision::new(i64::MAX - 1)))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn revisions_become_visible_in_order_and_without_a_gap() {
    const WRITERS: i64 = 8;
    const EACH: i64 = 20;
    let fleet = Fleet::new().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let database = fleet.database.clone();
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let mut tx = database.tenant("test.commit", BERGER.uuid()).await.unwrap();
                    store::revision::append(&mut tx, &[anna_is(true)], NOW)
                        .await
                        .unwrap();
                    // The number is taken; others come in between, if they can.
                    sqlx::query("select pg_sleep(0.001)")
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();

    let mut admin = fleet.db.admin().await.unwrap();
    let deadline = Instant::now() + DEADLINE;
    loop {
        let (last, count): (i64, i64) =
            sqlx::query_as("select coalesce(max(revision), 0), count(*) from identity.revision")
                .fetch_one(&mut admin)
                .await
                .unwrap();
        assert_eq!(
            last, count,
            "a revision became visible before one that precedes it"
        );
        if last == WRITERS * EACH {
            break;
        }
        assert!(Instant::now() < deadline, "the writers end");
    }
    for writer in writers {
        writer.await.unwrap();
    }
    fleet.engine.applied(Revision::new(WRITERS * EACH)).await;
    assert_eq!(
        fleet.decide(anna(), read(BERGER, None)).revision,
        Revision::new(WRITERS * EACH)
    );
}

#[tokio::test]
async fn a_rolled_back_change_leaves_no_gap() {
    let fleet = Fleet::new().await;
    let mut tx = fleet.database.system("test.roll_back").await.unwrap();
    store::revision::append(&mut tx, &[anna_is(false)], NOW)
        .await
        .unwrap();
    drop(tx);

    let revision = fleet.commit(&[anna_is(true)]).await;
    fleet.engine.applied(revision).await;

    assert_eq!(
        fleet.decide(anna(), read(BERGER, None)).revision,
        Revision::new(1)
    );
}

#[tokio::test]
async fn a_watcher_hears_whose_rights_moved() {
    let fleet = Fleet::new().await;
    let (_, mut news) = fleet.engine.watch().unwrap();
    let until = NOW;
    let revoked = Change::SessionRevoked {
        session: SESSION,
        principal: PAUL.into(),
        until,
    };
    let revision = fleet.commit(&[anna_is(false), revoked]).await;
    fleet.engine.applied(revision).await;
    fleet.put_grant(grant(1)).await;

    let mut heard = Vec::new();
    for _ in 0..2 {
        let Ok(News::Moved(moved)) = news.recv().await else {
            panic!("the watch goes on")
        };
        heard.push((
            moved.revision.number(),
            moved.principals.iter().copied().collect::<Vec<_>>(),
            moved.organizations.iter().copied().collect::<Vec<_>>(),
        ));
    }
    assert_eq!(
        heard,
        [
            (1, vec![ANNA.into(), PAUL.into()], vec![]),
            (2, vec![], vec![ALPINA, BERGER])
        ]
    );
}

#[tokio::test]
async fn denials_of_one_minute_are_announced_as_one() {
    let fleet = Fleet::new().await;
    let asked = Requirement::Need(Need {
        recent_auth: true,
        ..read(BERGER, None)
    });
    let (events, denied) = announced(&fleet, &asked, Denial::ReauthenticationRequired).await;

    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind(), "access.denied");
    let expected = AccessDenied {
        user: ANNA.to_string(),
        organization: BERGER.to_string(),
        target: BERGER.to_string(),
        permission: "product:read".to_owned(),
        reason: "REAUTHENTICATION_REQUIRED".to_owned(),
        count: 3,
    };
    assert_eq!(denied, expected);
}

#[tokio::test]
async fn a_denial_does_not_tell_whether_a_stranger_exists() {
    let fleet = Fleet::new().await;
    let asked = Requirement::Need(read(ALPINA, None));
    let (events, denied) = announced(&fleet, &asked, Denial::NotFound).await;

    assert_eq!(denied.target, "");
    assert_eq!(events[0].header("ce_organizations"), BERGER.to_string());
    assert!(!format!("{events:?}").contains(&ALPINA.to_string()));
}

/// What is announced of three such denials of Anna.
async fn announced(fleet: &Fleet, asked: &Requirement, denial: Denial) -> (Vec<Announced>, AccessDenied) {
    let service = World::empty().await;
    for _ in 0..3 {
        let decided = check::run(&fleet.engine, &anna(), asked, NOW).unwrap();
        assert_eq!(decided.outcome, Err(denial.clone()));
    }

    // It is told to stop, and announces what is left.
    let stop = CancellationToken::new();
    stop.cancel();
    announce_denials(fleet.engine.clone(), service.context.clone(), stop)
        .await
        .unwrap();

    let events = service.events(&format!("denied:{ANNA}"), 1).await;
    let payload: Vec<u8> = sqlx::query_scalar("select payload from identity_test_log.record where key = $1")
        .bind(format!("denied:{ANNA}"))
        .fetch_one(&mut service.admin().await)
        .await
        .unwrap();
    (events, AccessDenied::decode(payload.as_slice()).unwrap())
}
