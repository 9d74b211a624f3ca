//! A Kafka node of one test's own, to be killed.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use tokio::process::Command;

use super::wait::until;

/// It runs by `deploy/kafka/kafka`, as any other does.
pub struct Broker {
    folder: TempDir,
    port: u16,
}

impl Broker {
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("events-kafka-")
            .tempdir_in("/tmp")
            .unwrap();
        let broker = Self {
            folder,
            port: free_ports(),
        };
        broker.launch().await;
        broker
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills it without a word, and starts it on what it left.
    pub async fn kill_and_restart(&self) {
        self.kill().await;
        self.launch().await;
    }

    /// Kills it without a word.
    pub async fn kill(&self) {
        let pid = self.pid().expect("the broker runs");
        kill_process(pid, Signal::KILL).unwrap();
        until("the broker to be gone", async || test_kill_process(pid).err()).await;
    }

    async fn launch(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kafka/kafka");
        let started = Command::new(script)
            .arg("start")
            .env("KAFKA_DATA", self.folder.path())
            .env("KAFKA_PORT", self.port.to_string())
            .env("KAFKA_CONTROLLER_PORT", (self.port + 1).to_string())
            .stdin(Stdio::null())
            .status()
            .await;
        assert!(started.unwrap().success(), "the broker did not start");
    }

    fn pid(&self) -> Option<Pid> {
        let noted = std::fs::read_to_string(self.folder.path().join("kafka.pid")).ok()?;
        Pid::from_raw(noted.trim().parse().ok()?)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Its data goes with it, so there is nothing to end in order.
        if let Some(pid) = self.pid() {
            kill_process(pid, Signal::KILL).ok();
        }
    }
}

/// A free port with a free one after it, where the kernel gives none to clients: it is needed again after the kill.
/// No two brokers of this process look for theirs in one place.
fn free_ports() -> u16 {
    static BROKERS: AtomicU16 = AtomicU16::new(0);
    let broker = BROKERS.fetch_add(1, Ordering::Relaxed);
    let first = 18_100 + broker * 1_800 + u16::try_from(std::process::id() % 900).unwrap() * 2;
    let free = |port: &u16| {
        [*port, port + 1]
            .iter()
            .all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
    };
    (first..26_000).step_by(2).find(free).expect("a free port")
}
