//! The Postgres that `entente up` keeps in its data folder when it is given no other.
//!
//! It listens on a socket only, in a folder that nobody but its own user (and root) can enter; that is why the socket
//! itself trusts whoever comes. Peer authentication doesn't fit: as root, Entente and its Postgres are two users.
//! The server lives in a session of its own: Ctrl-C reaches Entente alone, which stops it last. One that survived
//! Entente is taken over by the next start.

mod account;
mod files;
mod programs;
mod residents;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

use account::Account;
use files::Files;
use programs::Programs;
use residents::Residents;

/// The database in it.
const DATABASE: &str = "entente";
/// How long a server may take to recover what a crash left, or the rest of one to end.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Told what takes long, in a few words.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Where data lie if nothing else is said: `/var/lib/entente` as root, else `entente` in the user's data folder.
///
/// # Errors
/// If the user has no home.
pub fn default_folder() -> anyhow::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/entente"));
    }
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    Ok(data
        .context("there is no home folder: set HOME, or name a data folder")?
        .join("entente"))
}

/// The Postgres of one data folder.
#[derive(Debug)]
pub struct Cluster {
    account: Account,
    files: Files,
    programs: Programs,
}

/// A server that answers. Dropped without [`Running::stop`] it lives on, and the next start takes it over.
#[derive(Debug)]
pub struct Running {
    cluster: Cluster,
    url: String,
    adopted: bool,
    /// Keeps another Entente off the folder.
    _lock: File,
}

/// The URL of the database that an Entente keeps in this data folder; none while its server doesn't answer.
///
/// # Errors
/// If Postgres isn't installed, or the folder can't be used.
pub async fn running_url(data_folder: &Path) -> anyhow::Result<Option<String>> {
    let cluster = Cluster::open(data_folder).await?;
    let answers = cluster.connect().await.is_some();
    Ok(answers.then(|| cluster.files.url(DATABASE)))
}

impl Cluster {
    /// Finds what it takes to run it, and makes its place in the data folder.
    ///
    /// # Errors
    /// If Postgres isn't installed, or the folder can't be used: with what to do.
    pub async fn open(data_folder: &Path) -> anyhow::Result<Self> {
        let account = Account::choose()?;
        let files = Files::prepare(data_folder, &account)?;
        let programs = Programs::find(files.version()?).await?;
        Ok(Self {
            account,
            files,
            programs,
        })
    }

    /// Starts it, or takes over the one that runs. Makes the cluster and its database the first time.
    ///
    /// # Errors
    /// If another Entente uses the folder, or Postgres doesn't start: with the place of its log.
    pub async fn start(self, progress: Progress<'_>) -> anyhow::Result<Running> {
        let lock = self.files.lock()?;
        if self.files.version()?.is_none() {
            progress("making a Postgres cluster");
            self.initialize().await?;
        }
        let survivor = self.adopt(progress).await?;
        let adopted = survivor.is_some();
        let mut connection = match survivor {
            Some(connection) => connection,
            None => self.launch(progress).await?,
        };
        make_database(&mut connection).await?;
        connection.close().await.ok();
        Ok(Running {
            url: self.files.url(DATABASE),
            adopted,
            cluster: self,
            _lock: lock,
        })
    }

    async fn initialize(&self) -> anyhow::Result<()> {
        let unfinished = self.files.unfinished_data()?;
        let output = self
            .account
            .command(&self.programs.initdb(), self.files.folder())
            .arg("-D")
            .arg(&unfinished)
            .args(["--username=postgres", "--auth-local=trust", "--auth-host=reject"])
            .args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ])
            .output()
            .await
            .with_context(|| self.unreachable())?;
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        self.files.finish_data(&unfinished)
    }

    /// A connection to the server that already runs here. What is left of one that died is waited for and removed.
    async fn adopt(&self, progress: Progress<'_>) -> anyhow::Result<Option<PgConnection>> {
        let residents = Residents::of(&self.files)?;
        let deadline = Instant::now() + PATIENCE;
        let mut told = false;
        loop {
            if let Some(connection) = self.connect().await {
                return Ok(Some(connection));
            }
            let alive = residents.alive();
            if alive.is_empty() {
                break;
            }
            if !std::mem::replace(&mut told, true) {
                progress("waiting for the Postgres of an earlier run");
            }
            if Instant::now() > deadline {
                bail!("the Postgres of an earlier run neither answers nor ends: end the processes {alive:?}");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        residents.remove_traces()?;
        Ok(None)
    }

    async fn launch(&self, progress: Progress<'_>) -> anyhow::Result<PgConnection> {
        progress("starting Postgres");
        self.files.write_settings(&self.account)?;
        let log = self.files.new_log()?;
        let status = self
            .account
            .command(&self.programs.pg_ctl(), self.files.folder())
            .args(["start", "--silent", "--wait", "--timeout"])
            .arg(PATIENCE.as_secs().to_string())
            .arg("--pgdata")
            .arg(self.files.data())
            .arg("--log")
            .arg(&log)
            // The server inherits what pg_ctl has: a pipe would stay open for ever.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .with_context(|| self.unreachable())?;
        if !status.success() {
            bail!(
                "Postgres didn't start: {}; the whole log is {}",
                last_line(&log),
                log.display()
            );
        }
        self.connect()
            .await
            .with_context(|| format!("Postgres started but doesn't answer, see {}", log.display()))
    }

    async fn connect(&self) -> Option<PgConnection> {
        let options: PgConnectOptions = self.files.url("postgres").parse().ok()?;
        PgConnection::connect_with(&options).await.ok()
    }

    fn unreachable(&self) -> String {
        format!(
            "can't run Postgres as {} in {}: choose a data folder that this user can reach",
            self.account.name(),
            self.files.folder().display()
        )
    }
}

impl Running {
    /// The database, with the login that owns the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it ran already.
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// Where the server writes what goes wrong.
    pub fn log(&self) -> PathBuf {
        self.cluster.files.log()
    }

    /// Stops the server: it ends its connections, writes all to disk, and goes.
    ///
    /// # Errors
    /// If it doesn't end.
    pub async fn stop(self) -> anyhow::Result<()> {
        if self.cluster.stop("fast").await? {
            return Ok(());
        }
        // What was committed is safe: the next start recovers it.
        if self.cluster.stop("immediate").await? {
            return Ok(());
        }
        bail!("Postgres doesn't stop, see {}", self.log().display())
    }
}

impl Cluster {
    async fn stop(&self, mode: &str) -> anyhow::Result<bool> {
        let status = self
            .account
            .command(&self.programs.pg_ctl(), self.files.folder())
            .args([
                "stop",
                "--silent",
                "--wait",
                "--timeout=60",
                "--mode",
                mode,
                "--pgdata",
            ])
            .arg(self.files.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .with_context(|| self.unreachable())?;
        Ok(status.success())
    }
}

async fn make_database(connection: &mut PgConnection) -> anyhow::Result<()> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        sqlx::raw_sql("create database entente")
            .execute(connection)
            .await?;
    }
    Ok(())
}

fn last_line(log: &Path) -> String {
    let text = fs_err::read_to_string(log).unwrap_or_default();
    text.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing")
        .to_owned()
}
