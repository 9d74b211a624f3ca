//! Everything in processes of its own, as in a cluster.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::ops::Deref;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};

use sqlx::Connection as _;
use tokio::process::{Child, Command};

use super::{Log, Site, eventually, program};

/// The services, in the order in which they start.
pub const SERVICES: [&str; 6] = [
    "identity",
    "partners",
    "billing",
    "notifications",
    "audit",
    "gateway",
];

/// An installation of six processes. Dropped, it ends them.
#[derive(Debug)]
pub struct Processes {
    running: BTreeMap<&'static str, Child>,
    probes: BTreeMap<&'static str, u16>,
    arguments: Vec<String>,
    site: Site,
}

impl Processes {
    /// Starts all, with these arguments besides, and waits until they are ready.
    pub async fn start(log: Log, more: &[&str]) -> Self {
        let site = Site::new(log).await;
        let mut arguments = site.arguments();
        let mut probes = BTreeMap::new();
        for service in SERVICES {
            let port = free_port();
            probes.insert(service, free_port());
            arguments.extend([format!("--{service}-listen"), format!("127.0.0.1:{port}")]);
            match service {
                "gateway" => site.rest.is_at(&format!("http://127.0.0.1:{port}")),
                _ => arguments.extend([format!("--{service}-url"), format!("http://127.0.0.1:{port}")]),
            }
        }
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let mut processes = Self {
            running: BTreeMap::new(),
            probes,
            arguments,
            site,
        };
        for service in SERVICES {
            processes.launch(service);
        }
        processes.ready().await;
        processes
    }

    /// Ends a process as nothing can refuse (SIGKILL), and starts it again.
    pub async fn kill(&mut self, service: &'static str) {
        let mut killed = self.running.remove(service).unwrap();
        killed.kill().await.unwrap();
        self.launch(service);
    }

    /// Cuts all connections to the database.
    pub async fn cut_database(&self) {
        let mut admin = sqlx::PgConnection::connect(self.site.db.url()).await.unwrap();
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
        )
        .execute(&mut admin)
        .await
        .unwrap();
    }

    /// Waits until every service is ready.
    pub async fn ready(&self) {
        for (service, port) in &self.probes {
            eventually(
                &format!("{service}, see {}", self.site.data.path().display()),
                async || {
                    let answer = reqwest::get(format!("http://127.0.0.1:{port}/ready")).await;
                    let answer = answer.map_err(|error| error.to_string())?;
                    if answer.status().is_success() {
                        Ok(())
                    } else {
                        Err(answer.text().await.unwrap_or_default())
                    }
                },
            )
            .await;
        }
    }

    fn launch(&mut self, service: &'static str) {
        let path = self.site.data.path().join(format!("{service}.log"));
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        let child = Command::new(program())
            .args(["serve", service])
            .args(&self.arguments)
            .args(["--admin-listen", &format!("127.0.0.1:{}", self.probes[service])])
            .current_dir(self.site.data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        self.running.insert(service, child);
    }
}

impl Deref for Processes {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for service in SERVICES {
            let log = std::fs::read_to_string(self.site.data.path().join(format!("{service}.log")));
            let log = log.unwrap_or_default();
            let lines: Vec<_> = log.lines().rev().take(30).collect();
            println!("--- {service}");
            lines.iter().rev().for_each(|line| println!("{line}"));
        }
    }
}

/// A port that is free, and that the kernel gives to no client while its process is away.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
