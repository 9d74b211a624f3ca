//! Randomness as an argument, so that a test or a sample data set can be repeated.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::ChaCha20Rng;
use rand::{Rng, SeedableRng};

/// Where random bytes come from.
pub trait Random: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, buf: &mut [u8]);
}

/// The source of randomness as services hold it.
pub type SharedRandom = Arc<dyn Random>;

/// Cryptographically secure randomness, seeded by the operating system. Fit for keys and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl SystemRandom {
    /// The same, ready to be handed to services.
    pub fn shared() -> SharedRandom {
        Arc::new(Self)
    }
}

impl Random for SystemRandom {
    fn fill(&self, buf: &mut [u8]) {
        rand::rng().fill_bytes(buf);
    }
}

/// The same bytes for the same seed, on every machine and in every release (ChaCha20). Never for secrets.
pub struct SeededRandom {
    generator: Mutex<ChaCha20Rng>,
}

impl SeededRandom {
    /// Starts the sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            generator: Mutex::new(ChaCha20Rng::seed_from_u64(seed)),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, buf: &mut [u8]) {
        self.generator
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(buf);
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededRandom")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sixteen(random: &dyn Random) -> [u8; 16] {
        let mut buf = [0; 16];
        random.fill(&mut buf);
        buf
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(sixteen(&SeededRandom::new(7)), sixteen(&SeededRandom::new(7)));
    }

    #[test]
    fn the_system_never_gives_the_same_bytes_twice() {
        assert_ne!(sixteen(&SystemRandom), sixteen(&SystemRandom));
    }
}
