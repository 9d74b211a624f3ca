//! Services in this process: all of them for `up`, one for `serve`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use entente_access::ServiceSigner;
use entente_events::EventLog;
use entente_events::log::kafka::{KafkaLog, KafkaLogConfig};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig};
use entente_events::{Schema, Topic};
use entente_gateway::Upstreams;
use entente_pg::{Database, Migrations};
use entente_runtime::clock::SharedClock;
use entente_runtime::random::SharedRandom;
use entente_runtime::server::{Admin, Host, Parts, serve};
use entente_service::{Context, Peers};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::Service;
use crate::keys::Keys;
use crate::migrate::EVENT_LOG;
use crate::settings::Settings;

/// What is to run, and on what.
pub struct Plan {
    /// The settings.
    pub settings: Settings,
    /// The database of those that have no own.
    pub database_url: String,
    /// Which services.
    pub services: Vec<Service>,
    /// The time.
    pub clock: SharedClock,
    /// Randomness.
    pub random: SharedRandom,
}

/// Services that run.
pub struct Platform {
    running: JoinSet<(Service, Result<()>)>,
    addresses: BTreeMap<Service, SocketAddr>,
    admin: Admin,
    drain: CancellationToken,
    log_stop: CancellationToken,
}

impl Platform {
    /// Starts the services of the plan; `started` is told each. A port of 0 means any.
    ///
    /// # Errors
    /// When a setting is wrong or something that a service needs is not there; what was started ends again.
    pub async fn start(plan: Plan, started: impl Fn(Service, SocketAddr)) -> Result<Self> {
        let mut listeners = Vec::new();
        for service in &plan.services {
            let address = plan.settings.addresses.listen(*service);
            let listener = TcpListener::bind(address).await.with_context(|| {
                format!(
                    "{0} can't listen at {address}: set --{0}-listen to a free address",
                    service.name()
                )
            })?;
            listeners.push((*service, listener));
        }
        let mut addresses = BTreeMap::new();
        for (service, listener) in &listeners {
            addresses.insert(*service, listener.local_addr()?);
        }
        let log_stop = CancellationToken::new();
        let host = Host {
            limits: plan.settings.limits.clone(),
            random: plan.random.clone(),
            admin: Admin::new(),
        };
        let mut platform = Self {
            running: JoinSet::new(),
            addresses,
            admin: host.admin.clone(),
            drain: CancellationToken::new(),
            log_stop: log_stop.clone(),
        };
        // The gateway hears nothing, and need not know of a database.
        let hears = plan.services.iter().any(|service| *service != Service::Gateway);
        let log = hears.then(|| event_log(&plan, &log_stop)).transpose()?;
        for (service, listener) in listeners {
            let parts = platform
                .build(&plan, service, log.clone())
                .await
                .with_context(|| format!("{} can't start", service.name()))?;
            let (host, drain) = (host.clone(), platform.drain.clone());
            started(service, listener.local_addr()?);
            platform
                .running
                .spawn(async move { (service, serve(listener, parts, &host, drain).await) });
        }
        Ok(platform)
    }

    /// Who tells the probes about the services.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Where a service listens, if it runs here.
    pub fn address(&self, service: Service) -> Option<SocketAddr> {
        self.addresses.get(&service).copied()
    }

    /// Waits until every service takes calls.
    pub async fn ready(&self) {
        self.readiness().await;
    }

    /// As [`Platform::ready`], to be awaited elsewhere.
    pub fn readiness(&self) -> impl Future<Output = ()> + Send + use<> {
        let (admin, services) = (
            self.admin.clone(),
            self.addresses.keys().copied().collect::<Vec<_>>(),
        );
        async move {
            for service in services {
                admin.ready(service.name()).await;
            }
        }
    }

    /// Waits until a service ends, which none does by itself unless it fails.
    ///
    /// # Errors
    /// What made it end.
    pub async fn failure(&mut self) -> Result<()> {
        let Some(ended) = self.running.join_next().await else {
            return Ok(());
        };
        let (service, result) = ended.context("a service panicked: report it")?;
        result.with_context(|| format!("{} ended", service.name()))
    }

    /// Ends the services in order: no new calls, those in flight finished, then what runs beside them.
    ///
    /// # Errors
    /// When one did not end well.
    pub async fn stop(mut self) -> Result<()> {
        self.drain.cancel();
        let mut result = Ok(());
        while !self.running.is_empty() {
            result = result.and(self.failure().await);
        }
        self.log_stop.cancel();
        result
    }

