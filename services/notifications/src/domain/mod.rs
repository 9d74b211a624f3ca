//! What is told, to whom, and when it is tried again: rules without transport or store.

pub mod audience;
pub mod facts;
pub mod kind;
pub mod language;
pub mod link;
pub mod locale;
pub mod notification;
pub mod occurrence;
pub mod retry;
