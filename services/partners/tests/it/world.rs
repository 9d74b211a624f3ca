//! partners on a database of its own, with what it talks to, and people who use it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{
    AccessGuard, AuthenticationLayer, LocalKeys, Person, ServiceKey, ServiceKeys, ServiceSigner, TokenSigner,
    Verifier,
};
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_contracts::identity::v1::{Organization, OrganizationState, OrganizationType};
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_contracts::partners::v1::partnership_service_client::PartnershipServiceClient;
use entente_contracts::partners::v1::product_service_client::ProductServiceClient;
use entente_contracts::partners::v1::*;
use entente_contracts::{DESCRIPTOR_SET, GuardedDecisionService, GuardedSessionService, SharedGuard};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{EventLog as _, Outbox, OutboxConfig, Relay, RelayConfig, Schema, Topic};
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_partners::Config;
use entente_pg::{Migrations, worker_role};
use entente_runtime::client::{self, Client};
use entente_runtime::clock::{Clock as _, ManualClock, SharedClock, SystemClock};
use entente_runtime::random::{SharedRandom, SystemRandom};
use entente_runtime::server::{Admin, GrpcServices, Host, Limits, Parts, serve};
use entente_service::{Actor, Announcement, Context, Peers, SHARDS};
use entente_testkit::Db;
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::identity::Identity;

pub type Products = ProductServiceClient<Client>;
pub type Invitations = PartnershipInvitationServiceClient<Client>;
pub type Partnerships = PartnershipServiceClient<Client>;

const LOG: &str = "eventlog";

pub struct World {
    pub db: Db,
    pub identity: Identity,
    pub clock: Arc<ManualClock>,
    /// Where partners finds its database, and how long it waits for it.
    pub database: (String, Duration),
    server: Option<Server>,
    /// Announces as identity does.
    announcing: Context,
    people: Arc<TokenSigner>,
    services: Services,
    random: SharedRandom,
    folder: tempfile::TempDir,
    _stop: DropGuard,
}

/// What makes a service known to the others.
#[derive(Clone)]
struct Services {
    identity_url: String,
    partners: PrivateKey,
    notifications: PrivateKey,
    keys: ServiceKeys,
}

impl World {
    pub async fn new() -> Self {
        let stop = CancellationToken::new();
        let random = SystemRandom::shared();
        let clock = Arc::new(ManualClock::new(SystemClock::new().now()));
        let (db, identity_schema) = database().await;
        let people = TokenSigner::new(PrivateKey::generate(&*random), clock.clone());
        let identity = Identity::new(people.public());
        let mut services = Services::new(&random);
        services.identity_url =
            serve_identity(&identity, &services, &people, clock.clone(), stop.clone()).await;
        let announcing =
            announce_as_identity(&db, identity_schema, &services, clock.clone(), stop.clone()).await;
        let mut world = Self {
            database: (db.url().to_owned(), Duration::from_secs(30)),
            db,
            identity,
            clock,
            server: None,
            announcing,
            people: Arc::new(people),
            services,
            random,
            folder: tempfile::tempdir().unwrap(),
            _stop: stop.drop_guard(),
        };
        world.start().await;
        world
    }

    /// Starts partners, if it doesn't run, as a process would.
    pub async fn start(&mut self) {
        let link_key = self.folder.path().join("links.key");
        let (services, clock) = (self.services.clone(), self.clock.clone());
        self.server = Some(Server::start(self.database.clone(), link_key, services, clock).await);
    }

    /// Ends partners in the middle of whatever it does, as `kill -9` does.
    pub fn kill(&mut self) {
        self.server.take();
    }

