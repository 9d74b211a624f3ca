//! The services of the contract: each method converts, calls its use case and converts back.

pub mod convert;
mod invitation;
mod partnership;
mod product;

pub use invitation::Invitations;
pub use partnership::Partnerships;
pub use product::Products;
