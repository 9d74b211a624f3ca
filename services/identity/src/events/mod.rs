//! What identity announces: each change in its own transaction, with who did it and what differs.

mod administration;
mod announcer;
mod fields;

pub use administration::Turnover;
pub use announcer::{Announcer, SessionEnd, topics};
