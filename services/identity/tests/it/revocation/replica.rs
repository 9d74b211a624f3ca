//! A replica of identity in a process of its own, which can be stopped and killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use clap::Parser as _;
use entente_access::keys;
use entente_access::{ServiceKey, ServiceKeys, ServiceSigner};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig, statements};
use entente_events::{EventLog, Schema};
use entente_identity::{Config, build, migrations, topics};
use entente_pg::{Database, Migrations, Settings};
use entente_runtime::clock::SystemClock;
use entente_runtime::random::SystemRandom;
use entente_runtime::server::{Admin, Host, Limits, serve};
use entente_service::{Context, Peers};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::migrate::Migrator;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// The service in whose name the test calls.
pub(crate) const PEER: &str = "partners";
const LOG: &str = "identity_test_log";
const LISTENS: &str = "replica listens at ";

/// The schemas that a replica needs.
pub(crate) fn schemas() -> [Migrations; 2] {
    let log = Migrations::new(LOG, Migrator::DEFAULT)
        .with_part("log", [statements(LOG, "identity_test_log_worker").unwrap()]);
    [migrations().unwrap(), log]
}

/// The keys of an installation, in a folder.
pub(crate) fn make_keys(folder: &Path) -> ServiceSigner {
    keys::load_or_create(&folder.join("signing.pem"), &SystemRandom).unwrap();
    keys::load_or_create(&folder.join("own.pem"), &SystemRandom).unwrap();
    let peer = keys::load_or_create(&folder.join("peer.pem"), &SystemRandom).unwrap();
    ServiceSigner::new(PEER, peer, SystemClock::shared())
}

/// A replica that runs. Dropped, it is killed.
pub(crate) struct Replica {
    url: String,
    folder: PathBuf,
    process: Child,
    pub(crate) channel: Channel,
}

impl Replica {
    /// Starts one that finds its database by this URL.
    pub(crate) async fn start(url: String, folder: &Path) -> Self {
        let (process, channel) = launch(&url, folder).await;
        Self {
            url,
            folder: folder.to_owned(),
            process,
            channel,
        }
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills it, without a word to anybody.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again.
    pub(crate) async fn restart(&mut self) {
        (self.process, self.channel) = launch(&self.url, &self.folder).await;
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

async fn launch(url: &str, folder: &Path) -> (Child, Channel) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "revocation::replica::serves_what_its_parent_asks_for"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let told = format!("{url}\n{}\n", folder.display());
    let mut input = process.stdin.take().unwrap();
    input.write_all(told.as_bytes()).await.unwrap();
    // It lives as long as its input is open.
    process.stdin = Some(input);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("the replica starts");
        if let Some((_, address)) = line.split_once(LISTENS) {
            break address.to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    (process, channel.connect_lazy())
}

/// What a started process does. Run by itself it finds nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is started by another test"]
async fn serves_what_its_parent_asks_for() {
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    let mut line = async || input.next_line().await.ok().flatten();
    let (Some(url), Some(folder)) = (line().await, line().await) else {
        return;
    };
    let stop = CancellationToken::new();
    let served = tokio::spawn(serve_at(url, PathBuf::from(folder), stop.clone()));
    // Until its parent is gone.
    while line().await.is_some() {}
    stop.cancel();
    served.await.unwrap();
}

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    identity: Config,
}

async fn serve_at(url: String, folder: PathBuf, stop: CancellationToken) {
    let open = |schema| Database::open(&Settings::new(schema, &url).unwrap());
    let (clock, random) = (SystemClock::shared(), SystemRandom::shared());
    let key = |name: &str| keys::load(&folder.join(name)).unwrap();
    let keys: ServiceKeys = [ServiceKey {
        name: PEER.to_owned(),
        key: key("peer.pem").public(),
    }]
    .into_iter()
    .collect();
    let own = ServiceSigner::new("identity", key("own.pem"), clock.clone());
    let config = PostgresLogConfig::new(Schema::new(LOG).unwrap());
    let pool = open(LOG).worker_pool().clone();
    let log: Arc<dyn EventLog> = Arc::new(PostgresLog::start(pool, config, stop.clone()));
    let peers = Peers::new(BTreeMap::new(), own, keys, clock.clone());
    let context = Context::open(
        open("identity"),
        migrations().unwrap(),
        topics(),
        log,
        clock,
        random.clone(),
        peers,
    )
    .await
    .unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let flags = Flags::parse_from([
        "replica".to_owned(),
        format!("--identity-signing-key={}", path("signing.pem")),
        format!("--identity-link-key={}", path("link.key")),
        format!("--identity-envelope-key={}", path("envelope.key")),
    ]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{LISTENS}{}", listener.local_addr().unwrap());
    let parts = build(context, flags.identity).await.unwrap();
    let host = Host {
        limits: Limits::default(),
        random,
        admin: Admin::new(),
    };
    serve(listener, parts, &host, stop).await.unwrap();
}
