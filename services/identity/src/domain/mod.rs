//! The types and rules of accounts and access. Nothing here knows of transport or storage.

pub mod decision;
pub mod email;
pub mod link;
pub mod member;
pub mod name;
pub mod organization;
pub mod second_factor;
pub mod session;
