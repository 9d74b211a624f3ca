//! What notifications hears. It announces nothing.

mod listener;
mod read;

pub use listener::Listener;
pub use read::read;

/// The group of consumers.
pub const GROUP: &str = "notifications";

/// The topics that it hears.
pub const TOPICS: [&str; 6] = [
    "entente.identity.member.v1",
    "entente.identity.encryption_key.v1",
    "entente.identity.account.v1",
    "entente.partners.invitation.v1",
    "entente.partners.partnership.v1",
    "entente.identity.credential.v1",
];
