//! The settings of partners.

use std::path::PathBuf;
use std::time::Duration;

use entente_runtime::config::duration;

/// What can be set.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// The file with the key of the links in invitations; it is made where there is none
    #[arg(
        id = "partners-link-key",
        long = "partners-link-key",
        env = "ENTENTE_PARTNERS_LINK_KEY"
    )]
    pub link_key: Option<PathBuf>,

    /// How often invitations are looked at whose time is over
    #[arg(
        id = "partners-sweep-interval",
        long = "partners-sweep-interval",
        env = "ENTENTE_PARTNERS_SWEEP_INTERVAL",
        default_value = "1m",
        value_parser = duration
    )]
    pub sweep_interval: Duration,

    /// How often partnerships are looked for that begin with a new client, or of which a step was left behind by a crash
    #[arg(
        id = "partners-recovery-interval",
        long = "partners-recovery-interval",
        env = "ENTENTE_PARTNERS_RECOVERY_INTERVAL",
        default_value = "2s",
        value_parser = duration
    )]
    pub recovery_interval: Duration,

    /// How long a start, a narrowing or an end may take before it counts as left behind
    #[arg(
        id = "partners-recovery-after",
        long = "partners-recovery-after",
        env = "ENTENTE_PARTNERS_RECOVERY_AFTER",
        default_value = "15s",
        value_parser = duration
    )]
    pub recovery_after: Duration,
}
