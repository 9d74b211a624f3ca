//! The settings of billing.

use std::path::PathBuf;

/// Settings, as flags, `ENTENTE_BILLING_…` variables, or in the table `[billing]` of the file.
#[derive(clap::Args, Clone, Debug, Default)]
#[group(skip)]
pub struct Config {
    /// The key (PKCS#8 PEM) that seals payment tokens; made on the first start. Without it, one in the data folder
    #[arg(
        id = "billing-envelope-key",
        long = "billing-envelope-key",
        env = "ENTENTE_BILLING_ENVELOPE_KEY",
        value_name = "FILE"
    )]
    pub envelope_key: Option<PathBuf>,

    /// Keys that sealed before, separated by commas
    #[arg(
        id = "billing-former-envelope-keys",
        long = "billing-former-envelope-keys",
        env = "ENTENTE_BILLING_FORMER_ENVELOPE_KEYS",
        value_delimiter = ',',
        value_name = "FILES"
    )]
    pub former_envelope_keys: Vec<PathBuf>,
}
