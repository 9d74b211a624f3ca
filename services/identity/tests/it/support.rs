//! One identity per test: its server on port 0, its database, its event log, its clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::links::LinkKey;
use entente_access::{ServiceKey, ServiceKeys, ServiceSigner};
use entente_contracts::access::v1::DelegationFlag;
use entente_contracts::identity::v1::account_service_client::AccountServiceClient;
use entente_contracts::identity::v1::credential_service_client::CredentialServiceClient;
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::encryption_key_service_client::EncryptionKeyServiceClient;
use entente_contracts::identity::v1::group_service_client::GroupServiceClient;
use entente_contracts::identity::v1::identity_provider_service_client::IdentityProviderServiceClient;
use entente_contracts::identity::v1::member_batch_service_client::MemberBatchServiceClient;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::organization_service_client::OrganizationServiceClient;
use entente_contracts::identity::v1::referral_service_client::ReferralServiceClient;
use entente_contracts::identity::v1::role_service_client::RoleServiceClient;
use entente_contracts::identity::v1::second_factor_service_client::SecondFactorServiceClient;
use entente_contracts::identity::v1::service_account_service_client::ServiceAccountServiceClient;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::sign_in_policy_service_client::SignInPolicyServiceClient;
use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, CreateOrganizationRequest, GetMemberInvitationTokenRequest,
    InviteMemberRequest, ListMembersRequest, Member, Organization, OrganizationControls, OrganizationType,
    SignInRequest, SignInResponse,
};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{EventLog, Schema};
use entente_identity::config::ProviderConfig;
use entente_identity::domain::email::EmailAddress;
use entente_identity::domain::link::MemberInvitation;
use entente_identity::domain::name::DisplayName;
use entente_identity::{Bootstrap, Config, bootstrap, build, migrations, topics};
use entente_pg::Migrations;
use entente_runtime::clock::{Clock as _, ManualClock};
use entente_runtime::random::SystemRandom;
use entente_runtime::server::{Admin, Host, Limits, serve};
use entente_runtime::status;
use entente_service::{Context, Peers};
use entente_testkit::Db;
use jiff::Timestamp;
use prost::Message;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Channel;
use tonic::{Request, Status};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const PATIENCE: Duration = Duration::from_secs(20);

/// A running identity.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) context: Context,
    pub(crate) links: LinkKey<MemberInvitation>,
    pub(crate) db: Db,
    log: Arc<dyn EventLog>,
    channel: Channel,
    /// As each of them, by its name.
    services: BTreeMap<&'static str, ServiceSigner>,
    _folder: tempfile::TempDir,
    _drain: DropGuard,
}

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) email: String,
    pub(crate) user: String,
    pub(crate) organization: String,
    pub(crate) member: String,
    pub(crate) session: String,
    pub(crate) token: String,
    pub(crate) refresh: String,
}

impl World {
    /// identity as it is before its first run.
    pub(crate) async fn empty() -> Self {
        Self::start(ProviderConfig::default()).await
    }

