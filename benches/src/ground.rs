//! What the calls are measured on: an identity in a process of its own, over a database of some thousand people.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use entente_access::keys::{self, PrivateKey};
use entente_access::{Person, ServiceSigner, TokenSigner};
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_runtime::clock::{SharedClock, SystemClock};
use entente_testkit::Db;
use tempfile::TempDir;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;

use crate::population::{Crowd, Mandated, Owner, Population, SMALL};
use crate::program::{Program, beside_this};

/// How many of them call.
const CALLERS: i64 = 1_000;
/// An identity that loads, and a gateway that fetches its keys.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// identity as a service runs it, and who may call it.
#[derive(Debug)]
pub struct Ground {
    /// When identity was.
    pub(crate) started: Instant,
    pub(crate) crowd: Crowd,
    pub(crate) mandated: Vec<Mandated>,
    pub(crate) owners: Vec<Owner>,
    identity: Program,
    identity_url: String,
    clock: SharedClockOf,
    // Below what runs in it: the fields are dropped in their order.
    folder: TempDir,
    db: Db,
}

/// The system's clock, which has nothing to show.
struct SharedClockOf(SharedClock);

impl std::fmt::Debug for SharedClockOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemClock")
    }
}

impl Ground {
    /// Fills a database of usual size, and starts identity on it.
    ///
    /// # Errors
    /// If there is no server for databases, or identity doesn't start.
    pub async fn start() -> Result<Self> {
        Self::with(SMALL).await
    }

    pub(crate) async fn with(population: Population) -> Result<Self> {
        let db = Db::new(&entente::migrate::all()?).await?;
        let mut admin = db.admin().await?;
        population.write(&mut admin).await?;
        let folder = tempfile::Builder::new().prefix("entente-bench-").tempdir()?;
        let mut arguments = serve("identity", &folder);
        arguments.extend(["--database-url".to_owned(), db.url().to_owned()]);
        let started = Instant::now();
        let mut identity = Program::start("identity", &beside_this("entente")?, &arguments, folder.path())?;
        let identity_url = format!("http://{}", identity.says("identity at ").await?);
        Ok(Self {
            started,
            crowd: population.crowd_of(&mut admin).await?,
            mandated: population.mandated(&mut admin, CALLERS).await?,
            owners: population.owners(&mut admin, CALLERS).await?,
            identity,
            identity_url,
            clock: SharedClockOf(SystemClock::shared()),
            folder,
            db,
        })
    }

    /// A gateway before it, in a process of its own, and its URL.
    pub(crate) async fn gateway(&self) -> Result<(Program, String)> {
        let mut arguments = serve("gateway", &self.folder);
        arguments.extend(["--identity-url".to_owned(), self.identity_url.clone()]);
        let mut gateway = Program::start(
            "gateway",
            &beside_this("entente")?,
            &arguments,
            self.folder.path(),
        )?;
        let url = format!("http://{}", gateway.says("gateway at ").await?);
        Ok((gateway, url))
    }

    pub(crate) fn identity_pid(&self) -> Result<u32> {
        self.identity.pid()
    }

    pub(crate) fn identity_url(&self) -> &str {
        &self.identity_url
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Proves that partners calls, as the guard of its server does.
    pub(crate) fn partners(&self) -> Result<ServiceSigner> {
        Ok(ServiceSigner::new(
            "partners",
            self.key("partners")?,
            self.clock.0.clone(),
        ))
    }

    /// The access token of a person, as identity signs it when they sign in; good for five minutes.
    pub(crate) fn token(&self, of: &Owner) -> Result<String> {
        let signer = TokenSigner::new(self.key("identity-signing")?, self.clock.0.clone());
        Ok(signer.sign(&Person {
            user: UserId::from_uuid(of.user),
            session: SessionId::from_uuid(of.user),
            organization: OrganizationId::from_uuid(of.organization),
            auth_time: self.clock.0.now(),
            second_factor: false,
        }))
    }

    /// Ends identity in order, and drops the database.
    ///
    /// # Errors
    /// If it doesn't end.
    pub async fn stop(self) -> Result<()> {
        self.identity.stop().await?;
        drop(self.db);
        Ok(())
    }

    fn key(&self, name: &str) -> Result<PrivateKey> {
        let path = self.folder.path().join("keys").join(format!("{name}.pem"));
        Ok(keys::load(&path)?)
    }
}

/// Probes aren't asked; any port will do for them, and for the service.
fn serve(service: &str, folder: &TempDir) -> Vec<String> {
    [
        "serve",
        service,
        "--data",
        &folder.path().display().to_string(),
        &format!("--{service}-listen"),
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
    ]
    .map(ToOwned::to_owned)
    .into()
}

/// A connection as the services' clients have it: one for all callers.
pub(crate) async fn connect(url: &str) -> Result<Channel> {
    let endpoint = Channel::from_shared(url.to_owned())?;
    endpoint
        .connect()
        .await
        .with_context(|| format!("connecting to {url}"))
}

/// A message with the caller's proof.
pub(crate) fn authorized<T>(message: T, authorization: AsciiMetadataValue) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", authorization);
    request
}

/// Calls until it succeeds.
pub(crate) async fn until_it_answers<F>(call: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match call().await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error.context("it never took the call")),
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}
