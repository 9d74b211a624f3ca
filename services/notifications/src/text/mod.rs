//! The texts: a catalogue of messages per language, and the letters that are made from them.

mod catalogue;
mod letter;
mod texts;

pub use catalogue::Catalogue;
pub use letter::{Letter, Link};
pub use texts::Texts;
