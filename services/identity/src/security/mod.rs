//! Passwords, codes, tokens, and what slows down who guesses them.

pub mod account_links;
pub mod allowance;
pub mod api_key;
pub mod challenge;
pub mod encryption_key;
pub mod mail_limit;
pub mod password;
pub mod recovery;
pub mod throttle;
pub mod token;
pub mod totp;
