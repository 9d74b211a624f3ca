//! The settings that all services share, and those of each.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use entente_runtime::config::{ExposeSecret, SecretString};
use entente_runtime::{server, telemetry};

use crate::cli::Service;

/// Everything that can be set.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Settings {
    /// The folder for data, keys and mails [default: /var/lib/entente as root, else ~/.local/share/entente]
    #[arg(long, env = "ENTENTE_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// The Postgres to use: a login that may become each service's role. `entente up` keeps one of its own without it
    #[arg(long, env = "ENTENTE_DATABASE_URL", value_name = "URL")]
    pub database_url: Option<SecretString>,

    /// The most connections that a service opens for its tenants, and again for its workers
    #[arg(
        long,
        env = "ENTENTE_DATABASE_CONNECTIONS",
        value_name = "CONNECTIONS",
        default_value_t = 8
    )]
    pub database_connections: u32,

    /// The Kafka to use, as host:port,host:port. The event log is in Postgres without it
    #[arg(long, env = "ENTENTE_KAFKA_BROKERS", value_name = "BROKERS")]
    pub kafka_brokers: Option<String>,

    /// What stands before the name of every Kafka topic and group, so that installations can share a cluster
    #[arg(long, env = "ENTENTE_KAFKA_PREFIX", value_name = "PREFIX", default_value = "")]
    pub kafka_prefix: String,

    /// How many copies Kafka keeps of a topic that is created
    #[arg(
        long,
        env = "ENTENTE_KAFKA_REPLICATION",
        value_name = "COPIES",
        default_value_t = 1
    )]
    pub kafka_replication: i32,

    /// The folder with the services' keys: NAME.pem for a service that runs here, NAME.pub for the others. What is missing
    /// is made [default: keys in the data folder]
    #[arg(long, env = "ENTENTE_KEYS", value_name = "FOLDER")]
    pub keys: Option<PathBuf>,

    /// Where the probes and Prometheus ask
    #[arg(
        long,
        env = "ENTENTE_ADMIN_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9464"
    )]
    pub admin_listen: SocketAddr,

    /// Where each service listens, and where the others find it
    #[command(flatten)]
    pub addresses: Addresses,

    /// The databases of services that don't share one
    #[command(flatten)]
    pub databases: Databases,

    /// Logs and traces
    #[command(flatten)]
    pub telemetry: telemetry::Options,

    /// How much a service takes on
    #[command(flatten)]
    pub limits: server::Limits,

    /// Of identity
    #[command(flatten)]
    pub identity: entente_identity::Config,

    /// Of partners
    #[command(flatten)]
    pub partners: entente_partners::Config,

    /// Of billing
    #[command(flatten)]
    pub billing: entente_billing::Config,

    /// Of notifications
    #[command(flatten)]
    pub notifications: entente_notifications::Config,

    /// Of audit
    #[command(flatten)]
    pub audit: entente_audit::Config,

    /// Of the gateway
    #[command(flatten)]
    pub gateway: entente_gateway::Config,
}

/// Where services listen and are found.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Addresses {
    /// Where the gateway listens
    #[arg(
        long,
        env = "ENTENTE_GATEWAY_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub gateway_listen: SocketAddr,

    /// Where identity listens
    #[arg(
        long,
        env = "ENTENTE_IDENTITY_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7101"
    )]
    pub identity_listen: SocketAddr,

    /// Where partners listens
    #[arg(
        long,
        env = "ENTENTE_PARTNERS_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7102"
    )]
    pub partners_listen: SocketAddr,

    /// Where billing listens
    #[arg(
        long,
        env = "ENTENTE_BILLING_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7103"
    )]
    pub billing_listen: SocketAddr,

    /// Where notifications listens
    #[arg(
        long,
        env = "ENTENTE_NOTIFICATIONS_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7104"
    )]
    pub notifications_listen: SocketAddr,

    /// Where audit listens
    #[arg(
        long,
        env = "ENTENTE_AUDIT_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7105"
    )]
    pub audit_listen: SocketAddr,

    /// Where identity is found
    #[arg(
        long,
        env = "ENTENTE_IDENTITY_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7101"
    )]
    pub identity_url: String,

    /// Where partners is found
    #[arg(
        long,
        env = "ENTENTE_PARTNERS_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7102"
    )]
    pub partners_url: String,

    /// Where billing is found
    #[arg(
        long,
        env = "ENTENTE_BILLING_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7103"
    )]
    pub billing_url: String,

    /// Where notifications is found
    #[arg(
        long,
        env = "ENTENTE_NOTIFICATIONS_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7104"
    )]
    pub notifications_url: String,

    /// Where audit is found
    #[arg(
        long,
        env = "ENTENTE_AUDIT_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7105"
    )]
    pub audit_url: String,
}

