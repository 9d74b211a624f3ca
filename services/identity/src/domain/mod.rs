//! The types and rules of accounts and access. Nothing here knows of transport or storage.

pub mod custom_role;
pub mod decision;
pub mod email;
pub mod encryption_key;
pub mod group;
pub mod link;
pub mod matrix;
pub mod member;
pub mod name;
pub mod organization;
pub mod role;
pub mod service_account;
pub mod session;
