//! A real mail server (aiosmtpd) in a process of its own, which ends with the test.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::mailbox::{Mail, mails};
use crate::world::until;

pub struct SmtpServer {
    folder: TempDir,
    port: u16,
    terms: Terms,
    process: Child,
}

/// What it asks of who sends.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// User and password.
    pub login: Option<(&'static str, &'static str)>,
    /// How the connection is encrypted, and the file with its key and certificate.
    pub tls: Option<(Encryption, PathBuf)>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its first byte.
    Implicit,
    /// When both have agreed on it.
    StartTls,
}

impl SmtpServer {
    /// One that takes mail from everybody.
    pub async fn start() -> Self {
        Self::on(Terms::default()).await
    }

    /// One that wants to know who sends.
    pub async fn with_login(user: &'static str, password: &'static str) -> Self {
        Self::on(Terms {
            login: Some((user, password)),
            tls: None,
        })
        .await
    }

    /// One that takes mail on these terms.
    pub async fn on(terms: Terms) -> Self {
        Self::new(TempDir::new().unwrap(), 0, terms).await
    }

    async fn new(folder: TempDir, port: u16, terms: Terms) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut process = Command::new(root.join("../../.tools/python/bin/python"))
            .arg(root.join("tests/it/smtp_server.py"))
            .arg(folder.path())
            .arg(port.to_string())
            .args(terms.arguments())
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
            terms,
            process,
        }
    }

    /// Its URL, with the login that it wants.
    pub fn url(&self) -> String {
        let login = self.terms.login;
        let login = login.map_or(String::new(), |(user, password)| format!("{user}:{password}@"));
        let (scheme, query) = match &self.terms.tls {
            None => ("smtp", ""),
            Some((Encryption::Implicit, _)) => ("smtps", ""),
            Some((Encryption::StartTls, _)) => ("smtp", "?tls=required"),
        };
        format!("{scheme}://{login}127.0.0.1:{}{query}", self.port)
    }

    /// Stops it. What it has is kept.
    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again where it was.
    pub async fn start_again(self) -> Self {
        Self::new(self.folder, self.port, self.terms).await
    }

    /// What it was given, once there is so much of it.
    pub async fn mails(&self, count: usize) -> Vec<Mail> {
        until(async || Some(mails(self.folder.path())).filter(|mails| mails.len() >= count)).await
    }
}

impl Terms {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some((user, password)) = self.login {
            arguments.extend(["--login", user, password].map(str::to_owned));
        }
        if let Some((encryption, certificate)) = &self.tls {
            let encryption = match encryption {
                Encryption::Implicit => "implicit",
                Encryption::StartTls => "starttls",
            };
            arguments.extend(["--tls", encryption, "--certificate"].map(str::to_owned));
            arguments.push(certificate.display().to_string());
        }
        arguments
    }
}
