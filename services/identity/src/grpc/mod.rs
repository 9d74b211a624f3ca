//! The gRPC services: convert, call a use case, convert back.

mod account;
mod batch;
mod caller;
pub mod convert;
mod credential;
mod decision;
mod encryption_key;
mod group;
mod identity_provider;
mod member;
mod module;
mod operations;
mod organization;
mod referral;
mod role;
mod second_factor;
mod service_account;
mod session;
mod settings;
mod sign_in_policy;

use std::sync::Arc;

pub use account::Accounts;
pub use batch::MemberBatches;
pub use credential::Credentials;
pub use decision::{Decisions, LocalDecider};
pub use encryption_key::EncryptionKeys;
pub use group::Groups;
pub use identity_provider::IdentityProviders;
pub use member::Members;
pub use module::Modules;
pub use operations::Operations;
pub use organization::Organizations;
pub use referral::Referrals;
pub use role::Roles;
pub use second_factor::SecondFactors;
pub use service_account::ServiceAccounts;
pub use session::Sessions;
pub use settings::GeneralSettings;
pub use sign_in_policy::SignInPolicies;

use entente_access::AccessGuard;
use entente_contracts::SharedGuard;
use entente_runtime::clock::SharedClock;

use crate::app::App;
use crate::engine::Engine;

/// The application, as every service holds it.
pub type SharedApp = Arc<App>;

/// The guard before identity's own services: it decides in this process.
pub fn guard(engine: Engine, clock: SharedClock) -> SharedGuard {
    SharedGuard::new(AccessGuard::new(LocalDecider::new(engine, clock.clone()), clock))
}
