//! Private keys in files that only their owner reads.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use entente_runtime::random::Random;
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;

use super::{KeyError, PrivateKey};

/// What others may not have on a key file.
const OTHERS: u32 = 0o007;

/// Reads a private key.
///
/// # Errors
/// When the file can't be read, or holds something else than an Ed25519 key in PKCS#8 PEM form.
pub fn load(path: &Path) -> Result<PrivateKey, KeyError> {
    let failed = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    let pem = fs::read_to_string(path).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    // Refusing it would also refuse how orchestrators mount secrets.
    if mode & OTHERS != 0 {
        tracing::warn!(path = %path.display(), "everybody on this machine may read this key file: chmod 600 it");
    }
    PrivateKey::from_pem(&pem).map_err(|_| KeyError::NotAKey {
        path: path.to_owned(),
    })
}

/// Reads a private key, or makes one where there is no file yet. Of several that do so at once, all get the same.
///
/// # Errors
/// As [`load`], or when the file can't be written.
pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<PrivateKey, KeyError> {
    match fs::metadata(path) {
        Ok(_) => return load(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => {
            return Err(KeyError::Read {
                path: path.to_owned(),
                source,
            });
        }
    }
    let pem = PrivateKey::generate(random).to_pem()?;
    match publish(path, pem.as_bytes(), random) {
        Ok(()) => load(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => load(path),
        Err(source) => Err(KeyError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes beside the path, then links: the file is there whole or not at all, and never replaces another.
fn publish(path: &Path, content: &[u8], random: &dyn Random) -> io::Result<()> {
    let draft = beside(path, random);
    let written = write(&draft, content).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    written.and(removed)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // The name must survive a power cut too.
    fs::File::open(folder)?.sync_all()
}

fn write(draft: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

fn beside(path: &Path, random: &dyn Random) -> PathBuf {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let mut name = OsString::from(path);
    name.push(format!(".{:016x}.new", u64::from_be_bytes(bytes)));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");

        let made = load_or_create(&path, &SystemRandom).unwrap();

        assert_eq!(
            load_or_create(&path, &SystemRandom).unwrap().public(),
            made.public()
        );
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn several_that_start_at_once_get_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");

        let keys: Vec<_> = std::thread::scope(|scope| {
            let start = || load_or_create(&path, &SystemRandom).unwrap().public();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });

        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_holds_no_key_is_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        fs::write(&path, "hunter2").unwrap();

        let error = load_or_create(&path, &SystemRandom).unwrap_err().to_string();

        assert!(
            error.contains("signing.pem") && !error.contains("hunter2"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "hunter2");
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = load_or_create(&folder.path().join("gone/signing.pem"), &SystemRandom).unwrap_err();

        assert!(error.to_string().contains("gone/signing.pem"), "{error}");
    }
}
