//! The programs of Postgres on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tokio::process::Command;

/// The oldest one that the schemas are tested on.
const OLDEST: u32 = 15;
/// Debian and Red Hat keep the server's programs out of `PATH`, a folder per version.
const PER_VERSION: [&str; 2] = ["/usr/lib/postgresql", "/usr"];

/// One installed version.
#[derive(Debug)]
pub(super) struct Programs {
    bin: PathBuf,
}

impl Programs {
    /// The version that the data are of; without data, the newest.
    pub(super) async fn find(data: Option<u32>) -> anyhow::Result<Self> {
        let mut installed = Vec::new();
        for bin in folders() {
            installed.push((version(&bin).await?, bin));
        }
        installed.sort();
        let chosen = match data {
            Some(major) => installed.into_iter().find(|(version, _)| *version == major).with_context(|| {
                format!("the data are of Postgres {major}, which isn't installed: apt-get install -y postgresql-{major}")
            })?,
            None => installed.pop().context(
                "Postgres isn't installed: apt-get install -y postgresql, or set ENTENTE_DATABASE_URL to a server",
            )?,
        };
        match chosen {
            (version, _) if version < OLDEST => bail!(
                "Postgres {version} is too old, {OLDEST} is needed: install it, or set ENTENTE_DATABASE_URL to a server"
            ),
            (_, bin) => Ok(Self { bin }),
        }
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.bin.join("pg_ctl")
    }
}

/// Every folder with a whole server in it.
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = PER_VERSION
        .iter()
        .flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten());
    std::env::split_paths(&path)
        .chain(versions.flatten().map(|version| version.path().join("bin")))
        .filter(|bin| {
            ["postgres", "initdb", "pg_ctl"]
                .iter()
                .all(|program| bin.join(program).is_file())
        })
        .collect()
}

/// The major version: `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` is 15.
async fn version(bin: &Path) -> anyhow::Result<u32> {
    let program = bin.join("postgres");
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .await
        .with_context(|| format!("can't run {}: install Postgres again", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text
        .split_whitespace()
        .nth(2)
        .and_then(|number| number.split(|c: char| !c.is_ascii_digit()).next());
    number.and_then(|number| number.parse().ok()).with_context(|| {
        format!(
            "{} doesn't say its version: install Postgres again",
            program.display()
        )
    })
}
