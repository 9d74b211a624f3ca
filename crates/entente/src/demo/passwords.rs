//! The passwords of the sample people: random, in a file that only its owner reads.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_runtime::random::SharedRandom;

/// Addresses and their passwords, one pair a line.
pub(super) struct Passwords {
    path: PathBuf,
    known: BTreeMap<String, String>,
    random: SharedRandom,
}

impl Passwords {
    pub(super) fn open(path: &Path, random: SharedRandom) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let known = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(email, password)| (email.to_owned(), password.to_owned()));
        Ok(Self {
            path: path.to_owned(),
            known: known.collect(),
            random,
        })
    }

    /// Whether an address has a password.
    pub(super) fn knows(&self, email: &str) -> bool {
        self.known.contains_key(email)
    }

    /// The password of an address; a new one is written down before it is used, so that none is ever lost.
    pub(super) fn of(&mut self, email: &str) -> Result<String> {
        if let Some(password) = self.known.get(email) {
            return Ok(password.clone());
        }
        let mut bytes = [0; 15];
        self.random.fill(&mut bytes);
        let password = URL_SAFE_NO_PAD.encode(bytes);
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)
            .with_context(|| format!("writing {}", self.path.display()))?;
        writeln!(file, "{email}\t{password}")?;
        self.known.insert(email.to_owned(), password.clone());
        Ok(password)
    }
}
