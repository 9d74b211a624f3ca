//! The claims of tokens, and who signs them.

mod lifetime;
mod person;
mod service;

pub(crate) use person::PersonClaims;
pub use person::TokenSigner;
pub(crate) use service::ServiceClaims;
pub use service::{ServiceKey, ServiceKeyError, ServiceKeys, ServiceSigner};
