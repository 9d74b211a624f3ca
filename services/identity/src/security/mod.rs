//! Passwords, tokens, and what slows down who guesses them.

pub mod account_links;
pub mod allowance;
pub mod mail_limit;
pub mod password;
pub mod throttle;
pub mod token;
