//! Products, invitations, mandates and partnerships: what they are and what may happen to them. Nothing here knows how it
//! is stored or asked for.

pub mod invitation;
pub mod link;
pub mod mandate;
pub mod name;
pub mod organization;
pub mod partnership;
pub mod product;
