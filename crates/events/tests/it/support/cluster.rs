//! A Postgres server of one test's own, to be killed.

use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use super::wait::{DEADLINE, until};

/// It runs as the user `postgres` where the tests run as root, since Postgres refuses root.
pub struct Cluster {
    folder: TempDir,
    binaries: PathBuf,
    server: Child,
}

impl Cluster {
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("events-pg-")
            .tempdir_in("/tmp")
            .unwrap();
        let binaries = binaries();
        if let Some((user, group)) = postgres_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let initdb = as_postgres(&binaries.join("initdb"))
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(initdb.unwrap().success(), "initdb failed");
        let server = serve(&folder, &binaries);
        let cluster = Self {
            folder,
            binaries,
            server,
        };
        cluster.answers().await;
        cluster
    }

    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.path())
            .username("postgres")
            .database("postgres")
    }

    /// Kills the server without a word, and starts it on what it left.
    pub async fn kill_and_restart(&mut self) {
        self.kill();
        let start = Instant::now();
        loop {
            self.server = serve(&self.folder, &self.binaries);
            // It refuses while backends of the killed one are still there.
            let up = tokio::select! {
                () = self.answers() => true,
                () = ended(self.server.id()) => false,
            };
            if up {
                return;
            }
            self.server.wait().unwrap();
            assert!(start.elapsed() < DEADLINE, "the server did not start again");
        }
    }

    fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    async fn answers(&self) {
        until("the server to answer", async || {
            let mut connection = self.options().connect().await.ok()?;
            connection.ping().await.ok()
        })
        .await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn ended(pid: u32) {
    let stat = format!("/proc/{pid}/stat");
    loop {
        let ended = std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        if ended {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A commit survives the server's death as soon as it is written, so nothing needs to be synced; but written it must be.
fn serve(folder: &TempDir, binaries: &std::path::Path) -> Child {
    as_postgres(&binaries.join("postgres"))
        .arg("-D")
        .arg(folder.path().join("data"))
        .arg("-k")
        .arg(folder.path())
        .args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=on",
        ])
        .args(["-c", "full_page_writes=off", "-c", "log_min_messages=panic"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn as_postgres(program: &std::path::Path) -> Command {
    let Some((user, group)) = postgres_user() else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={group}"))
        .arg("--clear-groups")
        .arg(program);
    command.current_dir("/");
    command
}

fn postgres_user() -> Option<(u32, u32)> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .expect("there is no user postgres");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn binaries() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("Postgres is not installed: run the tests by `make test`")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|path| path.join("postgres").exists())
        .collect();
    versions.sort();
    versions.pop().expect("no Postgres server in /usr/lib/postgresql")
}
