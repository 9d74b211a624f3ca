//! The use cases: a file each. Each owns its transaction.

pub mod accept_member_invitation;
pub mod bootstrap;
pub mod check;
pub mod create_organization;
pub mod explain;
pub mod get_current_session;
pub mod get_member;
pub mod get_member_invitation_token;
pub mod get_organization;
pub mod invite_member;
pub mod list_contacts;
pub mod list_members;
pub mod list_organizations;
pub mod look_up_member_invitation;
mod once;
pub mod put_gate;
pub mod put_grant;
pub mod reauthenticate;
pub mod refresh_session;
pub mod remove_member;
pub mod sign_in;
pub mod sign_out;
pub mod switch_organization;
pub mod update_member;
pub mod update_organization;
pub mod watch_access;

use entente_access::Access;
use entente_access::links::LinkKey;
use entente_ids::{Id, Kind, OrganizationId};
use entente_pg::Database;
use entente_service::Context;
use jiff::Timestamp;
use sqlx::PgConnection;

pub use once::Once;

use crate::domain::decision::{Change, Revision};
use crate::domain::link::MemberInvitation;
use crate::domain::member::{Actor, Member, Standing};
use crate::domain::organization::Organization;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Announcer;
use crate::security::password::Passwords;
use crate::security::throttle::Throttle;
use crate::security::token::Tokens;
use crate::store;

/// What the use cases work with.
#[derive(Debug)]
pub struct App {
    /// Database, outbox, clock and randomness.
    pub context: Context,
    /// Decides.
    pub engine: Engine,
    /// Announces.
    pub announcer: Announcer,
    /// Makes the tokens of links.
    pub links: LinkKey<MemberInvitation>,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Slows down who guesses them.
    pub throttle: Throttle,
    /// Makes access and refresh tokens.
    pub tokens: Tokens,
}

impl App {
    fn database(&self) -> &Database {
        &self.context.database
    }

    /// The time, as exactly as the database keeps it.
    fn now(&self) -> Timestamp {
        self.context.now()
    }

    fn new_id<K: Kind>(&self, now: Timestamp) -> Id<K> {
        Id::new(now, self.context.random_bytes())
    }

    /// After a commit that moved access: returns only when every decision knows of it.
    async fn applied(&self, revision: Revision) {
        self.announcer.wake();
        self.engine.applied(revision).await;
    }
}

/// What decisions are to know of an organization.
fn organization_change(organization: &Organization) -> Change {
    Change::Organization {
        id: organization.id,
        kind: organization.kind,
        parent: organization.parent,
        state: organization.state,
    }
}

/// What decisions are to know of a member: nothing until the person is known.
fn member_change(member: &Member) -> Option<Change> {
    Some(Change::Member {
        organization: member.organization,
        user: member.user?,
        member: member.id,
        role: member.role,
        legal_representative: member.legal_representative,
        active: member.is_active(),
    })
}

/// What the caller holds in the organization as its own active member; none for everybody else, whatever a mandate
/// gives them: who serves a client doesn't hand out the client's roles.
async fn standing(
    conn: &mut PgConnection,
    access: &Access,
    organization: OrganizationId,
) -> Result<Actor, Error> {
    let Ok(person) = access.person() else {
        return Ok(None);
    };
    if person.organization != organization {
        return Ok(None);
    }
    let member = store::member::find_active(conn, organization, person.user).await?;
    Ok(member.map(|member| Standing::of(&member)))
}

/// Compares what the caller last saw with what is there, if the caller asks for it.
fn check_etag(etag: &str, version: i64) -> Result<(), Error> {
    if etag.is_empty() || etag == version.to_string() {
        return Ok(());
    }
    Err(Error::StaleEtag)
}
