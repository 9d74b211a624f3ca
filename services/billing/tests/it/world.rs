//! billing on a database of its own, with what it talks to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{
    AccessGuard, AuthenticationLayer, LocalKeys, Person, ServiceKey, ServiceKeys, ServiceSigner, TokenSigner,
    Verifier,
};
use entente_billing::Config;
use entente_contracts::billing::events::v1::BillingAccountChanged;
use entente_contracts::billing::v1::billing_account_service_client::BillingAccountServiceClient;
use entente_contracts::billing::v1::*;
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_contracts::identity::v1::Organization;
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
use entente_testkit::identity::Identity;
use prost::Message as _;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::identity::Gates;

pub struct World {
    pub db: Db,
    /// Where the key of the envelope lies.
    pub keys: tempfile::TempDir,
    pub billing: Database,
    pub identity: Identity<Gates>,
    pub log: PostgresLog,
    producer: Database,
    outbox: Outbox,
    signer: TokenSigner,
    clock: SharedClock,
    random: SharedRandom,
    client: BillingAccountServiceClient<Channel>,
    _stop: DropGuard,
}

impl World {
    pub async fn new() -> Self {
        let stop = CancellationToken::new();
        let (clock, random) = (SystemClock::shared(), SystemRandom::shared());
        // identity's outbox, without identity.
        let announcing =
            entente_service::migrations("identity", Migrator::with_migrations(Vec::new())).unwrap();
        let db = Db::new(&[entente_billing::migrations().unwrap(), announcing])
            .await
            .unwrap();
        let (billing, producer) = (db.open("billing").unwrap(), db.open("identity").unwrap());
        let log = log(&db, stop.clone()).await;
        let outbox = outbox(&producer, &log, stop.clone()).await;

        let signer = TokenSigner::new(PrivateKey::generate(&*random), clock.clone());
        let identity = Identity::new(signer.public(), Gates::default());
        let service = ServiceSigner::new("billing", PrivateKey::generate(&*random), clock.clone());
        let keys: ServiceKeys = [ServiceKey {
            name: "billing".to_owned(),
            key: service.public(),
        }]
        .into_iter()
        .collect();
        let verifier = Verifier::new(LocalKeys::new(signer.public(), []), keys.clone(), clock.clone());
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
            billing.clone(),
            entente_billing::migrations().unwrap(),
            entente_billing::topics(),
            Arc::new(log.clone()),
            clock.clone(),
            random.clone(),
            peers,
        );
        let keys = tempfile::tempdir().unwrap();
        let config = Config {
            envelope_key: Some(keys.path().join("envelope.pem")),
            former_envelope_keys: Vec::new(),
        };
        let parts = entente_billing::build(context.await.unwrap(), config)
            .await
            .unwrap();
        let url = start(parts, stop.clone()).await;
        let client = BillingAccountServiceClient::new(Endpoint::from_shared(url).unwrap().connect_lazy());
        let _stop = stop.drop_guard();
        let world = Self {
            db,
            keys,
            billing,
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
        let stranger = self.owner(self.organization());
        let elsewhere = self.organization().to_string();
        eventually(async || self.get(&stranger, &elsewhere).await.unwrap_err().code() == Code::NotFound)
            .await;
    }

    fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        bytes
    }

    pub fn organization(&self) -> OrganizationId {
        OrganizationId::new(self.clock.now(), self.bytes())
    }

    /// Somebody who may do everything about their organization's account.
    pub fn owner(&self, organization: OrganizationId) -> Person {
        let now = self.clock.now();
        let (user, session) = (UserId::new(now, self.bytes()), SessionId::new(now, self.bytes()));
        let person = Person {
            user,
            session,
            organization,
            auth_time: now,
            second_factor: false,
        };
        self.identity.table.decides(&person, organization, "");
        person
    }

    /// An organization whose account is open and whose gate identity knows, and its owner.
    pub async fn opened(&self) -> (OrganizationId, Person) {
        let organization = self.organization();
        self.announce(&self.event("organization.created", organization))
            .await;
        eventually(async || !self.identity.gates(organization).is_empty()).await;
        self.until_all_is_pushed().await;
        (organization, self.owner(organization))
    }

    /// What identity says of an organization.
    pub fn event(&self, kind: &str, organization: OrganizationId) -> Event {
        let id = organization.to_string();
        let payload = Organization {
            id: id.clone(),
            ..Organization::default()
        };
        Event {
            id: EventId::new(self.clock.now(), self.bytes()).to_string(),
            topic: organizations(),
            kind: kind.to_owned(),
            key: id.clone(),
            resource: id.clone(),
            time: self.clock.now(),
            actor: "usr_1".to_owned(),
            on_behalf_of: None,
            organizations: vec![id],
            request_id: Some("r-created".to_owned()),
            changes: Vec::new(),
            traceparent: None,
            payload: OrganizationChanged {
                organization: Some(payload),
            }
            .encode_to_vec(),
        }
    }

    pub async fn announce(&self, event: &Event) {
        let mut tx = self.producer.system("test.announce").await.unwrap();
        self.outbox.append(&mut tx, event).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    pub async fn get(&self, person: &Person, organization: &str) -> Result<BillingAccount, Status> {
        let request = GetBillingAccountRequest {
            organization: organization.to_owned(),
        };
        let answer = self
            .client
            .clone()
            .get_billing_account(self.by(person, request))
            .await?;
        Ok(answer.into_inner().account.unwrap())
    }

    pub async fn update(
        &self,
        person: &Person,
        request: UpdateBillingAccountRequest,
    ) -> Result<BillingAccount, Status> {
        let answer = self
            .client
            .clone()
            .update_billing_account(self.by(person, request))
            .await?;
        Ok(answer.into_inner().account.unwrap())
    }

    fn by<T>(&self, person: &Person, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let token = format!("Bearer {}", self.signer.sign(person));
        request
            .metadata_mut()
            .insert("authorization", token.parse().unwrap());
        request
    }

    /// What billing announced of an organization, once it is so many events.
    pub async fn announced(&self, organization: OrganizationId, count: usize) -> Vec<Announced> {
        let mut found = Vec::new();
        eventually(async || {
            found = self.announced_by_now(organization).await;
            found.len() >= count
        })
        .await;
        found
    }

    async fn announced_by_now(&self, organization: OrganizationId) -> Vec<Announced> {
        let rows = sqlx::query(
            "select headers::text, payload from event_log.record
             where topic = 'entente.billing.account.v1' and key = $1 order by record_offset",
        )
        .bind(organization.to_string())
        .fetch_all(&mut self.db.admin().await.unwrap())
        .await
        .unwrap();
        let read = |row: &sqlx::postgres::PgRow| {
            let headers: Vec<(String, String)> = serde_json::from_str(row.get(0)).unwrap();
            let payload = BillingAccountChanged::decode(row.get::<&[u8], _>(1)).unwrap();
            Announced {
                headers: headers.into_iter().collect(),
                account: payload.account.unwrap(),
            }
        };
        rows.iter().map(read).collect()
    }

    pub async fn until_all_is_pushed(&self) {
        eventually(async || {
            sqlx::query_scalar::<_, bool>("select bool_and(gate_pushed) from billing.account")
                .fetch_one(&mut self.db.admin().await.unwrap())
                .await
                .unwrap()
        })
        .await;
    }
}

/// An event as it stands in the log.
#[derive(Debug)]
pub struct Announced {
    pub headers: HashMap<String, String>,
    pub account: BillingAccount,
}

/// A request that sets an account up.
pub fn complete(organization: OrganizationId) -> UpdateBillingAccountRequest {
    let account = BillingAccount {
        organization: organization.to_string(),
        legal_name: "Alpina AG".to_owned(),
        email: "billing@alpina.example".to_owned(),
        address: "Seestrasse 1\n8000 Zürich".to_owned(),
        country_code: "CH".to_owned(),
        payment_method: Some(card()),
        ..BillingAccount::default()
    };
    request(
        account,
        &["legal_name", "email", "address", "country_code", "payment_method"],
    )
}

pub fn card() -> PaymentMethod {
    PaymentMethod {
        token: TOKEN.to_owned(),
        brand: "visa".to_owned(),
        last_four: "4242".to_owned(),
    }
}

pub const TOKEN: &str = "tok_very_secret";

pub fn request(account: BillingAccount, paths: &[&str]) -> UpdateBillingAccountRequest {
    let paths = paths.iter().map(ToString::to_string).collect();
    UpdateBillingAccountRequest {
        account: Some(account),
        update_mask: Some(prost_types::FieldMask { paths }),
        request_id: String::new(),
    }
}

/// A request that renames it.
pub fn rename(organization: OrganizationId, legal_name: &str) -> UpdateBillingAccountRequest {
    let account = BillingAccount {
        organization: organization.to_string(),
        legal_name: legal_name.to_owned(),
        ..BillingAccount::default()
    };
    request(account, &["legal_name"])
}

/// Waits until a condition holds; what takes longer than this never ends.
pub async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("it did not come about in time");
}

/// The fields that a refusal names.
pub fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

fn organizations() -> Topic {
    Topic::parse("entente.identity.organization.v1").unwrap()
}

async fn log(db: &Db, stop: CancellationToken) -> PostgresLog {
    let tables = statements("event_log", "billing_worker").unwrap();
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

async fn outbox(database: &Database, log: &PostgresLog, stop: CancellationToken) -> Outbox {
    let topics = vec![organizations()];
    log.ensure_topics(&topics).await.unwrap();
    let config = OutboxConfig {
        schema: Schema::new("identity").unwrap(),
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
