//! What lies where: `<data folder>/postgres` with `data`, `socket`, `server.log` and `lock`.

use std::{
    fs::{File, Permissions, TryLockError},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::account::Account;

/// An address of a socket has at most 107 characters, of which its own name takes 15; some are left for its lock.
const LONGEST_SOCKET_FOLDER: usize = 85;
const PORT: u16 = 5432;
/// A log that grew beyond is put aside at the next start.
const LARGEST_LOG: u64 = 10 << 20;

/// The files of one cluster. Everything is readable to the server's user alone.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn prepare(data_folder: &Path, account: &Account) -> anyhow::Result<Self> {
        if !data_folder.exists() {
            fs_err::create_dir_all(data_folder)?;
            // The server's user has to pass through, whatever the umask says, but needs to see nothing.
            fs_err::set_permissions(data_folder, Permissions::from_mode(0o711))?;
        }
        let files = Self {
            folder: fs_err::canonicalize(data_folder)?.join("postgres"),
        };
        let length = files.socket().as_os_str().len();
        if length > LONGEST_SOCKET_FOLDER {
            bail!(
                "the path of the data folder {} is {} characters too long for a socket: choose a shorter one",
                data_folder.display(),
                length - LONGEST_SOCKET_FOLDER
            );
        }
        for folder in [files.folder.clone(), files.socket()] {
            if !folder.exists() {
                fs_err::create_dir(&folder)?;
            }
            fs_err::set_permissions(&folder, Permissions::from_mode(0o700))?;
            account.give(&folder)?;
        }
        Ok(files)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    pub(super) fn socket_lock(&self) -> PathBuf {
        self.socket().join(format!(".s.PGSQL.{PORT}.lock"))
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// The URL of a database in it, by its superuser.
    pub(super) fn url(&self, database: &str) -> String {
        let socket = self.socket();
        let socket = utf8_percent_encode(&socket.to_string_lossy(), NON_ALPHANUMERIC).to_string();
        format!("postgres://postgres@localhost:{PORT}/{database}?host={socket}&sslmode=disable")
    }

    /// The major version of Postgres that the data are of, or none if there are no data.
    pub(super) fn version(&self) -> anyhow::Result<Option<u32>> {
        let file = self.data().join("PG_VERSION");
        if !file.exists() {
            return Ok(None);
        }
        let version = fs_err::read_to_string(&file)?;
        let version = version
            .trim()
            .parse()
            .with_context(|| format!("{} isn't of Postgres", file.display()))?;
        Ok(Some(version))
    }

    /// Its name in the titles of its processes: of the data folder itself, so that no other cluster has it.
    pub(super) fn cluster_name(&self) -> anyhow::Result<String> {
        let data = fs_err::metadata(self.data())?;
        Ok(format!("entente {:x}-{:x}", data.dev(), data.ino()))
    }

    /// Held as long as the file is open, and no longer than the process.
    pub(super) fn lock(&self) -> anyhow::Result<File> {
        let path = self.folder.join("lock");
        let file = fs_err::File::create(&path)?.into_file();
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another entente uses {}: stop it, or choose another data folder",
                    self.folder.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("can't lock {}", path.display()))
            }
        }
    }

    /// Where the data are made: they take their place when they are whole. What a crash left there is removed.
    pub(super) fn unfinished_data(&self) -> anyhow::Result<PathBuf> {
        let unfinished = self.folder.join("data.unfinished");
        if unfinished.exists() {
            fs_err::remove_dir_all(&unfinished)?;
        }
        Ok(unfinished)
    }

    pub(super) fn finish_data(&self, unfinished: &Path) -> anyhow::Result<()> {
        let main = unfinished.join("postgresql.conf");
        let settings = fs_err::read_to_string(&main)?;
        // The second is there for whoever runs it: nothing here writes it.
        let includes = "include 'entente.conf'\ninclude_if_exists 'local.conf'\n";
        fs_err::write(&main, format!("{settings}\n{includes}"))?;
        fs_err::rename(unfinished, self.data())?;
        Ok(())
    }

    /// Written at every start, so that a new release brings its own.
    pub(super) fn write_settings(&self, account: &Account) -> anyhow::Result<()> {
        let socket = self.socket().to_string_lossy().replace('\'', "''");
        let cluster_name = self.cluster_name()?;
        let settings = format!(
            "# Written by Entente at every start. Your own settings go into local.conf.
listen_addresses = ''
port = {PORT}
unix_socket_directories = '\"{socket}\"'
unix_socket_permissions = 0700
cluster_name = '{cluster_name}'
max_connections = 200
shared_buffers = 128MB
max_wal_size = 512MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# What goes wrong, without statements and values: they hold personal data.
log_min_messages = warning
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
"
        );
        let path = self.data().join("entente.conf");
        fs_err::write(&path, settings)?;
        account.give(&path)
    }

    /// The server's log, put aside if it has grown large.
    pub(super) fn new_log(&self) -> anyhow::Result<PathBuf> {
        let log = self.log();
        let large = fs_err::metadata(&log).is_ok_and(|log| log.len() > LARGEST_LOG);
        if large {
            fs_err::rename(&log, self.folder.join("server.log.old"))?;
        }
        Ok(log)
    }
}
