//! The database of a test is its own, and goes with it.

#[cfg(test)]
mod db;
