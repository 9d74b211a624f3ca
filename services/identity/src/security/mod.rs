//! Passwords, codes, links, tokens, and what slows down who guesses them.

pub mod challenge;
pub mod link;
pub mod password;
pub mod recovery;
pub mod throttle;
pub mod token;
pub mod totp;
