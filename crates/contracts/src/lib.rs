//! The contract as Rust: messages, clients and servers from `proto/`, the guarded wrapper of each server, and the check
//! of the field rules that the contract declares; and what stands between its words and the domain for every service.
//!
//! A service mounts `Guarded…Service::server(handlers, guard)`; there is no other way in, so that no handler is
//! reached before the guard has let the call pass and the fields are known to be in bounds.

mod guard;
mod repeatable;
mod time;
mod validation;

pub use guard::*;
pub use repeatable::Repeatable;
pub use time::{instant, timestamp};
pub use validation::{CheckFields, Path, Violation, Violations, check_fields};

/// The contract with its comments, as an encoded `google.protobuf.FileDescriptorSet`: for reflection, for the transcoder
/// and for OpenAPI.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));

#[allow(
    dead_code,
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    rustdoc::all,
    unused_qualifications
)]
mod messages {
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}
pub use messages::entente;
pub use messages::entente::{access, audit, billing, identity, notifications, partners};
