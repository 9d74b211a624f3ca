//! The user that Postgres runs as. It refuses to run as root.

use std::{ffi::OsString, path::Path};

use anyhow::Context as _;
use tokio::process::Command;

/// The user that the packages of Postgres make.
const SERVER_USER: &str = "postgres";

/// Who runs the server.
#[derive(Debug)]
pub(super) enum Account {
    /// Whoever runs Entente.
    Own,
    /// Root runs Entente, this user the server.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The current user; as root, the user `postgres`.
    pub(super) fn choose() -> anyhow::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let users = fs_err::read_to_string("/etc/passwd")?;
        let (uid, gid) = users.lines().find_map(ids).with_context(|| {
            format!(
                "Postgres doesn't run as root, and there is no user {SERVER_USER}: install Postgres from its package \
                 (apt-get install -y postgresql), or run this as another user"
            )
        })?;
        Ok(Self::Other { uid, gid })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Own => "you",
            Self::Other { .. } => SERVER_USER,
        }
    }

    /// Makes the file or folder this user's.
    pub(super) fn give(&self, path: &Path) -> anyhow::Result<()> {
        if let Self::Other { uid, gid } = self {
            fs_err::os::unix::fs::chown(path, Some(*uid), Some(*gid))?;
        }
        Ok(())
    }

    /// A program run by this user in that folder, away from the terminal's signals, and with nothing in its environment
    /// that could change what it does.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .process_group(0);
        if let Self::Other { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }
}

/// The numbers in a line of `/etc/passwd`, if it is the server's user.
fn ids(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    if fields.next() != Some(SERVER_USER) {
        return None;
    }
    let uid = fields.nth(1)?.parse().ok()?;
    Some((uid, fields.next()?.parse().ok()?))
}
