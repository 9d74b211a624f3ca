//! Billing accounts: what they hold, and what they still miss.

pub mod account;
pub mod fields;
