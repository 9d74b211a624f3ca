//! What identity announces: each change in its own transaction, with who did it and what differs.

mod account;
mod administration;
mod announcer;
mod credential;
mod fields;
mod settings;

pub use administration::Turnover;
pub use announcer::{Announcer, SessionEnd, topics};
pub use credential::{Credential, CredentialEvent};
