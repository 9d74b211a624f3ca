//! audit on a database of its own, with what it talks to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{
    AccessGuard, AuthenticationLayer, LocalKeys, Person, ServiceKey, ServiceKeys, ServiceSigner, TokenSigner,
    Verifier,
};
use entente_audit::Config;
use entente_contracts::audit::v1::audit_service_client::AuditServiceClient;
use entente_contracts::audit::v1::{AuditEvent, ListAuditEventsRequest, ListAuditEventsResponse};
use entente_contracts::{DESCRIPTOR_SET, GuardedDecisionService, GuardedSessionService, SharedGuard};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{Event, EventLog as _, Outbox, OutboxConfig, Relay, RelayConfig, Schema, Topic};
use entente_ids::{EventId, OrganizationId, SessionId, UserId};
use entente_pg::Database;
use entente_runtime::clock::{SharedClock, SystemClock};
use entente_runtime::random::{SharedRandom, SystemRandom};
use entente_runtime::server::{Admin, GrpcServices, Host, Limits, Parts, serve};
use entente_service::{Context, Peers, SHARDS};
use entente_testkit::Db;
use entente_testkit::identity::{Identity, Table};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

pub const TOPICS: [&str; 13] = [
    "entente.identity.organization.v1",
    "entente.identity.member.v1",
    "entente.identity.account.v1",
    "entente.identity.session.v1",
    "entente.identity.access.v1",
    "entente.identity.role.v1",
    "entente.identity.group.v1",
    "entente.identity.service_account.v1",
    "entente.identity.encryption_key.v1",
    "entente.partners.product.v1",
    "entente.partners.invitation.v1",
    "entente.partners.partnership.v1",
    "entente.billing.account.v1",
];

pub struct World {
    pub db: Db,
    pub audit: Database,
    pub identity: Identity<Table>,
    pub log: PostgresLog,
    producer: Database,
    outbox: Outbox,
    signer: TokenSigner,
    clock: SharedClock,
    random: SharedRandom,
    client: AuditServiceClient<Channel>,
    _stop: DropGuard,
}

impl World {
    pub async fn new() -> Self {
        let stop = CancellationToken::new();
        let (clock, random) = (SystemClock::shared(), SystemRandom::shared());
        // Something that announces, on all topics.
        let partners =
            entente_service::migrations("partners", Migrator::with_migrations(Vec::new())).unwrap();
        let db = Db::new(&[entente_audit::migrations().unwrap(), partners])
            .await
            .unwrap();
        let (audit, producer) = (db.open("audit").unwrap(), db.open("partners").unwrap());
        let log = log(&db, stop.clone()).await;
        let outbox = announcing(&producer, &log, stop.clone()).await;

        let signer = TokenSigner::new(PrivateKey::generate(&*random), clock.clone());
        let identity = Identity::new(signer.public(), Table::default());
        let service = ServiceSigner::new("audit", PrivateKey::generate(&*random), clock.clone());
        let keys: ServiceKeys = [ServiceKey {
            name: "audit".to_owned(),
            key: service.public(),
        }]
        .into_iter()
        .collect();
        let known = LocalKeys::new(signer.public(), []);
        let verifier = Verifier::new(known, keys.clone(), clock.clone());
        let guard = SharedGuard::new(AccessGuard::new(identity.clone(), clock.clone()));
        let services = GrpcServices::new()
            .with(GuardedDecisionService::server(identity.clone(), guard.clone()))
            .with(GuardedSessionService::server(identity.clone(), guard));
        let parts = Parts::grpc(
            "identity",
            services,
            DESCRIPTOR_SET,
            AuthenticationLayer::new(verifier),
        );
        let identity_url = start(parts, stop.clone()).await;

        let peers = Peers::new(
            BTreeMap::from([("identity", identity_url)]),
            service,
            keys,
            clock.clone(),
        );
        let context = Context::open(
            audit.clone(),
            entente_audit::migrations().unwrap(),
            entente_audit::topics(),
            Arc::new(log.clone()),
            clock.clone(),
            random.clone(),
            peers,
        );
        let parts = entente_audit::build(context.await.unwrap(), Config::default())
            .await
            .unwrap();
        let url = start(parts, stop.clone()).await;
        let client = AuditServiceClient::new(Endpoint::from_shared(url).unwrap().connect_lazy());
        let _stop = stop.drop_guard();
        let world = Self {
            db,
            audit,
            identity,
            log,
            producer,
            outbox,
            signer,
            clock,
            random,
            client,
            _stop,
        };
        world.until_it_answers().await;
        world
    }

