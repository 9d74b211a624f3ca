//! What Entente costs: the measurements behind `make bench`, each a module, and the table that they end in.
//!
//! Nothing here asserts on time. What is compared is measured in the same run, turn by turn with its reference, since
//! machines differ and are never quiet. `docs/benchmarks.md` says how each figure comes about and what it means.

pub mod check;
pub mod decision;
pub mod echo;
pub mod edge;
mod envoy;
pub mod events;
mod ground;
mod latencies;
mod load;
mod machine;
mod population;
mod process;
mod program;
pub mod report;
pub mod revocation;
pub mod scale;
mod show;
pub mod up;

pub use ground::Ground;
