//! Puts events into the outbox, in the transaction that they tell of.

use entente_contracts::identity::events::v1::{MemberChanged, OrganizationChanged, SessionChanged};
use entente_events::{InvalidTopic, Topic};
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_service::{Actor, Announcement, Context, changes};
use prost::Message;
use serde_json::Value;
use sqlx::PgConnection;

use super::fields;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::session::Session;
use crate::error::Error;
use crate::grpc::convert;

const SERVICE: &str = "identity";

const AGGREGATES: [&str; 10] = [
    "organization",
    "member",
    "account",
    "session",
    "access",
    "credential",
    "role",
    "group",
    "service_account",
    "encryption_key",
];

/// Every topic on which identity announces.
pub fn topics() -> Vec<Topic> {
    // The names are fixed and well-formed, as a test shows, so none is left out.
    AGGREGATES
        .into_iter()
        .filter_map(|aggregate| Topic::new(SERVICE, aggregate).ok())
        .collect()
}

/// Announces what happens to organizations, members and sessions; the rest stands in the other files of this folder.
#[derive(Clone, Debug)]
pub struct Announcer {
    pub(super) context: Context,
    pub(super) organization: Topic,
    pub(super) member: Topic,
    pub(super) account: Topic,
    session: Topic,
    pub(super) credential: Topic,
    pub(super) role: Topic,
    pub(super) group: Topic,
    pub(super) service_account: Topic,
    pub(super) encryption_key: Topic,
}

/// Which end of a session is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// It begins.
    Opened,
    /// It is over.
    Closed,
}

impl Announcer {
    /// Announces through the outbox of the service.
    ///
    /// # Errors
    /// Never, as a test shows: the names of the topics are fixed.
    pub fn new(context: Context) -> Result<Self, InvalidTopic> {
        let topic = |aggregate| Topic::new(SERVICE, aggregate);
        Ok(Self {
            organization: topic("organization")?,
            member: topic("member")?,
            account: topic("account")?,
            session: topic("session")?,
            credential: topic("credential")?,
            role: topic("role")?,
            group: topic("group")?,
            service_account: topic("service_account")?,
            encryption_key: topic("encryption_key")?,
            context,
        })
    }

    /// Tells the relay, after the commit.
    pub fn wake(&self) {
        self.context.outbox.wake();
    }

    pub(super) async fn announce<M: Message>(
        &self,
        conn: &mut PgConnection,
        topic: &Topic,
        actor: &Actor,
        announcement: Announcement<'_, M>,
    ) -> Result<(), Error> {
        Ok(self.context.announce(conn, topic, actor, announcement).await?)
    }

    /// Announces an organization, as it was and as it is.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn organization(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Organization>,
        after: &Organization,
    ) -> Result<(), Error> {
        let concerned: Vec<_> = [Some(after.id), after.parent].into_iter().flatten().collect();
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &concerned,
            changes: changes(
                before.map(fields::of_organization),
                Some(fields::of_organization(after)),
            ),
            payload: OrganizationChanged {
                organization: Some(convert::organization(after)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.organization, actor, announcement)
            .await?)
    }

    /// Announces a member, as it was and as it is.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn member(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Member>,
        after: &Member,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.organization],
            changes: changes(before.map(fields::of_member), Some(fields::of_member(after))),
            payload: MemberChanged {
                member: Some(convert::member(after)),
                reason: String::new(),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.member, actor, announcement)
            .await?)
    }

    /// Announces that the operator has made somebody an owner of another organization, and why. Both have it in their
    /// trail.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn break_glass(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        operator: OrganizationId,
        owner: &Member,
        reason: &str,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind: "member.break_glass_granted",
            key: owner.id.to_string(),
            organizations: &[owner.organization, operator],
            changes: changes(
                None,
                Some(vec![
                    ("email", Value::from(owner.email.as_str())),
                    ("reason", Value::from(reason)),
                ]),
            ),
            payload: MemberChanged {
                member: Some(convert::member(owner)),
                reason: reason.to_owned(),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.member, actor, announcement)
            .await?)
    }

    /// Announces that a session was opened or closed.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn session(
        &self,
        conn: &mut PgConnection,
        end: SessionEnd,
        actor: &Actor,
        session: &Session,
    ) -> Result<(), Error> {
        let kind = match end {
            SessionEnd::Opened => "session.opened",
            SessionEnd::Closed => "session.closed",
        };
        let announcement = Announcement {
            kind,
            key: session.id.to_string(),
            organizations: &[session.organization],
            changes: Vec::new(),
            payload: SessionChanged {
                user: session.user.to_string(),
                session: session.id.to_string(),
                organization: session.organization.to_string(),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.session, actor, announcement)
            .await?)
    }

    /// Announces that nobody was let in. `attempt` is the session that would have been; `place` is where the person
    /// who exists wanted to act.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn refusal(
        &self,
        conn: &mut PgConnection,
        attempt: SessionId,
        user: Option<UserId>,
        place: Option<OrganizationId>,
    ) -> Result<(), Error> {
        let actor = user.map_or_else(|| "anonymous".to_owned(), |user| user.to_string());
        let announcement = Announcement {
            kind: "session.refused",
            key: attempt.to_string(),
            organizations: place.as_slice(),
            changes: Vec::new(),
            payload: SessionChanged {
                user: user.map(|user| user.to_string()).unwrap_or_default(),
                session: String::new(),
                organization: place.map(|place| place.to_string()).unwrap_or_default(),
            },
        };
        let actor = Actor {
            actor,
            on_behalf_of: None,
        };
        Ok(self
            .context
            .announce(conn, &self.session, &actor, announcement)
            .await?)
    }
}

/// Each organization by itself, for events of a person, whose other employers are no business of one of them. Where there
/// is none, the event stands in no trail.
pub(super) fn each_alone(organizations: &[OrganizationId]) -> Vec<&[OrganizationId]> {
    if organizations.is_empty() {
        return vec![organizations];
    }
    organizations.chunks(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topics_have_the_names_of_the_contract() {
        let names: Vec<_> = topics().iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            AGGREGATES.map(|name| format!("entente.identity.{name}.v1"))
        );
    }
}
