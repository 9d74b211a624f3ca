//! Passwords, links, tokens, and what slows down who guesses them.

pub mod api_key;
pub mod encryption_key;
pub mod link;
pub mod password;
pub mod throttle;
pub mod token;
