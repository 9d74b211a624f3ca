//! What partners announces and hears.

mod announcer;
mod directory;
mod fields;

pub use announcer::{Announcer, topics};
pub use directory::{Directory, GROUP, HEARD};
