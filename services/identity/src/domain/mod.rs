//! The types and rules of accounts and access. Nothing here knows of transport or storage.

pub mod decision;
pub mod email;
pub mod link;
pub mod matrix;
pub mod member;
pub mod member_table;
pub mod name;
pub mod organization;
pub mod responsible;
pub mod role;
pub mod session;
pub mod slug;