    pub fn bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        bytes
    }

    /// Somebody who acts in an organization.
    pub fn person(&self, organization: OrganizationId) -> Person {
        let now = self.clock.now();
        let (user, session) = (UserId::new(now, self.bytes()), SessionId::new(now, self.bytes()));
        Person {
            user,
            session,
            organization,
            auth_time: now,
        }
    }

    /// Somebody of a new organization that partners has heard of.
    pub async fn someone(&self, kind: OrganizationType, name: &str) -> Person {
        let person = self.person(OrganizationId::new(self.clock.now(), self.bytes()));
        self.announce(organization(&person, kind, name)).await;
        person
    }

    pub async fn partner(&self, name: &str) -> Person {
        self.someone(OrganizationType::Partner, name).await
    }

    pub async fn client(&self, name: &str) -> Person {
        self.someone(OrganizationType::Client, name).await
    }

    /// identity announces an organization, and partners hears it.
    pub async fn announce(&self, organization: Organization) {
        let id: OrganizationId = organization.id.parse().unwrap();
        let topic = Topic::new("identity", "organization").unwrap();
        let announcement = Announcement {
            kind: "organization.updated",
            key: organization.id.clone(),
            organizations: &[id],
            changes: Vec::new(),
            payload: OrganizationChanged {
                organization: Some(organization.clone()),
            },
        };
        let mut tx = self.announcing.database.system("test.announce").await.unwrap();
        let actor = Actor::service("identity");
        self.announcing
            .announce(&mut tx, &topic, &actor, announcement)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.announcing.outbox.wake();
        let state = organization
            .state()
            .as_str_name()
            .trim_start_matches("ORGANIZATION_STATE_")
            .to_lowercase();
        let heard =
            "select count(*) from partners.organization where id = $1 and display_name = $2 and state = $3";
        until(async || {
            let mut admin = self.db.admin().await.unwrap();
            let query = sqlx::query_scalar::<_, i64>(heard)
                .bind(id.uuid())
                .bind(&organization.display_name);
            (query.bind(&state).fetch_one(&mut admin).await.unwrap() > 0).then_some(())
        })
        .await;
    }

    pub fn products(&self, person: &Person) -> Products {
        ProductServiceClient::new(self.channel(Some(person)))
    }

    pub fn invitations(&self, person: &Person) -> Invitations {
        PartnershipInvitationServiceClient::new(self.channel(Some(person)))
    }

    pub fn partnerships(&self, person: &Person) -> Partnerships {
        PartnershipServiceClient::new(self.channel(Some(person)))
    }

    /// The invitations, for whoever isn't signed in.
    pub fn public(&self) -> Invitations {
        PartnershipInvitationServiceClient::new(self.channel(None))
    }

    /// The invitations, for the service that writes mails.
    pub fn mailer(&self) -> Invitations {
        let key = self.services.notifications.clone();
        let signer = Arc::new(ServiceSigner::new("notifications", key, self.clock.clone()));
        let token = move || {
            let authorization = signer.authorization();
            async move { Ok(authorization) }
        };
        let options = client::Options::default().with_token(token);
        PartnershipInvitationServiceClient::new(client::channel(self.url(), options).unwrap())
    }

    fn channel(&self, person: Option<&Person>) -> Client {
        let Some(person) = person.copied() else {
            return client::channel(self.url(), client::Options::default()).unwrap();
        };
        let people = Arc::clone(&self.people);
        let token = move || {
            let header = format!("Bearer {}", people.sign(&person)).parse().unwrap();
            async move { Ok(header) }
        };
        client::channel(self.url(), client::Options::default().with_token(token)).unwrap()
    }

    fn url(&self) -> &str {
        &self.server.as_ref().unwrap().url
    }

    /// A product of the person's organization.
    pub async fn product(&self, person: &Person, category: &str, name: &str) -> Product {
        let request = create_product(person, category, name);
        self.products(person)
            .create_product(request)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap()
    }

    /// An invitation of the client to the partner for some of its products; for all of it without any.
    pub async fn invite(
        &self,
        client: &Person,
        partner: &Person,
        products: &[&Product],
    ) -> PartnershipInvitation {
        let request = invite(client, partner, products);
        let answer = self
            .invitations(client)
            .create_partnership_invitation(request)
            .await
            .unwrap();
        answer.into_inner().invitation.unwrap()
    }

    /// The token of an invitation's link, as the mail has it.
    pub async fn token(&self, invitation: &PartnershipInvitation) -> String {
        let request = GetPartnershipInvitationTokenRequest {
            invitation: invitation.id.clone(),
        };
        self.mailer()
            .get_partnership_invitation_token(request)
            .await
            .unwrap()
            .into_inner()
            .token
    }

    /// What a partner sends to accept an invitation by its link.
    pub async fn acceptance(
        &self,
        partner: &Person,
        invitation: &PartnershipInvitation,
    ) -> AcceptPartnershipInvitationRequest {
        AcceptPartnershipInvitationRequest {
            organization: partner.organization.to_string(),
            invitation: invitation.id.clone(),
            token: self.token(invitation).await,
            request_id: String::new(),
        }
    }

    /// A partnership in force.
    pub async fn partnership(&self, client: &Person, partner: &Person, products: &[&Product]) -> Partnership {
        let invitation = self.invite(client, partner, products).await;
        let acceptance = self.acceptance(partner, &invitation).await;
        let answer = self
            .invitations(partner)
            .accept_partnership_invitation(acceptance)
            .await
            .unwrap();
        self.read_partnership(client, &answer.into_inner().invitation.unwrap().partnership)
            .await
    }

    pub async fn read_partnership(&self, person: &Person, id: &str) -> Partnership {
        let organization = person.organization.to_string();
        let request = GetPartnershipRequest {
            organization,
            partnership: id.to_owned(),
        };
        self.partnerships(person)
            .get_partnership(request)
            .await
            .unwrap()
            .into_inner()
            .partnership
            .unwrap()
    }

    pub async fn read_invitation(&self, person: &Person, id: &str) -> PartnershipInvitation {
        let organization = person.organization.to_string();
        let request = GetPartnershipInvitationRequest {
            organization,
            invitation: id.to_owned(),
        };
        let answer = self
            .invitations(person)
            .get_partnership_invitation(request)
            .await
            .unwrap();
        answer.into_inner().invitation.unwrap()
    }

    /// What was announced of an aggregate, once there are so many events of it on the log.
    pub async fn announced(&self, key: &str, count: usize) -> Vec<Announced> {
        until(async || {
            let query =
                "select headers::text, payload from eventlog.record where key = $1 order by record_offset";
            let mut admin = self.db.admin().await.unwrap();
            let rows = sqlx::query_as::<_, (String, Vec<u8>)>(query)
                .bind(key)
                .fetch_all(&mut admin)
                .await
                .unwrap();
            let events: Vec<_> = rows.into_iter().map(Announced::read).collect();
            (events.len() >= count).then_some(events)
        })
        .await
    }
}

