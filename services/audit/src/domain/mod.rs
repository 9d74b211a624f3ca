//! What the trail is made of, and what makes it evident when somebody alters it.

pub mod chain;
pub mod event;
pub mod search;