    async fn build(&self, plan: &Plan, service: Service, log: Option<Arc<dyn EventLog>>) -> Result<Parts> {
        let settings = &plan.settings;
        if service == Service::Gateway {
            let upstreams = Upstreams::new(|name| self.url(settings, name))?;
            return entente_gateway::build(&upstreams, plan.clock.clone(), &settings.gateway);
        }
        let log = log.context("it needs the event log")?;
        let keys = Keys::open(settings.keys_folder()?, &*plan.random)?;
        match service {
            Service::Identity => {
                let context = self.context(plan, service, log, identity_schema()?).await?;
                let mut config = settings.identity.clone();
                config
                    .signing_key
                    .get_or_insert_with(|| keys.path("identity-signing", "pem"));
                config
                    .link_key
                    .get_or_insert_with(|| keys.path("identity-link", "key"));
                config
                    .envelope_key
                    .get_or_insert_with(|| keys.path("identity-envelope", "key"));
                entente_identity::build(context, config).await
            }
            Service::Partners => {
                let schema = (entente_partners::migrations()?, entente_partners::topics());
                let context = self.context(plan, service, log, schema).await?;
                let mut config = settings.partners.clone();
                config
                    .link_key
                    .get_or_insert_with(|| keys.path("partners-link", "key"));
                entente_partners::build(context, config).await
            }
            Service::Billing => {
                let schema = (entente_billing::migrations()?, entente_billing::topics());
                let context = self.context(plan, service, log, schema).await?;
                let mut config = settings.billing.clone();
                config
                    .envelope_key
                    .get_or_insert_with(|| keys.path("billing-envelope", "key"));
                entente_billing::build(context, config).await
            }
            Service::Notifications => {
                let schema = (
                    entente_notifications::migrations()?,
                    entente_notifications::topics(),
                );
                let context = self.context(plan, service, log, schema).await?;
                let mut config = settings.notifications.clone();
                config.mail_folder = Some(settings.mail_folder()?);
                entente_notifications::build(context, config).await
            }
            Service::Audit => {
                let schema = (entente_audit::migrations()?, entente_audit::topics());
                let context = self.context(plan, service, log, schema).await?;
                entente_audit::build(context, settings.audit.clone()).await
            }
            Service::Gateway => anyhow::bail!("the gateway has no schema"),
        }
    }

    async fn context(
        &self,
        plan: &Plan,
        service: Service,
        log: Arc<dyn EventLog>,
        (migrations, topics): (Migrations, Vec<Topic>),
    ) -> Result<Context> {
        let urls = Service::ALL
            .into_iter()
            .map(|service| (service.name(), self.url(&plan.settings, service.name())));
        let keys = Keys::open(plan.settings.keys_folder()?, &*plan.random)?;
        let signer = ServiceSigner::new(service.name(), keys.private(service)?, plan.clock.clone());
        let peers = Peers::new(urls.collect(), signer, keys.public()?, plan.clock.clone());
        let database = open_database(plan, service.name())?;
        Context::open(
            database,
            migrations,
            topics,
            log,
            plan.clock.clone(),
            plan.random.clone(),
            peers,
        )
        .await
    }

    /// Where a service is found: here, where it runs here, else where the settings say.
    fn url(&self, settings: &Settings, name: &str) -> String {
        let here = self.addresses.iter().find(|(service, _)| service.name() == name);
        here.map_or_else(
            || settings.addresses.url(name),
            |(_, address)| format!("http://{address}"),
        )
    }
}

/// What is needed of identity beside its service, to found the operator.
pub(crate) async fn identity_context(plan: &Plan) -> Result<Context> {
    let log_stop = CancellationToken::new();
    let log = event_log(plan, &log_stop)?;
    let platform = Platform {
        running: JoinSet::new(),
        addresses: BTreeMap::new(),
        admin: Admin::new(),
        drain: CancellationToken::new(),
        log_stop,
    };
    platform
        .context(plan, Service::Identity, log, identity_schema()?)
        .await
}

fn identity_schema() -> Result<(Migrations, Vec<Topic>)> {
    Ok((entente_identity::migrations()?, entente_identity::topics()))
}

/// The database as one schema's roles see it.
pub(crate) fn open_database(plan: &Plan, schema: &'static str) -> Result<Database> {
    let url = plan.settings.database_of(schema, &plan.database_url);
    let mut settings = entente_pg::Settings::new(schema, &url)?;
    settings.max_connections = plan.settings.database_connections;
    Ok(Database::open(&settings))
}

fn event_log(plan: &Plan, stop: &CancellationToken) -> Result<Arc<dyn EventLog>> {
    let Some(brokers) = &plan.settings.kafka_brokers else {
        let database = open_database(plan, EVENT_LOG)?;
        let config = PostgresLogConfig::new(Schema::new(EVENT_LOG)?);
        return Ok(Arc::new(PostgresLog::start(
            database.worker_pool().clone(),
            config,
            stop.clone(),
        )));
    };
    let mut config = KafkaLogConfig::new(brokers.clone());
    config.prefix.clone_from(&plan.settings.kafka_prefix);
    config.replication = plan.settings.kafka_replication;
    Ok(Arc::new(KafkaLog::new(config)?))
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
