//! One boot for every service: settings, telemetry, listener, health, drain, and the one stack that each call
//! passes, on the side that serves and on the side that calls.
//!
//! A service is a `build` function that returns [`server::Parts`], and a struct of settings:
//!
//! ```no_run
//! use entente_runtime::clock::SystemClock;
//! use entente_runtime::random::SystemRandom;
//! use entente_runtime::{config, server, telemetry};
//! use tokio::net::TcpListener;
//! use tokio_util::sync::CancellationToken;
//!
//! // Each service: prefixed names, and `group(skip)` as every service calls its struct `Config`.
//! #[derive(clap::Args, Clone)]
//! #[group(skip)]
//! struct Config {
//!     /// Where partners listens
//!     #[arg(id = "partners-listen", long = "partners-listen", env = "ENTENTE_PARTNERS_LISTEN", default_value = "127.0.0.1:7102")]
//!     listen: std::net::SocketAddr,
//!     /// The database of partners
//!     #[arg(id = "partners-database-url", long = "partners-database-url", env = "ENTENTE_PARTNERS_DATABASE_URL")]
//!     database_url: Option<config::SecretString>,
//! }
//!
//! // The program: one command with all of them.
//! #[derive(clap::Parser)]
//! struct Program {
//!     #[command(flatten)]
//!     telemetry: telemetry::Options,
//!     #[command(flatten)]
//!     limits: server::Limits,
//!     #[command(flatten)]
//!     partners: Config,
//! }
//!
//! fn build(clock: entente_runtime::clock::SharedClock) -> server::Parts {
//!     # const DESCRIPTORS: &[u8] = &[];
//!     let services = server::GrpcServices::new(); // .with(PartnersServer::new(…))
//!     server::Parts::grpc("partners", services, DESCRIPTORS, tower::layer::util::Identity::new())
//!         .needs(server::readiness("postgres", || async { Ok(()) }))
//!         .task("relay", |stop| async move {
//!             stop.cancelled().await; // consume until then, then release what is held
//!             Ok(())
//!         })
//! }
//!
//! # async fn run() -> anyhow::Result<()> {
//! use clap::{CommandFactory, FromArgMatches};
//! let loaded = match config::load(Program::command(), std::env::args_os()) {
//!     Ok(loaded) => loaded,
//!     Err(wrong) => wrong.exit(),
//! };
//! let program = Program::from_arg_matches(&loaded.matches)?;
//! let telemetry = telemetry::init(&program.telemetry, "entente", env!("CARGO_PKG_VERSION"))?;
//! let host = server::Host {
//!     limits: program.limits,
//!     random: SystemRandom::shared(),
//!     admin: server::Admin::new(),
//! };
//! let drain = CancellationToken::new();
//! let listener = TcpListener::bind(program.partners.listen).await?;
//! let serving = server::serve(listener, build(SystemClock::shared()), &host, drain.clone());
//! # let _ = serving;
//! # Ok(())
//! # }
//! ```
//!
//! Inside of a handler: [`context::request_id`], [`deadline::remaining`], and [`detached`] around every write.
//! Errors: [`status::Failure`], [`status::internal`], [`status::unavailable`]. Calls to others:
//! [`client::channel`]. Names of metrics and attributes: [`telemetry::names`].

mod body;
mod call;
pub mod client;
pub mod clock;
pub mod config;
pub mod context;
pub mod deadline;
pub mod random;
pub mod server;
pub mod status;
pub mod telemetry;

pub use call::MatchedRoute;
pub use context::detached;
