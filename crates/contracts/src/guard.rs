//! What stands between a call and its handler.

use std::fmt;
use std::sync::Arc;

use crate::access::v1::{Action, Caller, DelegationFlag, Gate, Module, Resource, ResourceClass};
use crate::validation::check_fields;

/// The access rule of one method, as its proto declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct MethodRule {
    /// The full name of the gRPC service.
    pub service: &'static str,
    /// The name of the method.
    pub method: &'static str,
    /// What kind of caller; unspecified means that a permission is needed.
    pub caller: Caller,
    /// The resource of the permission.
    pub resource: Resource,
    /// The action of the permission.
    pub action: Action,
    /// The request field that names the organization acted upon.
    pub organization: Option<&'static str>,
    /// The request field that names the product touched.
    pub scope: Option<&'static str>,
    /// The gate that must be open.
    pub gate: Gate,
    /// Whether a recent proof of who one is is needed.
    pub recent_auth: bool,
    /// Whether a legal representative is needed.
    pub legal_representative: bool,
    /// Whether a suspended organization, a closed gate or a missing second factor is passed over.
    pub exempt: bool,
    /// What the operator must have delegated to a partner.
    pub delegation: DelegationFlag,
    /// The module that must be switched on.
    pub module: Module,
    /// The services that may call it where the caller is a service; none means each of them.
    pub services: &'static [&'static str],
}

/// What a request touches, read from the fields that the rule names.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The organization acted upon.
    pub organization: Option<&'a str>,
    /// The product touched.
    pub product: Option<&'a str>,
}

/// Lets a call pass or not.
#[tonic::async_trait]
pub trait Guard: Send + Sync + 'static {
    /// Decides on a call. Who calls is found in the extensions, and what was decided is left there for the handler.
    ///
    /// # Errors
    /// The status that the caller gets, with its reason and what would mend it.
    async fn check(
        &self,
        rule: &'static MethodRule,
        target: Target<'_>,
        extensions: &mut tonic::Extensions,
    ) -> Result<(), tonic::Status>;
}

/// A guard that several servers share.
#[derive(Clone)]
pub struct SharedGuard(Arc<dyn Guard>);

impl SharedGuard {
    /// Shares a guard.
    pub fn new(guard: impl Guard) -> Self {
        Self(Arc::new(guard))
    }
}

impl std::ops::Deref for SharedGuard {
    type Target = dyn Guard;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for SharedGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedGuard")
    }
}

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications)]
mod generated {
    use super::*;

    include!(concat!(env!("OUT_DIR"), "/guards.rs"));
}
pub use generated::*;
