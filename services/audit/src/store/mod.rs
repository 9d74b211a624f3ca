//! The tables.

pub mod chain;
pub mod event;
