//! The key of links, and the file that it lies in.

pub mod key_file;
pub mod link;
