//! What an installation stands on, however it is run: a database, a data folder, a log.

use clap::Parser;
use entente::settings::Settings;
use entente_testkit::Db;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::mailbox::Mailbox;
use super::{Log, Person, Rest};

/// Each installation opens dozens of connections.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

const OPERATOR: &str = "Numa Cloud";
const OWNER: &str = "olga@numa.example";

/// The ground of one test's installation.
#[derive(Debug)]
pub struct Site {
    pub log: Log,
    pub data: TempDir,
    pub rest: Rest,
    pub mailbox: Mailbox,
    pub db: Db,
    _turn: SemaphorePermit<'static>,
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

impl Site {
    pub async fn new(log: Log) -> Self {
        let turn = AT_ONCE.acquire().await.unwrap();
        let db = Db::new(&entente::migrate::all().unwrap()).await.unwrap();
        let data = tempfile::Builder::new().prefix("entente-").tempdir().unwrap();
        let mailbox = Mailbox::new(data.path().join("mails"));
        Self {
            log,
            mailbox,
            data,
            rest: Rest::new(),
            db,
            _turn: turn,
        }
    }

    /// The arguments that say so to the program.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "--data".to_owned(),
            self.data.path().display().to_string(),
            "--database-url".to_owned(),
            self.db.url().to_owned(),
            "--database-connections".to_owned(),
            "3".to_owned(),
        ];
        if self.log == Log::Kafka {
            // Its own name for each test, as the folder's name is.
            let folder = self
                .data
                .path()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            arguments.extend([
                "--kafka-brokers".to_owned(),
                kafka(),
                "--kafka-prefix".to_owned(),
                format!("{folder}."),
            ]);
        }
        arguments
    }

    /// The same, and others, as settings.
    pub fn settings(&self, more: &[String]) -> Settings {
        let name = std::iter::once("entente".to_owned());
        Arguments::parse_from(name.chain(self.arguments()).chain(more.iter().cloned())).settings
    }

    /// Founds the operator, and lets its owner in.
    pub async fn found(&self) -> Person {
        let link = entente::init::initialize(&self.settings(&[]), OPERATOR, OWNER)
            .await
            .unwrap();
        Person::join(&self.rest, OWNER, &link.token).await
    }
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration but this")]
fn kafka() -> String {
    std::env::var("ENTENTE_TEST_KAFKA_BROKERS")
        .expect("ENTENTE_TEST_KAFKA_BROKERS isn't set: run `make test`")
}
