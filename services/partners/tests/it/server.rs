//! What runs: partners itself, and what it talks to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{
    AccessGuard, AuthenticationLayer, LocalKeys, ServiceKey, ServiceKeys, ServiceSigner, TokenSigner,
    Verifier,
};
use entente_contracts::{DESCRIPTOR_SET, GuardedDecisionService, GuardedSessionService, SharedGuard};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{EventLog as _, Outbox, OutboxConfig, Relay, RelayConfig, Schema, Topic};
use entente_partners::Config;
use entente_pg::{Migrations, worker_role};
use entente_runtime::clock::SharedClock;
use entente_runtime::random::{SharedRandom, SystemRandom};
use entente_runtime::server::{Admin, GrpcServices, Host, Limits, Parts, serve};
use entente_service::{Context, Peers, SHARDS};
use entente_testkit::Db;
use entente_testkit::identity::Identity;
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use crate::identity::Grants;

const LOG: &str = "eventlog";

/// What makes a service known to the others.
#[derive(Clone)]
pub struct Services {
    pub identity_url: String,
    pub partners: PrivateKey,
    pub notifications: PrivateKey,
    pub keys: ServiceKeys,
}

/// partners in a runtime of its own, so that it can be killed.
pub struct Server {
    pub url: String,
    runtime: Option<Runtime>,
}

impl Server {
    pub async fn start(
        database: (String, Duration),
        link_key: PathBuf,
        services: Services,
        clock: SharedClock,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let starting = runtime.spawn(async move {
            let parts = partners(&database.0, database.1, link_key, services, clock).await;
            serve_parts(parts, CancellationToken::new()).await
        });
        Self {
            url: starting.await.unwrap(),
            runtime: Some(runtime),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn partners(
    url: &str,
    patience: Duration,
    link_key: PathBuf,
    services: Services,
    clock: SharedClock,
) -> Parts {
    let mut settings = entente_pg::Settings::new("partners", url).unwrap();
    (settings.max_connections, settings.acquire_timeout) = (8, patience);
    let context = Context::open(
        entente_pg::Database::open(&settings),
        entente_partners::migrations().unwrap(),
        entente_partners::topics(),
        Arc::new(log(url, CancellationToken::new())),
        clock.clone(),
        SystemRandom::shared(),
        services.peers("partners", services.partners.clone(), clock),
    );
    let config = Config {
        link_key: Some(link_key),
        sweep_interval: Duration::from_millis(50),
        recovery_interval: Duration::from_millis(50),
        recovery_after: Duration::from_secs(15),
    };
    entente_partners::build(context.await.unwrap(), config)
        .await
        .unwrap()
}

impl Services {
    pub fn new(random: &SharedRandom) -> Self {
        let (partners, notifications) = (PrivateKey::generate(&**random), PrivateKey::generate(&**random));
        let keys =
            [("partners", &partners), ("notifications", &notifications)].map(|(name, key)| ServiceKey {
                name: name.to_owned(),
                key: key.public(),
            });
        let keys = keys.into_iter().collect();
        Self {
            identity_url: String::new(),
            partners,
            notifications,
            keys,
        }
    }

    fn peers(&self, name: &str, key: PrivateKey, clock: SharedClock) -> Peers {
        let urls = BTreeMap::from([("identity", self.identity_url.clone())]);
        Peers::new(
            urls,
            ServiceSigner::new(name, key, clock.clone()),
            self.keys.clone(),
            clock,
        )
    }
}

pub async fn database() -> (Db, Migrations) {
    let none = || Migrator::with_migrations(Vec::new());
    let identity = || entente_service::migrations("identity", none()).unwrap();
    let tables = statements(LOG, &worker_role(LOG)).unwrap();
    let log = Migrations::new(LOG, none()).with_part("log", [tables]);
    let db = Db::new(&[entente_partners::migrations().unwrap(), identity(), log])
        .await
        .unwrap();
    (db, identity())
}

pub fn log(url: &str, stop: CancellationToken) -> PostgresLog {
    let database = entente_pg::Database::open(&entente_pg::Settings::new(LOG, url).unwrap());
    PostgresLog::start(
        database.worker_pool().clone(),
        PostgresLogConfig::new(Schema::new(LOG).unwrap()),
        stop,
    )
}

pub async fn serve_identity(
    identity: &Identity<Grants>,
    services: &Services,
    people: &TokenSigner,
    clock: SharedClock,
    stop: CancellationToken,
) -> String {
    let verifier = Verifier::new(
        LocalKeys::new(people.public(), []),
        services.keys.clone(),
        clock.clone(),
    );
    let guard = SharedGuard::new(AccessGuard::new(identity.clone(), clock));
    let grpc = GrpcServices::new()
        .with(GuardedDecisionService::server(identity.clone(), guard.clone()))
        .with(GuardedSessionService::server(identity.clone(), guard));
    serve_parts(
        Parts::grpc(
            "identity",
            grpc,
            DESCRIPTOR_SET,
            AuthenticationLayer::new(verifier),
        ),
        stop,
    )
    .await
}

pub async fn announce_as_identity(
    db: &Db,
    migrations: Migrations,
    services: &Services,
    clock: SharedClock,
    stop: CancellationToken,
) -> Context {
    let topics = vec![Topic::new("identity", "organization").unwrap()];
    let log = log(db.url(), stop.clone());
    log.ensure_topics(&topics).await.unwrap();
    let database = db.open("identity").unwrap();
    let pool = database.worker_pool().clone();
    let config = OutboxConfig {
        schema: Schema::new("identity").unwrap(),
        topics,
        shards: SHARDS,
    };
    let outbox = Outbox::open(&pool, config).await.unwrap();
    let log: Arc<PostgresLog> = Arc::new(log);
    tokio::spawn(Relay::new(outbox.clone(), pool, log.clone(), RelayConfig::default()).run(stop));
    Context {
        name: "identity",
        database,
        migrations: Arc::new(migrations),
        outbox,
        log,
        clock: clock.clone(),
        random: SystemRandom::shared(),
        peers: services.peers("partners", services.partners.clone(), clock),
    }
}

async fn serve_parts(parts: Parts, stop: CancellationToken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let host = Host {
        limits: Limits::default(),
        random: SystemRandom::shared(),
        admin: Admin::new(),
    };
    tokio::spawn(async move { serve(listener, parts, &host, stop).await.unwrap() });
    url
}