    async fn start(provider: ProviderConfig) -> Self {
        let log_schema = Migrations::new("identity_test_log", Migrator::DEFAULT).with_part(
            "log",
            [statements("identity_test_log", "identity_test_log_worker").unwrap()],
        );
        let db = Db::new(&[migrations().unwrap(), log_schema]).await.unwrap();
        let clock = Arc::new(ManualClock::new(NOW));
        let drain = CancellationToken::new();
        let log_pool = db.open("identity_test_log").unwrap().worker_pool().clone();
        let log_config = PostgresLogConfig::new(Schema::new("identity_test_log").unwrap());
        let log: Arc<dyn EventLog> = Arc::new(PostgresLog::start(log_pool, log_config, drain.clone()));

        let own = PrivateKey::generate(&SystemRandom);
        let (mut services, mut keys) = (BTreeMap::new(), Vec::new());
        for name in ["identity", "partners", "billing", "notifications"] {
            let key = PrivateKey::generate(&SystemRandom);
            keys.push(ServiceKey {
                name: name.to_owned(),
                key: key.public(),
            });
            services.insert(name, ServiceSigner::new(name, key, clock.clone()));
        }
        let keys: ServiceKeys = keys.into_iter().collect();
        let peers = Peers::new(
            BTreeMap::new(),
            ServiceSigner::new("identity", own, clock.clone()),
            keys,
            clock.clone(),
        );
        let context = Context::open(
            db.open("identity").unwrap(),
            migrations().unwrap(),
            topics(),
            log.clone(),
            clock.clone(),
            SystemRandom::shared(),
            peers,
        )
        .await
        .unwrap();

        let folder = tempfile::tempdir().unwrap();
        let link_key: PathBuf = folder.path().join("link.pem");
        let config = Config {
            signing_key: Some(folder.path().join("signing.pem")),
            former_signing_key: None,
            link_key: Some(link_key.clone()),
            envelope_key: Some(folder.path().join("envelope.pem")),
            former_envelope_keys: Vec::new(),
            password_hashes: 2,
            provider,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let parts = build(context.clone(), config).await.unwrap();
        let limits = Limits {
            readiness_interval: Duration::from_millis(20),
            ..Limits::default()
        };
        let host = Host {
            limits,
            random: SystemRandom::shared(),
            admin: Admin::new(),
        };
        let (admin, stop) = (host.admin.clone(), drain.clone());
        tokio::spawn(async move { serve(listener, parts, &host, stop).await });
        tokio::time::timeout(PATIENCE, admin.ready("identity"))
            .await
            .unwrap();

        Self {
            services,
            links: LinkKey::load_or_create(&link_key, &SystemRandom).unwrap(),
            channel: Channel::from_shared(format!("http://{address}"))
                .unwrap()
                .connect_lazy(),
            clock,
            context,
            db,
            log,
            _folder: folder,
            _drain: drain.drop_guard(),
        }
    }

    /// identity with its operator, and the operator's first owner.
    pub(crate) async fn new() -> (Self, Actor) {
        Self::with_provider(ProviderConfig::default()).await
    }

    /// The same, with an identity provider.
    pub(crate) async fn with_provider(provider: ProviderConfig) -> (Self, Actor) {
        let world = Self::start(provider).await;
        let link = world.bootstrap("Operator", "olga@operator.example").await;
        world.accept_token(&link.link_token, PASSWORD).await.unwrap();
        let owner = world.sign_in("olga@operator.example").await;
        (world, owner)
    }

    pub(crate) async fn bootstrap(&self, name: &str, email: &str) -> Bootstrap {
        self.try_bootstrap(name, email).await.unwrap()
    }

    pub(crate) async fn try_bootstrap(
        &self,
        name: &str,
        email: &str,
    ) -> Result<Bootstrap, entente_identity::error::Error> {
        bootstrap(
            &self.context,
            &self.links,
            DisplayName::new(name).unwrap(),
            EmailAddress::new(email),
        )
        .await
    }

    pub(crate) fn organizations(&self) -> OrganizationServiceClient<Channel> {
        OrganizationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(crate) fn members(&self) -> MemberServiceClient<Channel> {
        MemberServiceClient::new(self.channel.clone())
    }

    pub(crate) fn batches(&self) -> MemberBatchServiceClient<Channel> {
        MemberBatchServiceClient::new(self.channel.clone())
    }

    pub(crate) fn credentials(&self) -> CredentialServiceClient<Channel> {
        CredentialServiceClient::new(self.channel.clone())
    }

    pub(crate) fn policies(&self) -> SignInPolicyServiceClient<Channel> {
        SignInPolicyServiceClient::new(self.channel.clone())
    }

    pub(crate) fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel.clone())
    }

    pub(crate) fn roles(&self) -> RoleServiceClient<Channel> {
        RoleServiceClient::new(self.channel.clone())
    }

    pub(crate) fn groups(&self) -> GroupServiceClient<Channel> {
        GroupServiceClient::new(self.channel.clone())
    }

    pub(crate) fn service_accounts(&self) -> ServiceAccountServiceClient<Channel> {
        ServiceAccountServiceClient::new(self.channel.clone())
    }

    pub(crate) fn encryption_keys(&self) -> EncryptionKeyServiceClient<Channel> {
        EncryptionKeyServiceClient::new(self.channel.clone())
    }

    pub(crate) fn referrals(&self) -> ReferralServiceClient<Channel> {
        ReferralServiceClient::new(self.channel.clone())
    }

    pub(crate) fn accounts(&self) -> AccountServiceClient<Channel> {
        AccountServiceClient::new(self.channel.clone())
    }

