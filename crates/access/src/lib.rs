//! Who is calling, and what they may do.
//!
//! A call passes three parts. The [`AuthenticationLayer`] reads the token and leaves a [`Principal`] in the request's
//! extensions; the [`AccessGuard`] holds it against the access rule of the method, asking a [`Decider`] where a
//! permission is needed, and leaves an [`Access`]; the handler reads that one.
//!
//! Two kinds of tokens exist, both EdDSA JWTs: a person's or a service account's, signed by identity ([`TokenSigner`]) and verified with
//! keys from a [`KeySource`]; and a service's own ([`ServiceSigner`]), verified with configured keys
//! ([`ServiceKeys`]). Nothing here logs a token.
//!
//! Who has no account yet is let in by the token of a mailed link, which a [`links::LinkKey`] makes and reads.

mod access;
mod decider;
mod guard;
mod jws;
mod key_source;
pub mod keys;
mod layer;
pub mod links;
mod principal;
mod reason;
mod token;
mod verifier;

pub use access::{Access, Asked};
pub use decider::{Decider, RemoteDecider};
pub use guard::AccessGuard;
pub use key_source::{KeySource, LocalKeys, RemoteKeys};
pub use layer::{Authenticated, AuthenticationLayer};
pub use principal::{Person, Principal, ServiceAccount};
pub use reason::{Reason, denial};
pub use token::{ServiceKey, ServiceKeyError, ServiceKeys, ServiceSigner, TokenSigner};
pub use verifier::Verifier;
