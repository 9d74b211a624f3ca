//! The folder with the services' keys.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use entente_access::keys::{PrivateKey, PublicKey, load_or_create};
use entente_access::{ServiceKey, ServiceKeys};
use entente_runtime::random::Random;

use crate::cli::Service;

/// Keys by service: `NAME.pem` is the private half of one that runs here, `NAME.pub` the public half of one that runs
/// elsewhere.
pub(crate) struct Keys<'a> {
    folder: PathBuf,
    random: &'a dyn Random,
}

impl<'a> Keys<'a> {
    /// Opens the folder; makes it, for its owner alone, when it is missing.
    pub(crate) fn open(folder: PathBuf, random: &'a dyn Random) -> Result<Self> {
        private_folder(&folder)?;
        Ok(Self { folder, random })
    }

    /// The key that a service signs with; made when it is missing.
    pub(crate) fn private(&self, service: Service) -> Result<PrivateKey> {
        Ok(load_or_create(&self.path(service.name(), "pem"), self.random)?)
    }

    /// The public keys of all services. One that is nowhere yet is made, private half too, for that service to find.
    pub(crate) fn public(&self) -> Result<ServiceKeys> {
        Service::ALL
            .into_iter()
            .filter(|service| *service != Service::Gateway)
            .map(|service| self.of(service))
            .collect()
    }

    /// The path of a key that a service keeps for its own use.
    pub(crate) fn path(&self, name: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{name}.{kind}"))
    }

    fn of(&self, service: Service) -> Result<ServiceKey> {
        let path = self.path(service.name(), "pub");
        let key: PublicKey = match std::fs::read_to_string(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .with_context(|| format!("{} holds no public key", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.private(service)?.public(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(ServiceKey {
            name: service.name().to_owned(),
            key,
        })
    }
}

/// Makes a folder that only its owner can enter.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.with_context(|| format!("making the folder {}", path.display()))
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SeededRandom;

    use super::*;

    #[test]
    fn two_processes_on_one_folder_know_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let open = |seed: &'static SeededRandom| Keys::open(folder.path().join("keys"), seed).unwrap();
        let (one, other) = (
            Box::leak(Box::new(SeededRandom::new(1))),
            Box::leak(Box::new(SeededRandom::new(2))),
        );
        let identity = open(one).private(Service::Identity).unwrap();
        let known = open(other).of(Service::Identity).unwrap();
        assert_eq!(known.key, identity.public());
    }

    #[test]
    fn a_public_half_alone_is_enough_for_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let random = SeededRandom::new(3);
        let keys = Keys::open(folder.path().to_owned(), &random).unwrap();
        let key = PrivateKey::generate(&random).public();
        std::fs::write(keys.path("audit", "pub"), key.to_base64url()).unwrap();
        assert_eq!(keys.of(Service::Audit).unwrap().key, key);
        assert!(!keys.path("audit", "pem").exists());
    }
}
