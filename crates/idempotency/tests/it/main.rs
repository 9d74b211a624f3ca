//! Answers that are kept, on a real database.

#[cfg(test)]
mod once;
