//! Passwords, tokens, and what slows down who guesses them.

pub mod password;
pub mod throttle;
pub mod token;
