//! Passwords: Argon2id, off the threads that serve, and never more at once than there is memory for.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use entente_runtime::random::SharedRandom;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::domain::password::{self, PasswordFlaw};

/// OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT: usize = 16;

/// Why a password couldn't be hashed or looked at: but for a flawed one, a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The hash function refused.
    #[error("the password can't be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// It is none that anybody should have.
    #[error(transparent)]
    Flawed(#[from] PasswordFlaw),
    /// The process is going down.
    #[error("the process is going down")]
    Stopped,
}

/// Whether a password is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It isn't, or there is none.
    Wrong,
}

/// Hashes and verifies.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    random: SharedRandom,
    /// What is compared where there is nobody, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// At most `at_once` hashes run at the same time.
    ///
    /// # Errors
    /// [`PasswordError`] if the hash function doesn't work.
    pub fn new(at_once: usize, random: SharedRandom) -> Result<Self, PasswordError> {
        let nobody = hash_now(&normal(&"nobody has this password".into()), &salt(&random))?.into();
        Ok(Self {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            random,
            nobody,
        })
    }

    /// The hash to store of a password that somebody chooses, in the PHC string format; `about` is what is known of them.
    ///
    /// # Errors
    /// [`PasswordError::Flawed`], or another by a fault of ours.
    pub async fn choose(&self, password: &SecretString, about: &[&str]) -> Result<String, PasswordError> {
        let (password, salt) = (password.clone(), salt(&self.random));
        let about: Vec<String> = about.iter().map(|text| (*text).to_owned()).collect();
        self.bounded(move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            password::check(password.expose_secret(), &about)?;
            hash_now(&normal(&password), &salt)
        })
        .await?
    }

    /// Compares with a stored hash. Without one it takes as long and is wrong.
    ///
    /// # Errors
    /// [`PasswordError`] by a fault of ours.
    pub async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<Verdict, PasswordError> {
        let (password, known) = (password.clone(), hash.is_some());
        let hash = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let right = self
            .bounded(move || hasher().and_then(|it| verify_now(&it, &normal(&password), &hash)))
            .await??;
        Ok(if right && known {
            Verdict::Right
        } else {
            Verdict::Wrong
        })
    }

    async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Stopped)?;
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| PasswordError::Stopped)
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords")
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| PasswordError::Hash(error.into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn normal(password: &SecretString) -> SecretString {
    password::normal(password.expose_secret()).into()
}

fn hash_now(password: &SecretString, salt: &[u8]) -> Result<String, PasswordError> {
    let hash = hasher()?
        .hash_password_with_salt(password.expose_secret().as_bytes(), salt)
        .map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}

fn verify_now(hasher: &Argon2<'_>, password: &SecretString, hash: &str) -> Result<bool, PasswordError> {
    use argon2::password_hash::Error;

    match hasher.verify_password(password.expose_secret().as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Hash(error)),
    }
}

fn salt(random: &SharedRandom) -> [u8; SALT] {
    let mut salt = [0; SALT];
    random.fill(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new(1, SystemRandom::shared()).unwrap();
        let hash = passwords
            .choose(&"correct horse battery".into(), &[])
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(
            passwords
                .verify(&"correct horse battery".into(), Some(&hash))
                .await
                .unwrap(),
            Verdict::Right
        );
        assert_eq!(
            passwords
                .verify(&"correct horse batter".into(), Some(&hash))
                .await
                .unwrap(),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn a_password_is_right_however_a_keyboard_writes_it() {
        let passwords = Passwords::new(1, SystemRandom::shared()).unwrap();
        let hash = passwords
            .choose(&"Zürcher Kühe gießen".into(), &[])
            .await
            .unwrap();
        let decomposed = "Zu\u{308}rcher Ku\u{308}he gießen".into();
        let verdict = passwords.verify(&decomposed, Some(&hash)).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn a_flawed_password_is_not_hashed() {
        let passwords = Passwords::new(1, SystemRandom::shared()).unwrap();
        let refused = passwords.choose(&"passwordpassword".into(), &[]).await;
        assert!(matches!(
            refused,
            Err(PasswordError::Flawed(PasswordFlaw::Guessable))
        ));
    }

    #[tokio::test]
    async fn nobody_has_the_password_of_nobody() {
        let passwords = Passwords::new(1, SystemRandom::shared()).unwrap();
        assert_eq!(
            passwords
                .verify(&"nobody has this password".into(), None)
                .await
                .unwrap(),
            Verdict::Wrong
        );
    }
}
