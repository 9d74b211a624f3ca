//! A real mail server (aiosmtpd) in a process of its own, which ends with the test.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::mailbox::{Mail, mails};
use crate::world::until;

pub struct SmtpServer {
    folder: TempDir,
    port: u16,
    login: Vec<String>,
    process: Child,
}

impl SmtpServer {
    /// One that takes mail from everybody.
    pub async fn start() -> Self {
        Self::new(TempDir::new().unwrap(), 0, Vec::new()).await
    }

    /// One that wants to know who sends.
    pub async fn with_login(user: &str, password: &str) -> Self {
        Self::new(
            TempDir::new().unwrap(),
            0,
            vec![user.to_owned(), password.to_owned()],
        )
        .await
    }

    async fn new(folder: TempDir, port: u16, login: Vec<String>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(root.join("../../.tools/python/bin/python"))
            .arg(root.join("tests/it/smtp_server.py"))
            .arg(folder.path())
            .arg(port.to_string())
            .args(&login)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("there is no mail server to test with: run `scripts/install test`");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines
            .next_line()
            .await
            .unwrap()
            .expect("the mail server said no port")
            .parse()
            .unwrap();
        Self {
            folder,
            port,
            login,
            process,
        }
    }

    /// Its URL, with the login that it wants.
    pub fn url(&self) -> String {
        match self.login.as_slice() {
            [user, password] => format!("smtp://{user}:{password}@127.0.0.1:{}", self.port),
            _ => format!("smtp://127.0.0.1:{}", self.port),
        }
    }

    /// Stops it. What it has is kept.
    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again where it was.
    pub async fn start_again(self) -> Self {
        Self::new(self.folder, self.port, self.login).await
    }

    /// What it was given, once there is so much of it.
    pub async fn mails(&self, count: usize) -> Vec<Mail> {
        until(async || Some(mails(self.folder.path())).filter(|mails| mails.len() >= count)).await
    }
}
