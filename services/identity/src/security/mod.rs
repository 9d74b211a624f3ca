//! Passwords, links, tokens, and what slows down who guesses them.

pub mod allowance;
pub mod link;
pub mod mail_limit;
pub mod password;
pub mod throttle;
pub mod token;