/// The databases of services that don't share one.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Databases {
    /// The database of identity, where it has its own
    #[arg(long, env = "ENTENTE_IDENTITY_DATABASE_URL", value_name = "URL")]
    pub identity_database_url: Option<SecretString>,

    /// The database of partners, where it has its own
    #[arg(long, env = "ENTENTE_PARTNERS_DATABASE_URL", value_name = "URL")]
    pub partners_database_url: Option<SecretString>,

    /// The database of billing, where it has its own
    #[arg(long, env = "ENTENTE_BILLING_DATABASE_URL", value_name = "URL")]
    pub billing_database_url: Option<SecretString>,

    /// The database of notifications, where it has its own
    #[arg(long, env = "ENTENTE_NOTIFICATIONS_DATABASE_URL", value_name = "URL")]
    pub notifications_database_url: Option<SecretString>,

    /// The database of audit, where it has its own
    #[arg(long, env = "ENTENTE_AUDIT_DATABASE_URL", value_name = "URL")]
    pub audit_database_url: Option<SecretString>,

    /// The database of the event log in Postgres, where it has its own
    #[arg(long, env = "ENTENTE_EVENTLOG_DATABASE_URL", value_name = "URL")]
    pub eventlog_database_url: Option<SecretString>,
}

impl Addresses {
    /// Where a service is found that runs elsewhere.
    pub fn url(&self, service: &str) -> String {
        let url = match service {
            "identity" => &self.identity_url,
            "partners" => &self.partners_url,
            "billing" => &self.billing_url,
            "notifications" => &self.notifications_url,
            "audit" => &self.audit_url,
            _ => return format!("http://{}", self.gateway_listen),
        };
        url.clone()
    }

    /// Where a service listens.
    pub const fn listen(&self, service: Service) -> SocketAddr {
        match service {
            Service::Gateway => self.gateway_listen,
            Service::Identity => self.identity_listen,
            Service::Partners => self.partners_listen,
            Service::Billing => self.billing_listen,
            Service::Notifications => self.notifications_listen,
            Service::Audit => self.audit_listen,
        }
    }
}

impl Settings {
    /// The database that was named.
    pub fn named_database(&self) -> Option<String> {
        self.database_url
            .as_ref()
            .map(|url| url.expose_secret().to_owned())
    }

    /// The folder that mails are written to.
    ///
    /// # Errors
    /// As [`Settings::data_folder`].
    pub fn mail_folder(&self) -> anyhow::Result<PathBuf> {
        let named = self.notifications.mail_folder.clone();
        named.map_or_else(|| Ok(self.data_folder()?.join("mails")), Ok)
    }

    /// The data folder.
    ///
    /// # Errors
    /// When none is named and the user has no home.
    pub fn data_folder(&self) -> anyhow::Result<PathBuf> {
        self.data.clone().map_or_else(crate::cluster::default_folder, Ok)
    }

    /// The database of a service, or of `eventlog`; `shared` is the one that was named or is kept here.
    pub fn database_of(&self, service: &str, shared: &str) -> String {
        let databases = &self.databases;
        let own = match service {
            "identity" => &databases.identity_database_url,
            "partners" => &databases.partners_database_url,
            "billing" => &databases.billing_database_url,
            "notifications" => &databases.notifications_database_url,
            "audit" => &databases.audit_database_url,
            "eventlog" => &databases.eventlog_database_url,
            _ => &None,
        };
        own.as_ref()
            .map_or_else(|| shared.to_owned(), |url| url.expose_secret().to_owned())
    }

    /// The folder with the keys.
    ///
    /// # Errors
    /// As [`Settings::data_folder`].
    pub fn keys_folder(&self) -> anyhow::Result<PathBuf> {
        self.keys
            .clone()
            .map_or_else(|| Ok(self.data_folder()?.join("keys")), Ok)
    }
}
