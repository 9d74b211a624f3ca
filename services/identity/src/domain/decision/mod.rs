//! Whether somebody may do something, and why.
//!
//! [`Access`] is all that a decision needs, in memory; it moves by [`Change`]s, which are numbered by [`Revision`]s.
//! [`decide`] asks its questions in one order, and the first that fails is the answer. An explanation is the same
//! function with a recorder that keeps the questions, so that the two can't disagree.

mod access;
mod answer;
mod change;
mod controls;
mod decide;
mod extent;
mod permission;
mod question;
mod recorder;
mod roles;
mod text;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use access::{Access, OutOfOrder, Rights};
pub use answer::{Denial, Level, Source};
pub use change::{Change, Gate, GateSetting, Grant, Membership, Revision, Scope};
pub use controls::{Controls, DelegationFlag, DelegationFlags, Module, Modules, SecondFactorPolicy};
pub use decide::{RECENT, decide};
pub use extent::{AtAll, Extent, decide_at_all};
pub use permission::{Action, Permission, PermissionSet, Resource, ResourceClass};
pub use question::{Need, Requirement, Subject};
pub use recorder::{Question, Recorder, Silent, Step, Steps};
pub use roles::{NamedResource, RolePermissions};
