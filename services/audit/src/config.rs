//! The settings of audit: it has none of its own.

/// The settings of audit.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(skip)]
pub struct Config {}
