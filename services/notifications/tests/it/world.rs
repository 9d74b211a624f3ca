//! notifications on a database of its own, with what it talks to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{
    AccessGuard, AuthenticationLayer, LocalKeys, Person, ServiceKey, ServiceKeys, ServiceSigner, TokenSigner,
    Verifier,
};
use entente_contracts::access::v1::Resource;
use entente_contracts::identity::events::v1::{AccountChanged, CredentialChanged, MemberChanged};
use entente_contracts::identity::v1::{GetMemberInvitationTokenResponse, Member, Profile};
use entente_contracts::notifications::v1::notification_service_client::NotificationServiceClient;
use entente_contracts::notifications::v1::{ListNotificationsRequest, Notification};
use entente_contracts::partners::events::v1::{PartnershipChanged, PartnershipInvitationChanged};
use entente_contracts::partners::v1::{Partnership, PartnershipInvitation};
use entente_contracts::{
    DESCRIPTOR_SET, GuardedAccountService, GuardedDecisionService, GuardedMemberService,
    GuardedPartnershipInvitationService, GuardedSessionService, GuardedSettingsService, SharedGuard,
    timestamp,
};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{Event, EventLog as _, Outbox, OutboxConfig, Relay, RelayConfig, Schema, Topic};
use entente_ids::{EventId, Id, Kind, OrganizationId, SessionId, UserId};
use entente_notifications::Config;
use entente_pg::Database;
use entente_runtime::clock::{Clock as _, ManualClock};
use entente_runtime::random::{SharedRandom, SystemRandom};
use entente_runtime::server::{Admin, GrpcServices, Host, Limits, Parts, serve};
use entente_service::{Context, Peers, SHARDS};
use entente_testkit::Db;
use entente_testkit::identity::Identity;
use jiff::Timestamp;
use prost::Message;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use crate::identity::People;
use crate::mailbox::{Mail, mails};
use crate::partners::Partners;

pub const NOW: Timestamp = Timestamp::constant(1_800_000_000, 123_000_000);
const TOPICS: [&str; 5] = [
    "entente.identity.member.v1",
    "entente.partners.invitation.v1",
    "entente.partners.partnership.v1",
    "entente.identity.account.v1",
    "entente.identity.encryption_key.v1",
];
pub const INVITATION: &str = "entente.partners.invitation.v1";

const SOON: Duration = Duration::from_millis(20);

pub struct World {
    pub db: Db,
    pub notifications: Database,
    pub identity: Identity<People>,
    pub partners: Partners,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
    producer: Database,
    outbox: Outbox,
    signer: TokenSigner,
    random: SharedRandom,
    client: NotificationServiceClient<Channel>,
    _stop: DropGuard,
}

/// An organization and somebody in it who looks after all that concerns it.
pub struct Place {
    pub id: OrganizationId,
    pub name: &'static str,
    pub person: Person,
    pub email: String,
}