    /// On a busy machine identity's keys may take longer than the first call waits for them.
    async fn until_it_answers(&self) {
        let stranger = self.reader(self.organization());
        let request = ListAuditEventsRequest {
            organization: self.organization().to_string(),
            ..ListAuditEventsRequest::default()
        };
        within(async {
            while self.list(&stranger, request.clone()).await.unwrap_err().code() != Code::NotFound {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    pub fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        bytes
    }

    pub fn organization(&self) -> OrganizationId {
        OrganizationId::new(self.clock.now(), self.bytes())
    }

    /// Somebody who may read the trail of their organization.
    pub fn reader(&self, organization: OrganizationId) -> Person {
        let now = self.clock.now();
        let (user, session) = (UserId::new(now, self.bytes()), SessionId::new(now, self.bytes()));
        let person = Person {
            user,
            session,
            organization,
            auth_time: now,
            second_factor: false,
        };
        self.identity.decides(&person, organization, "");
        person
    }

    pub fn client(&self) -> AuditServiceClient<Channel> {
        self.client.clone()
    }

    pub fn by<T>(&self, person: &Person, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let token = format!("Bearer {}", self.signer.sign(person));
        request
            .metadata_mut()
            .insert("authorization", token.parse().unwrap());
        request
    }

    /// Something that happened, to be changed and announced.
    pub fn event(&self, organizations: &[OrganizationId]) -> Event {
        let id = EventId::new(self.clock.now(), self.bytes()).to_string();
        Event {
            topic: Topic::parse("entente.partners.product.v1").unwrap(),
            kind: "product.created".to_owned(),
            key: format!("prd_{id}"),
            resource: "prd_1".to_owned(),
            id,
            time: self.clock.now(),
            actor: "usr_1".to_owned(),
            on_behalf_of: None,
            organizations: organizations.iter().map(ToString::to_string).collect(),
            request_id: None,
            changes: Vec::new(),
            traceparent: None,
            payload: b"a secret of no concern to the trail".to_vec(),
        }
    }

    pub async fn announce(&self, event: &Event) {
        let mut tx = self.producer.system("test.announce").await.unwrap();
        self.outbox.append(&mut tx, event).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    pub async fn list(
        &self,
        person: &Person,
        request: ListAuditEventsRequest,
    ) -> Result<ListAuditEventsResponse, Status> {
        Ok(self
            .client()
            .list_audit_events(self.by(person, request))
            .await?
            .into_inner())
    }

    /// The trail of the person's organization, once it has so many events.
    pub async fn trail(&self, person: &Person, count: usize) -> Vec<AuditEvent> {
        let request = ListAuditEventsRequest {
            organization: person.organization.to_string(),
            page_size: 200,
            ..ListAuditEventsRequest::default()
        };
        within(async {
            loop {
                let events = self.list(person, request.clone()).await.unwrap().events;
                if events.len() >= count {
                    return events;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }
}

/// What takes longer than this never ends.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("it did not end in time")
}

/// The fields that a refusal names.
pub fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

async fn log(db: &Db, stop: CancellationToken) -> PostgresLog {
    let tables = statements("event_log", "partners_worker").unwrap();
    let text = format!("create schema event_log; {tables}");
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut db.admin().await.unwrap())
        .await
        .unwrap();
    let pool = PgPool::connect(db.url()).await.unwrap();
    PostgresLog::start(
        pool,
        PostgresLogConfig::new(Schema::new("event_log").unwrap()),
        stop,
    )
}

async fn announcing(database: &Database, log: &PostgresLog, stop: CancellationToken) -> Outbox {
    let topics: Vec<Topic> = TOPICS.iter().map(|topic| Topic::parse(topic).unwrap()).collect();
    log.ensure_topics(&topics).await.unwrap();
    let config = OutboxConfig {
        schema: Schema::new("partners").unwrap(),
        topics,
        shards: SHARDS,
    };
    let pool = database.worker_pool().clone();
    let outbox = Outbox::open(&pool, config).await.unwrap();
    let relay = Relay::new(
        outbox.clone(),
        pool,
        Arc::new(log.clone()),
        RelayConfig::default(),
    );
    tokio::spawn(relay.run(stop));
    outbox
}

async fn start(parts: Parts, stop: CancellationToken) -> String {
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
