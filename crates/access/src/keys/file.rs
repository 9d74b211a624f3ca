//! Private keys and secrets in files that only their owner reads.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_runtime::random::Random;
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;
use sha2::{Digest, Sha256};

use super::{KeyError, PrivateKey};

/// The bytes of a secret key.
pub type Secret = [u8; 32];

/// What others may not have on a key file.
const OTHERS: u32 = 0o007;

/// Reads a private key.
///
/// # Errors
/// When the file can't be read, or holds something else than an Ed25519 key in PKCS#8 PEM form.
pub fn load(path: &Path) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_pem(&read(path)?).map_err(|_| KeyError::NotAKey {
        path: path.to_owned(),
    })
}

/// Reads a private key, or makes one where there is no file yet. Of several that do so at once, all get the same.
///
/// # Errors
/// As [`load`], or when the file can't be written.
pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<PrivateKey, KeyError> {
    create_if_missing(path, random, || PrivateKey::generate(random).to_pem())?;
    load(path)
}

/// Reads a secret, or makes one where there is no file yet. Of several that do so at once, all get the same. The file
/// holds 32 bytes in base64url without padding; a private key in PEM form is taken too, and its hash is the secret, so
/// that one tool can make all the keys of an installation.
///
/// # Errors
/// When the file can't be read or written, or holds something else.
pub fn load_or_create_secret(path: &Path, random: &dyn Random) -> Result<Secret, KeyError> {
    create_if_missing(path, random, || {
        let mut secret = Secret::default();
        random.fill(&mut secret);
        Ok(Box::new(URL_SAFE_NO_PAD.encode(secret) + "\n"))
    })?;
    let text = read(path)?;
    let text = text.trim();
    if PrivateKey::from_pem(text).is_ok() {
        return Ok(Sha256::digest(text).into());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    bytes.try_into().map_err(|_| KeyError::NotASecret {
        path: path.to_owned(),
    })
}

fn read(path: &Path) -> Result<String, KeyError> {
    let failed = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    let text = fs::read_to_string(path).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    // Refusing it would also refuse how orchestrators mount secrets.
    if mode & OTHERS != 0 {
        tracing::warn!(path = %path.display(), "everybody on this machine may read this key file: chmod 600 it");
    }
    Ok(text)
}

fn create_if_missing<T: Deref<Target = String>>(
    path: &Path,
    random: &dyn Random,
    make: impl FnOnce() -> Result<T, KeyError>,
) -> Result<(), KeyError> {
    match fs::metadata(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => {
            return Err(KeyError::Read {
                path: path.to_owned(),
                source,
            });
        }
    }
    match publish(path, make()?.as_bytes(), random) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
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
    fn a_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.key");

        let made = load_or_create_secret(&path, &SystemRandom).unwrap();

        assert_eq!(load_or_create_secret(&path, &SystemRandom).unwrap(), made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_private_key_serves_as_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("links.pem"), folder.path().join("other.pem"));
        load_or_create(&path, &SystemRandom).unwrap();
        load_or_create(&other, &SystemRandom).unwrap();

        let secret = load_or_create_secret(&path, &SystemRandom).unwrap();

        assert_eq!(load_or_create_secret(&path, &SystemRandom).unwrap(), secret);
        assert_ne!(load_or_create_secret(&other, &SystemRandom).unwrap(), secret);
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
    fn a_file_that_holds_no_secret_is_kept_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.key");
        fs::write(&path, "hunter2").unwrap();

        let error = load_or_create_secret(&path, &SystemRandom)
            .unwrap_err()
            .to_string();

        assert!(
            error.contains("links.key") && !error.contains("hunter2"),
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
