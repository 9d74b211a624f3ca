//! The tables of identity: a file per aggregate, SQL in, domain types out.

pub mod challenge;
pub mod gate;
pub mod grant;
pub mod member;
pub mod organization;
pub mod provider_link;
pub mod revision;
pub mod second_factor;
pub mod session;
pub mod snapshot;
pub mod user_account;

use crate::error::Error;

/// Reads a word that the database keeps. Its checks let no other in.
fn word<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt(column))
}