    pub(crate) fn second_factors(&self) -> SecondFactorServiceClient<Channel> {
        SecondFactorServiceClient::new(self.channel.clone())
    }

    pub(crate) fn identity_provider(&self) -> IdentityProviderServiceClient<Channel> {
        IdentityProviderServiceClient::new(self.channel.clone())
    }

    pub(crate) fn decisions(&self) -> DecisionServiceClient<Channel> {
        DecisionServiceClient::new(self.channel.clone())
    }

    /// A request of notifications.
    pub(crate) fn internal<T>(&self, message: T) -> Request<T> {
        self.internal_of("notifications", message)
    }

    /// A request of a service.
    pub(crate) fn internal_of<T>(&self, service: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let authorization = self.services[service].authorization();
        request
            .metadata_mut()
            .insert("authorization", authorization.to_str().unwrap().parse().unwrap());
        request
    }

    pub(crate) async fn create(
        &self,
        by: &Actor,
        kind: OrganizationType,
        name: &str,
    ) -> Result<Organization, Status> {
        let request = CreateOrganizationRequest {
            parent: by.organization.clone(),
            organization: Some(organization(kind, name)),
            owner_email: owner_of(name),
            request_id: String::new(),
        };
        let answer = self
            .organizations()
            .create_organization(by.request(request))
            .await?;
        Ok(answer.into_inner().organization.unwrap())
    }

    /// A new organization below the actor's, and its owner, signed in.
    pub(crate) async fn found(&self, by: &Actor, kind: OrganizationType, name: &str) -> Actor {
        let created = self.create(by, kind, name).await.unwrap();
        let email = owner_of(name);
        let member = self.pending(&created.id, &email).await;
        self.accept(&created.id, &member, PASSWORD).await.unwrap();
        self.sign_in(&email).await
    }

    /// The id of a pending member, as the database has it.
    async fn pending(&self, organization: &str, email: &str) -> String {
        let id: uuid::Uuid = sqlx::query_scalar(
            "select id from identity.member where organization_id = $1 and email = $2 and state = 'pending'",
        )
        .bind(
            organization
                .parse::<entente_ids::OrganizationId>()
                .unwrap()
                .uuid(),
        )
        .bind(email)
        .fetch_one(&mut self.admin().await)
        .await
        .unwrap();
        entente_ids::MemberId::from_uuid(id).to_string()
    }

    pub(crate) async fn invite(&self, by: &Actor, email: &str, role: &str) -> Result<Member, Status> {
        // Members are listed by their age.
        self.advance(Duration::from_millis(1));
        let request = invitation(&by.organization, email, role);
        Ok(self
            .members()
            .invite_member(by.request(request))
            .await?
            .into_inner()
            .member
            .unwrap())
    }

    /// Somebody else in the actor's organization, signed in.
    pub(crate) async fn join(&self, by: &Actor, email: &str, role: &str) -> Actor {
        let member = self.invite(by, email, role).await.unwrap();
        self.accept(&by.organization, &member.id, PASSWORD).await.unwrap();
        self.sign_in(email).await
    }

    pub(crate) async fn link_token(&self, organization: &str, member: &str) -> String {
        let request = GetMemberInvitationTokenRequest {
            organization: organization.to_owned(),
            member: member.to_owned(),
        };
        self.members()
            .get_member_invitation_token(self.internal(request))
            .await
            .unwrap()
            .into_inner()
            .token
    }

    pub(crate) async fn accept(
        &self,
        organization: &str,
        member: &str,
        password: &str,
    ) -> Result<Member, Status> {
        self.accept_token(&self.link_token(organization, member).await, password)
            .await
    }

    pub(crate) async fn accept_token(&self, token: &str, password: &str) -> Result<Member, Status> {
        let request = AcceptMemberInvitationRequest {
            token: token.to_owned(),
            display_name: "Some Body".to_owned(),
            password: password.to_owned(),
            email: String::new(),
        };
        Ok(self
            .members()
            .accept_member_invitation(request)
            .await?
            .into_inner()
            .member
            .unwrap())
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Result<SignInResponse, Status> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            organization: String::new(),
        };
        Ok(self.sessions().sign_in(request).await?.into_inner())
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Actor {
        let answer = self.try_sign_in(email, PASSWORD).await.unwrap();
        let (tokens, session) = (answer.tokens.unwrap(), answer.session.unwrap());
        let place = session
            .memberships
            .iter()
            .find(|place| place.organization == session.organization);
        Actor {
            email: email.to_owned(),
            user: session.user,
            member: place.unwrap().member.clone(),
            organization: session.organization,
            session: session.id,
            token: tokens.access_token,
            refresh: tokens.refresh_token,
        }
    }

