//! What tests stand on: a real database per test, what stands in for identity, and what the roles may do as the domain
//! has it.
//!
//! ```no_run
//! # fn migrations() -> entente_pg::Migrations { unimplemented!() }
//! # async fn test() -> anyhow::Result<()> {
//! let db = entente_testkit::Db::new(&[migrations()]).await?; // keep it: dropping it drops the database
//! let database = db.open("partners")?;
//! # Ok(())
//! # }
//! ```
//! In `tests/it/main.rs` write `#[cfg(test)]` before each `mod`: the lints then allow its helpers to unwrap, too.

mod db;
pub mod identity;
pub mod matrix;
mod methods;

pub use db::Db;
