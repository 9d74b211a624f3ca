//! partners on a database of its own, with what it talks to, and people who use it.

use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{Person, ServiceSigner, TokenSigner};
use entente_contracts::identity::events::v1::OrganizationChanged;
use entente_contracts::identity::v1::{Organization, OrganizationType};
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_contracts::partners::v1::partnership_service_client::PartnershipServiceClient;
use entente_contracts::partners::v1::product_service_client::ProductServiceClient;
use entente_contracts::partners::v1::*;
use entente_events::Topic;
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_runtime::client::{self, Client};
use entente_runtime::clock::{Clock as _, ManualClock, SystemClock};
use entente_runtime::random::{SharedRandom, SystemRandom};
use entente_service::{Actor, Announcement, Context};
use entente_testkit::Db;
use entente_testkit::identity::Identity;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::announced::Announced;
use crate::ask::{below, create_product, invite, organization, until};
use crate::identity::Grants;
use crate::server::{Server, Services, announce_as_identity, database, serve_identity};

pub type Products = ProductServiceClient<Client>;
pub type Invitations = PartnershipInvitationServiceClient<Client>;
pub type Partnerships = PartnershipServiceClient<Client>;

pub struct World {
    pub db: Db,
    pub identity: Identity<Grants>,
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
impl World {
    pub async fn new() -> Self {
        let stop = CancellationToken::new();
        let random = SystemRandom::shared();
        let clock = Arc::new(ManualClock::new(SystemClock::new().now()));
        let (db, identity_schema) = database().await;
        let people = TokenSigner::new(PrivateKey::generate(&*random), clock.clone());
        let identity = Identity::new(people.public(), Grants::default());
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
            second_factor: false,
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

    /// Somebody of a new client that somebody of a partner creates. partners has heard of it.
    pub async fn created_client(&self, partner: &Person, name: &str) -> Person {
        let person = self.person(OrganizationId::new(self.clock.now(), self.bytes()));
        let client = below(partner, organization(&person, OrganizationType::Client, name));
        self.announce_created(partner, client).await;
        person
    }

    /// A partnership in force of a new client that a partner creates, and somebody of the client.
    pub async fn unconsented(&self, partner: &Person, name: &str) -> (Person, Partnership) {
        let client = self.created_client(partner, name).await;
        let partnership = until(async || {
            let known = self.partnerships_of(&client).await.pop();
            known.filter(|partnership| partnership.state() == PartnershipState::Active)
        });
        (client, partnership.await)
    }

    /// All partnerships of an organization.
    pub async fn partnerships_of(&self, person: &Person) -> Vec<Partnership> {
        let list = ListPartnershipsRequest {
            organization: person.organization.to_string(),
            ..ListPartnershipsRequest::default()
        };
        let answer = self.partnerships(person).list_partnerships(list).await;
        answer.unwrap().into_inner().partnerships
    }

    /// Waits until no new client waits for its partnership.
    pub async fn none_is_new(&self) {
        until(async || {
            let mut admin = self.db.admin().await.unwrap();
            let query = sqlx::query_scalar::<_, i64>("select count(*) from partners.new_client");
            (query.fetch_one(&mut admin).await.unwrap() == 0).then_some(())
        })
        .await;
    }

    /// identity announces an organization, and partners hears it.
    pub async fn announce(&self, organization: Organization) {
        let actor = Actor::service("identity");
        self.announce_as("organization.updated", &actor, organization)
            .await;
    }

    /// identity announces that somebody has created an organization, and partners hears it.
    pub async fn announce_created(&self, creator: &Person, organization: Organization) {
        let actor = Actor {
            actor: creator.user.to_string(),
            on_behalf_of: None,
        };
        self.announce_as("organization.created", &actor, organization)
            .await;
    }

    async fn announce_as(&self, kind: &'static str, actor: &Actor, organization: Organization) {
        let id: OrganizationId = organization.id.parse().unwrap();
        let topic = Topic::new("identity", "organization").unwrap();
        let announcement = Announcement {
            kind,
            key: organization.id.clone(),
            organizations: &[id],
            changes: Vec::new(),
            payload: OrganizationChanged {
                organization: Some(organization.clone()),
            },
        };
        let mut tx = self.announcing.database.system("test.announce").await.unwrap();
        self.announcing
            .announce(&mut tx, &topic, actor, announcement)
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
