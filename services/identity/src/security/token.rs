//! Access and refresh tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_access::{Person, ServiceAccount, TokenSigner};
use entente_runtime::random::SharedRandom;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::domain::session::Session;

/// How much longer than its lifetime an access token may be taken for valid somewhere.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// The tokens of a session, as the person gets them.
#[derive(Debug)]
pub struct IssuedTokens {
    /// Proves who calls.
    pub access: SecretString,
    /// For how many seconds it does.
    pub expires_in: i32,
    /// Trades once for a new pair; none where the one that is there goes on.
    pub refresh: Option<SecretString>,
}

/// A new refresh token, and what is stored of it.
#[derive(Debug)]
pub struct NewRefreshToken {
    /// What the person gets.
    pub token: SecretString,
    /// What is stored.
    pub hash: [u8; 32],
}

/// Makes tokens.
pub struct Tokens {
    signer: TokenSigner,
    random: SharedRandom,
}

impl Tokens {
    /// Signs with this signer; refresh tokens are of these random bytes, which must be fit for secrets.
    pub fn new(signer: TokenSigner, random: SharedRandom) -> Self {
        Self { signer, random }
    }

    /// An access token for a session, as it stood then: a time before it was read, so that the token is dead when one is
    /// that was ended meanwhile ([`Tokens::dead_after`]).
    pub fn access(
        &self,
        session: &Session,
        refresh: Option<NewRefreshToken>,
        then: Timestamp,
    ) -> IssuedTokens {
        let person = Person {
            user: session.user,
            session: session.id,
            organization: session.organization,
            auth_time: session.auth_time,
            second_factor: session.second_factor,
        };
        IssuedTokens {
            access: self.signer.sign_at(&person, then).into(),
            expires_in: TokenSigner::LIFETIME_SECONDS,
            refresh: refresh.map(|refresh| refresh.token),
        }
    }

    /// An access token for a service account, as it stood then, until `end` at the latest, and for how many seconds it is valid.
    pub fn service_account(
        &self,
        own: &ServiceAccount,
        then: Timestamp,
        end: Timestamp,
    ) -> (SecretString, i32) {
        let (token, seconds) = self.signer.sign_service_account(own, then, end);
        (token.into(), seconds)
    }

    /// A refresh token.
    pub fn refresh(&self) -> NewRefreshToken {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        NewRefreshToken {
            token: URL_SAFE_NO_PAD.encode(bytes).into(),
            hash: Sha256::digest(bytes).into(),
        }
    }

    /// When no access token of a session can be valid any more that is ended now.
    pub fn dead_after(now: Timestamp) -> Timestamp {
        let lifetime = SignedDuration::from_secs(i64::from(TokenSigner::LIFETIME_SECONDS));
        now + lifetime + MARGIN
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

/// What is stored of a refresh token; none where it can't be one.
pub fn refresh_hash(token: &str) -> Option<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .filter(|bytes| bytes.len() == 32)?;
    Some(Sha256::digest(bytes).into())
}