    pub(crate) async fn list_members(&self, by: &Actor) -> Result<Vec<Member>, Status> {
        let request = ListMembersRequest {
            organization: by.organization.clone(),
            ..Default::default()
        };
        Ok(self
            .members()
            .list_members(by.request(request))
            .await?
            .into_inner()
            .members)
    }

    pub(crate) async fn admin(&self) -> PgConnection {
        self.db.admin().await.unwrap()
    }

    /// What was announced of an aggregate, oldest first, once this many events of it are in the log.
    pub(crate) async fn events(&self, key: &str, at_least: usize) -> Vec<Announced> {
        assert_eq!(self.log.system(), "postgresql");
        let statement =
            "select headers::text from identity_test_log.record where key = $1 order by record_offset";
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut admin = self.admin().await;
        loop {
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()))
                .bind(key)
                .fetch_all(&mut admin)
                .await
                .unwrap();
            if rows.len() >= at_least {
                return rows.iter().map(|headers| Announced::read(headers)).collect();
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{key} has {} events in the log",
                rows.len()
            );
        }
    }

    /// The messages of an aggregate's events that are in the log, oldest first.
    pub(crate) async fn payloads<M: Message + Default>(&self, key: &str) -> Vec<M> {
        let statement = "select payload from identity_test_log.record where key = $1 order by record_offset";
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(statement)
            .bind(key)
            .fetch_all(&mut self.admin().await)
            .await
            .unwrap();
        payloads
            .iter()
            .map(|payload| M::decode(payload.as_slice()).unwrap())
            .collect()
    }

    /// How often somebody was not let in, once the log has it.
    pub(crate) async fn refusals(&self, user: &str) -> i64 {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let statement = "select count(*) from identity_test_log.record
                         where headers::text like '%session.refused%' and headers::text like '%' || $1 || '%'";
        loop {
            let count: i64 = sqlx::query_scalar(statement)
                .bind(user)
                .fetch_one(&mut self.admin().await)
                .await
                .unwrap();
            if count > 0 || tokio::time::Instant::now() > deadline {
                return count;
            }
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Actor {
    /// A request with this person's token.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        with_token(&self.token, message)
    }
}

pub(crate) fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The headers of an event in the log.
#[derive(Debug)]
pub(crate) struct Announced(Vec<(String, String)>);

impl Announced {
    fn read(headers: &str) -> Self {
        Self(serde_json::from_str(headers).unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &str {
        self.header("ce_type")
    }
}

/// A new organization; all is delegated to a partner's administrators, which the operator has to say.
pub(crate) fn organization(kind: OrganizationType, name: &str) -> Organization {
    let delegated = matches!(kind, OrganizationType::Partner | OrganizationType::Affiliate);
    Organization {
        display_name: name.to_owned(),
        r#type: kind.into(),
        controls: delegated.then(all_delegated),
        ..Default::default()
    }
}

pub(crate) fn all_delegated() -> OrganizationControls {
    let flags = [
        DelegationFlag::UserCreation,
        DelegationFlag::CredentialChanges,
        DelegationFlag::EncryptionKeys,
        DelegationFlag::MfaPolicyChanges,
    ];
    OrganizationControls {
        delegation: flags.map(i32::from).to_vec(),
        ..Default::default()
    }
}

pub(crate) fn invitation(organization: &str, email: &str, role: &str) -> InviteMemberRequest {
    InviteMemberRequest {
        organization: organization.to_owned(),
        email: email.to_owned(),
        role: role.to_owned(),
        legal_representative: false,
        request_id: String::new(),
    }
}

pub(crate) fn owner_of(name: &str) -> String {
    format!(
        "owner@{}.example",
        name.to_lowercase()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("-")
    )
}

/// The reason of a refusal.
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    status::reason(&answer.unwrap_err()).unwrap()
}
