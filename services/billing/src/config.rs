//! The settings of billing: it has none of its own.

/// The settings of billing.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(skip)]
pub struct Config {}
