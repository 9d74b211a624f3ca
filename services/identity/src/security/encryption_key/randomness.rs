//! Our randomness, as the libraries of keys ask for it.

use entente_runtime::random::SharedRandom;
use rand_core::{CryptoRng, Error, RngCore};

/// The randomness that the service was given, which is fit for keys.
#[derive(Clone, Copy)]
pub(super) struct Randomness<'a>(pub(super) &'a SharedRandom);

impl RngCore for Randomness<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl CryptoRng for Randomness<'_> {}
