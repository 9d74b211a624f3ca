//! A sign-in on its way to the provider and back. Nothing of it is stored: who began it holds it, sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_envelope::{Envelope, EnvelopeError, Place};
use entente_runtime::random::SharedRandom;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// For how long a person may take at the provider.
pub const FLOW_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// The same in seconds, as `BeginProviderSignInResponse.expires_in` has it.
pub const FLOW_SECONDS: i32 = 600;

/// 256 bits each; RFC 7636 asks for a verifier of at least that.
const BYTES: usize = 32;
/// It belongs to nobody yet, and is no record.
const PLACE: Place = Place {
    purpose: "identity provider sign-in",
    tenant: Uuid::nil(),
    record: Uuid::nil(),
};

/// What a sign-in must come back with.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Ties the answer to who began (RFC 6749, section 10.12).
    pub(super) state: String,
    /// Ties the provider's token to this sign-in.
    pub(super) nonce: String,
    /// Proves to the provider that who began is who completes (RFC 7636).
    pub(super) verifier: String,
    /// Until when it can be completed.
    expires_at: Timestamp,
}

impl Flow {
    /// A new one, of random bytes that must be fit for secrets.
    pub fn new(random: &SharedRandom, now: Timestamp) -> Self {
        Self {
            state: secret(random),
            nonce: secret(random),
            verifier: secret(random),
            expires_at: now.saturating_add(FLOW_LIFETIME).unwrap_or(now),
        }
    }

    /// As who began it holds it.
    ///
    /// # Errors
    /// By a fault of ours.
    pub fn seal(&self, envelope: &Envelope) -> Result<SecretString, EnvelopeError> {
        let content = serde_json::to_vec(self).map_err(|_| EnvelopeError::Garbled)?;
        Ok(URL_SAFE_NO_PAD.encode(envelope.seal(PLACE, &content)?).into())
    }

    /// The flow that comes back with this state; none where it is no flow of ours, another one's, or too old.
    pub fn open(envelope: &Envelope, sealed: &SecretString, state: &str, now: Timestamp) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed.expose_secret()).ok()?;
        let content = envelope.open(PLACE, &sealed).ok()?;
        let flow: Self = serde_json::from_slice(content.expose_secret()).ok()?;
        let matches: bool = flow.state.as_bytes().ct_eq(state.as_bytes()).into();
        (matches && now < flow.expires_at).then_some(flow)
    }

    /// Under what it is noted as completed.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.state).into()
    }

    /// Until when it must be noted.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flow")
    }
}

fn secret(random: &SharedRandom) -> String {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn envelope() -> Envelope {
        let folder = tempfile::tempdir().unwrap();
        Envelope::load_or_create(&folder.path().join("key"), &[], SystemRandom::shared()).unwrap()
    }

    #[test]
    fn a_flow_comes_back_with_its_state_in_time() {
        let (envelope, flow) = (envelope(), Flow::new(&SystemRandom::shared(), NOW));
        let sealed = flow.seal(&envelope).unwrap();
        let open = |state: &str, now| Flow::open(&envelope, &sealed, state, now).is_some();

        assert!(open(
            &flow.state,
            NOW + FLOW_LIFETIME - SignedDuration::from_nanos(1)
        ));
        assert!(!open(&flow.state, NOW + FLOW_LIFETIME));
        assert!(!open(&flow.nonce, NOW));
        assert!(!open("", NOW));
    }

    #[test]
    fn what_another_installation_sealed_is_no_flow() {
        let flow = Flow::new(&SystemRandom::shared(), NOW);
        let sealed = flow.seal(&envelope()).unwrap();
        assert!(Flow::open(&envelope(), &sealed, &flow.state, NOW).is_none());
    }

    #[test]
    fn who_holds_a_flow_reads_nothing_in_it() {
        let (envelope, flow) = (envelope(), Flow::new(&SystemRandom::shared(), NOW));
        let sealed = flow.seal(&envelope).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(sealed.expose_secret()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&flow.verifier) && sealed.expose_secret().len() <= 1024);
    }
}