/// What is noted of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub recipient: String,
    pub state: String,
    pub attempts: i32,
    pub error: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let stop = CancellationToken::new();
        let (clock, random) = (Arc::new(ManualClock::new(NOW)), SystemRandom::shared());
        // Something that announces, on all topics.
        let announcer =
            entente_service::migrations("partners", Migrator::with_migrations(Vec::new())).unwrap();
        let db = Db::new(&[entente_notifications::migrations().unwrap(), announcer])
            .await
            .unwrap();
        let (notifications, producer) = (db.open("notifications").unwrap(), db.open("partners").unwrap());
        let log = log(&db, stop.clone()).await;
        let outbox = announcing(&producer, &log, stop.clone()).await;

        let signer = TokenSigner::new(PrivateKey::generate(&*random), clock.clone());
        let identity = Identity::new(signer.public(), People::default());
        let partners = Partners::default();
        let service = ServiceSigner::new("notifications", PrivateKey::generate(&*random), clock.clone());
        let key = ServiceKey {
            name: "notifications".to_owned(),
            key: service.public(),
        };
        let keys: ServiceKeys = [key].into_iter().collect();
        let others = Others {
            identity: identity.clone(),
            partners: partners.clone(),
        };
        let urls = others.start(&signer, &keys, &clock, &stop).await;

        let folder = TempDir::new().unwrap();
        let mut config = Config {
            mail_folder: Some(folder.path().join("mails")),
            smtp_url: None,
            smtp_authorities: None,
            mail_from: "Entente <entente@example.com>".parse().unwrap(),
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
            sweep_interval: SOON,
        };
        configure(&mut config);
        let context = Context::open(
            notifications.clone(),
            entente_notifications::migrations().unwrap(),
            entente_notifications::topics(),
            Arc::new(log),
            clock.clone(),
            random.clone(),
            Peers::new(urls, service, keys, clock.clone()),
        );
        let parts = entente_notifications::build(context.await.unwrap(), config)
            .await
            .unwrap();
        let url = start(parts, stop.clone()).await;
        let client = NotificationServiceClient::new(Endpoint::from_shared(url).unwrap().connect_lazy());
        let _stop = stop.drop_guard();
        Self {
            db,
            notifications,
            identity,
            partners,
            clock,
            folder,
            producer,
            outbox,
            signer,
            random,
            client,
            _stop,
        }
    }

    pub fn id<K: Kind>(&self) -> Id<K> {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        Id::new(self.clock.now(), bytes)
    }

    /// An organization with one person, whom all that concerns it is told.
    pub fn place(&self, name: &'static str, email: &str) -> Place {
        let id: OrganizationId = self.id();
        self.identity.names(id, name);
        let person = self.person(id);
        for resource in [Resource::Member, Resource::PartnershipInvitation] {
            self.identity.has(id, resource, person.user, email);
        }
        Place {
            id,
            name,
            person,
            email: email.to_owned(),
        }
    }

    pub fn person(&self, organization: OrganizationId) -> Person {
        let (user, session): (UserId, SessionId) = (self.id(), self.id());
        Person {
            user,
            session,
            organization,
            auth_time: self.clock.now(),
            second_factor: false,
        }
    }

    pub fn client(&self) -> NotificationServiceClient<Channel> {
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

    /// A pending member of a place, and the event that announces them.
    pub fn invited(&self, place: &Place, email: &str, token: &str) -> Event {
        let member = self.member(place, email);
        let answer = GetMemberInvitationTokenResponse {
            token: token.to_owned(),
            email: email.to_owned(),
            organization_name: place.name.to_owned(),
            expire_time: Some(in_a_week()),
        };
        self.identity.invites(member.id.parse().unwrap(), answer);
        self.member_event("member.invited", member)
    }

    pub fn member(&self, place: &Place, email: &str) -> Member {
        Member {
            id: self.id::<entente_ids::MemberKind>().to_string(),
            organization: place.id.to_string(),
            email: email.to_owned(),
            role: "member".to_owned(),
            ..Member::default()
        }
    }

    pub fn member_event(&self, kind: &str, member: Member) -> Event {
        let key = member.id.clone();
        self.event(
            TOPICS[0],
            kind,
            key,
            &MemberChanged {
                member: Some(member),
                reason: "Nobody of the company can be reached.".to_owned(),
            },
        )
    }

    /// An invitation from one place to another; partners knows its token.
    pub fn invitation(&self, client: &Place, partner: &Place, token: &str) -> PartnershipInvitation {
        let invitation = PartnershipInvitation {
            id: self.id::<entente_ids::PartnershipInvitationKind>().to_string(),
            client: client.id.to_string(),
            client_name: client.name.to_owned(),
            partner: partner.id.to_string(),
            partner_name: partner.name.to_owned(),
            message: "Looking forward to it.".to_owned(),
            expire_time: Some(in_a_week()),
            ..PartnershipInvitation::default()
        };
        self.partners.invites(&invitation, token);
        invitation
    }

    pub fn invitation_event(&self, kind: &str, invitation: &PartnershipInvitation) -> Event {
        let message = PartnershipInvitationChanged {
            invitation: Some(invitation.clone()),
        };
        self.event(INVITATION, kind, invitation.id.clone(), &message)
    }

    pub fn partnership_event(&self, kind: &str, client: &Place, partner: &Place) -> Event {
        let consent_time = Some(timestamp(self.clock.now()));
        self.event_of_partnership(
            kind,
            client,
            partner,
            Partnership {
                consent_time,
                ..Partnership::default()
            },
        )
    }

    /// An event of a partnership of these two, whatever else it is.
    pub fn event_of_partnership(
        &self,
        kind: &str,
        client: &Place,
        partner: &Place,
        partnership: Partnership,
    ) -> Event {
        let partnership = Partnership {
            id: self.id::<entente_ids::PartnershipKind>().to_string(),
            client: client.id.to_string(),
            client_name: client.name.to_owned(),
            partner: partner.id.to_string(),
            partner_name: partner.name.to_owned(),
            ..partnership
        };
        let key = partnership.id.clone();
        self.event(
            TOPICS[2],
            kind,
            key,
            &PartnershipChanged {
                partnership: Some(partnership),
            },
        )
    }

    /// Something that happened to the account of who looks after a place.
    pub fn account_event(&self, kind: &str, place: &Place, news: AccountChanged) -> Event {
        let user = place.person.user.to_string();
        let message = AccountChanged {
            profile: Some(Profile {
                user: user.clone(),
                email: place.email.clone(),
                ..Profile::default()
            }),
            organizations: vec![place.id.to_string()],
            ..news
        };
        self.event(TOPICS[3], kind, user, &message)
    }

    /// Something that happened to the second factor of the place's person.
    pub fn credential_event(&self, place: &Place, kind: &str, left: i32) -> Event {
        let message = CredentialChanged {
            user: place.person.user.to_string(),
            email: place.email.clone(),
            organization: place.id.to_string(),
            recovery_codes_left: left,
        };
        self.event(
            "entente.identity.account.v1",
            kind,
            message.user.clone(),
            &message,
        )
    }

    pub fn event(&self, topic: &str, kind: &str, key: String, payload: &impl Message) -> Event {
        let id: EventId = self.id();
        Event {
            id: id.to_string(),
            topic: Topic::parse(topic).unwrap(),
            kind: kind.to_owned(),
            resource: key.clone(),
            key,
            time: self.clock.now(),
            actor: "usr_1".to_owned(),
            on_behalf_of: None,
            organizations: Vec::new(),
            request_id: Some("r-1".to_owned()),
            changes: Vec::new(),
            traceparent: None,
            payload: payload.encode_to_vec(),
        }
    }

    pub async fn announce(&self, event: &Event) {
        let mut tx = self.producer.system("test.announce").await.unwrap();
        self.outbox.append(&mut tx, event).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    /// Waits until all that was announced was heard, and nothing is left to do for it.
    pub async fn settled(&self) {
        let open = "select (select count(*) from partners.aggregate_sequence announced where not exists
                     (select from notifications.cursor heard where heard.grp = 'notifications'
                      and heard.key = announced.key and heard.seq >= announced.seq))
                  + (select count(*) from notifications.intent where resolved_at is null)
                  + (select count(*) from notifications.delivery where state = 'pending')";
        let mut admin = self.db.admin().await.unwrap();
        until(async || {
            let open: i64 = sqlx::query_scalar(open).fetch_one(&mut admin).await.unwrap();
            (open == 0).then_some(())
        })
        .await;
    }

    /// The mails in the folder, once there are so many.
    pub async fn mails(&self, count: usize) -> Vec<Mail> {
        let folder = self.folder.path().join("mails");
        until(async || Some(mails(&folder)).filter(|mails| mails.len() >= count)).await
    }

    /// All that a person is told, once there is so much of it.
    pub async fn told(&self, person: &Person, count: usize) -> Vec<Notification> {
        let request = ListNotificationsRequest {
            page_size: 200,
            ..ListNotificationsRequest::default()
        };
        until(async || {
            let answer = self
                .client()
                .list_notifications(self.by(person, request.clone()))
                .await
                .unwrap();
            Some(answer.into_inner().notifications).filter(|told| told.len() >= count)
        })
        .await
    }

    pub async fn deliveries(&self) -> Vec<Delivery> {
        let text = "select recipient, state, attempts, coalesce(last_error, '') from notifications.delivery order by 1";
        let rows = sqlx::query(text)
            .fetch_all(&mut self.db.admin().await.unwrap())
            .await
            .unwrap();
        let delivery = |row: sqlx::postgres::PgRow| Delivery {
            recipient: row.get(0),
            state: row.get(1),
            attempts: row.get(2),
            error: row.get(3),
        };
        rows.into_iter().map(delivery).collect()
    }

    /// What is noted of the one mail, once it is as wanted.
    pub async fn delivery(&self, wanted: impl Fn(&Delivery) -> bool) -> Delivery {
        until(async || {
            self.deliveries()
                .await
                .into_iter()
                .find(|delivery| wanted(delivery))
        })
        .await
    }

    pub async fn execute(&self, statement: &str) {
        let mut admin = self.db.admin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut admin)
            .await
            .unwrap();
    }
}

