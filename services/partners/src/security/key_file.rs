//! A secret key in a file that only its owner reads.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_runtime::random::Random;
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt as _;

/// Reads the key, or makes one where there is no file yet. Of several that do so at once, all get the same.
///
/// # Errors
/// When the file can't be read or made, or holds something else.
pub fn load_or_create(path: &Path, random: &dyn Random) -> anyhow::Result<[u8; 32]> {
    if !path
        .try_exists()
        .with_context(|| format!("{} can't be looked at: check its folder", path.display()))?
    {
        create(path, random)?;
    }
    load(path)
}

fn load(path: &Path) -> anyhow::Result<[u8; 32]> {
    let text = fs::read_to_string(path).context("give its owner the right to read the key of links")?;
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).unwrap_or_default();
    let mend = || {
        format!(
            "{} holds no key of 32 bytes in base64url: restore it, or remove it to make links anew",
            path.display()
        )
    };
    bytes.try_into().ok().with_context(mend)
}

/// Writes beside the path, then links: the file is there whole or not at all, and never replaces another.
fn create(path: &Path, random: &dyn Random) -> anyhow::Result<()> {
    let (mut key, mut name) = ([0; 32], [0; 8]);
    random.fill(&mut key);
    random.fill(&mut name);
    let draft = beside(path, &URL_SAFE_NO_PAD.encode(name));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(file, "{}", URL_SAFE_NO_PAD.encode(key))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}"));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use entente_runtime::random::{SeededRandom, SystemRandom};

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.key");

        let made = load_or_create(&path, &SystemRandom).unwrap();

        assert_eq!(load_or_create(&path, &SystemRandom).unwrap(), made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_with_something_else_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.key");
        fs::write(&path, "garbage").unwrap();

        assert!(load_or_create(&path, &SeededRandom::new(1)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "garbage");
    }
}
