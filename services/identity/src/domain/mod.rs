//! The types and rules of accounts and access. Nothing here knows of transport or storage.

pub mod custom_role;
pub mod decision;
pub mod email;
pub mod encryption_key;
pub mod group;
pub mod language;
pub mod link;
pub mod matrix;
pub mod member;
pub mod member_table;
pub mod name;
pub mod organization;
pub mod origin;
pub mod password;
pub mod responsible;
pub mod role;
pub mod second_factor;
pub mod service_account;
pub mod session;
pub mod settings;
pub mod slug;