/// Waits for something, but not for ever.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looking)
        .await
        .expect("it did not come in time")
}

pub fn in_a_week() -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: NOW.as_second() + 7 * 86_400,
        nanos: 0,
    }
}

/// identity and partners, as far as they are asked.
struct Others {
    identity: Identity<People>,
    partners: Partners,
}

impl Others {
    async fn start(
        self,
        signer: &TokenSigner,
        keys: &ServiceKeys,
        clock: &Arc<ManualClock>,
        stop: &CancellationToken,
    ) -> BTreeMap<&'static str, String> {
        let verifier = Verifier::new(LocalKeys::new(signer.public(), []), keys.clone(), clock.clone());
        let authentication = AuthenticationLayer::new(verifier);
        let guard = SharedGuard::new(AccessGuard::new(self.identity.clone(), clock.clone()));
        let people = People::clone(&self.identity);
        let identity = GrpcServices::new()
            .with(GuardedDecisionService::server(
                self.identity.clone(),
                guard.clone(),
            ))
            .with(GuardedMemberService::server(people.clone(), guard.clone()))
            .with(GuardedAccountService::server(people.clone(), guard.clone()))
            .with(GuardedSettingsService::server(people, guard.clone()))
            .with(GuardedSessionService::server(self.identity, guard.clone()));
        let partners =
            GrpcServices::new().with(GuardedPartnershipInvitationService::server(self.partners, guard));
        let mut urls = BTreeMap::new();
        for (name, services) in [("identity", identity), ("partners", partners)] {
            let parts = Parts::grpc(name, services, DESCRIPTOR_SET, authentication.clone());
            urls.insert(name, start(parts, stop.clone()).await);
        }
        urls
    }
}

async fn log(db: &Db, stop: CancellationToken) -> PostgresLog {
    let tables = statements("event_log", "partners_worker").unwrap();
    let text = format!("create schema event_log; {tables}");
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut db.admin().await.unwrap())
        .await
        .unwrap();
    let pool = PgPool::connect(db.url()).await.unwrap();
    let mut config = PostgresLogConfig::new(Schema::new("event_log").unwrap());
    (config.claim_interval, config.poll_interval) = (SOON, SOON);
    PostgresLog::start(pool, config, stop)
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
    let config = RelayConfig {
        acquire_interval: SOON,
        poll_interval: SOON,
        ..RelayConfig::default()
    };
    let relay = Relay::new(outbox.clone(), pool, Arc::new(log.clone()), config);
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