/// An event as it stands on the log.
#[derive(Debug, Clone)]
pub struct Announced {
    pub headers: BTreeMap<String, String>,
    pub payload: Vec<u8>,
}

impl Announced {
    fn read((headers, payload): (String, Vec<u8>)) -> Self {
        let headers: Vec<(String, String)> = serde_json::from_str(&headers).unwrap();
        Self {
            headers: headers.into_iter().collect(),
            payload,
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.header("ce_type")
    }

    /// What the field was and is since.
    pub fn change(&self, field: &str) -> (serde_json::Value, serde_json::Value) {
        let changes: Vec<serde_json::Value> = serde_json::from_str(self.header("ce_changes")).unwrap();
        let change = changes
            .into_iter()
            .find(|change| change["field"] == field)
            .unwrap();
        (change["before"].clone(), change["after"].clone())
    }
}

/// partners in a runtime of its own, so that it can be killed.
struct Server {
    url: String,
    runtime: Option<Runtime>,
}

impl Server {
    async fn start(
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
    fn new(random: &SharedRandom) -> Self {
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

async fn database() -> (Db, Migrations) {
    let none = || Migrator::with_migrations(Vec::new());
    let identity = || entente_service::migrations("identity", none()).unwrap();
    let tables = statements(LOG, &worker_role(LOG)).unwrap();
    let log = Migrations::new(LOG, none()).with_part("log", [tables]);
    let db = Db::new(&[entente_partners::migrations().unwrap(), identity(), log])
        .await
        .unwrap();
    (db, identity())
}

fn log(url: &str, stop: CancellationToken) -> PostgresLog {
    let database = entente_pg::Database::open(&entente_pg::Settings::new(LOG, url).unwrap());
    PostgresLog::start(
        database.worker_pool().clone(),
        PostgresLogConfig::new(Schema::new(LOG).unwrap()),
        stop,
    )
}

async fn serve_identity(
    identity: &Identity,
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

async fn announce_as_identity(
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

pub fn organization(person: &Person, kind: OrganizationType, name: &str) -> Organization {
    Organization {
        id: person.organization.to_string(),
        display_name: name.to_owned(),
        r#type: kind.into(),
        state: OrganizationState::Active.into(),
        contact_email: format!("contact@{}.example", name.to_lowercase().replace(' ', "-")),
        ..Organization::default()
    }
}

pub fn create_product(person: &Person, category: &str, name: &str) -> CreateProductRequest {
    let product = Product {
        category: category.into(),
        display_name: name.into(),
        ..Product::default()
    };
    CreateProductRequest {
        organization: person.organization.to_string(),
        product: Some(product),
        request_id: String::new(),
    }
}

pub fn invite(
    client: &Person,
    partner: &Person,
    products: &[&Product],
) -> CreatePartnershipInvitationRequest {
    let access = if products.is_empty() {
        MandateAccess::Complete
    } else {
        MandateAccess::Limited
    };
    CreatePartnershipInvitationRequest {
        organization: client.organization.to_string(),
        partner: partner.organization.to_string(),
        access: access.into(),
        products: products.iter().map(|product| product.id.clone()).collect(),
        message: "we would like to work with you".into(),
        request_id: String::new(),
    }
}

/// Waits until there is what is looked for.
pub async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    within(async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

/// What takes longer than this never ends.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("it did not end in time")
}

/// The reason that a refusal gives.
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    entente_runtime::status::reason(&answer.unwrap_err()).unwrap_or_default()
}

/// The fields that a refusal names.
pub fn fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.unwrap_err();
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}
