//! How much a server takes on, and for how long.

use std::time::Duration;

use crate::config;

/// The limits of each server in the process.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Limits {
    /// Calls that a service works on at once; more are refused with RESOURCE_EXHAUSTED
    #[arg(
        long,
        env = "ENTENTE_MAX_IN_FLIGHT",
        value_name = "CALLS",
        default_value_t = 1024
    )]
    pub max_in_flight: usize,

    /// The longest that a call may take, whatever its caller allows
    #[arg(long, env = "ENTENTE_MAX_DEADLINE", value_name = "TIME", default_value = "30s", value_parser = config::duration)]
    pub max_deadline: Duration,

    /// How long a service that shuts down waits for calls in flight
    #[arg(long, env = "ENTENTE_DRAIN_LIMIT", value_name = "TIME", default_value = "25s", value_parser = config::duration)]
    pub drain_limit: Duration,

    /// How often a service looks whether it has what it needs
    #[arg(long, env = "ENTENTE_READINESS_INTERVAL", value_name = "TIME", default_value = "1s", value_parser = config::duration)]
    pub readiness_interval: Duration,

    /// The most that the headers of one request may take
    #[arg(long, env = "ENTENTE_MAX_HEADER_BYTES", value_name = "BYTES", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(8192..))]
    pub max_header_bytes: u32,

    /// Calls that one connection may have open at once
    #[arg(
        long,
        env = "ENTENTE_MAX_STREAMS",
        value_name = "CALLS",
        default_value_t = 1024
    )]
    pub max_streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_in_flight: 1024,
            max_deadline: Duration::from_secs(30),
            drain_limit: Duration::from_secs(25),
            readiness_interval: Duration::from_secs(1),
            max_header_bytes: 16_384,
            max_streams: 1024,
        }
    }
}
