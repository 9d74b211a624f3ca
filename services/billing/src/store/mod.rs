//! The tables.

pub mod account;
