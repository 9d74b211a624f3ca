//! The use cases: a file each. Each owns its transaction.

pub mod accept_invitation;
pub mod begin_end;
mod call;
mod check_products;
mod complete_partnership;
pub mod consent_to_partnership;
pub mod create_invitation;
pub mod create_product;
pub mod end_partnership;
pub mod expire_invitations;
pub mod get_invitation;
pub mod get_invitation_token;
pub mod get_partnership;
pub mod get_product;
mod grants;
pub mod list_clients;
pub mod list_invitations;
pub mod list_partnerships;
pub mod list_products;
pub mod look_up_invitation;
pub mod recover_partnerships;
pub mod refuse_invitation;
pub mod resend_invitation;
pub mod search_partners;
pub mod start_for_new_clients;
pub mod update_product;
pub mod withdraw_invitation;

use std::time::Duration;

use entente_access::links::LinkKey;
use entente_ids::{Id, Kind};
use entente_pg::Database;
use entente_runtime::{context, telemetry};
use entente_service::{Actor, Context};
use jiff::Timestamp;

pub use call::Call;
pub use grants::Grants;

use crate::domain::link::PartnershipInvitation;
use crate::domain::partnership::Intent;
use crate::error::Error;
use crate::events::Announcer;

/// What the use cases work with.
#[derive(Clone, Debug)]
pub struct App {
    /// Database, outbox, clock and randomness.
    pub context: Context,
    /// Announces.
    pub announcer: Announcer,
    /// Makes the tokens of links.
    pub links: LinkKey<PartnershipInvitation>,
    /// Tells identity what mandates grant.
    pub grants: Grants,
    /// How long a start, a narrowing or an end may take before it counts as left behind.
    pub recovery_after: Duration,
}

impl App {
    fn database(&self) -> &Database {
        &self.context.database
    }

    /// The time, as exactly as the database keeps it.
    pub(crate) fn now(&self) -> Timestamp {
        self.context.now()
    }

    fn new_id<K: Kind>(&self, now: Timestamp) -> Id<K> {
        Id::new(now, self.context.random_bytes())
    }

    /// Tells the relay, after the commit.
    fn wake(&self) {
        self.context.outbox.wake();
    }

    /// What this call is about to do, for whoever may have to finish it.
    fn intent(&self, actor: &Actor, now: Timestamp) -> Intent {
        Intent {
            actor: actor.actor.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            request_id: context::request_id(),
            traceparent: telemetry::traceparent(),
            due_at: self.left_behind(now),
        }
    }

    fn left_behind(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.recovery_after).unwrap_or(Timestamp::MAX)
    }
}

/// Compares what the caller last saw with what is there, if the caller asks for it.
fn check_etag(etag: &str, version: i64) -> Result<(), Error> {
    if etag.is_empty() || etag == version.to_string() {
        return Ok(());
    }
    Err(Error::StaleEtag)
}
