//! Roles, groups, service accounts, keys and referrals.

use entente_contracts::identity::events::v1::{
    ApiKeyChanged, EncryptionKeyChanged, GroupChanged, GroupMembersChanged, MemberReferralsChanged,
    RoleChanged, ServiceAccountChanged,
};
use entente_events::Change;
use entente_ids::OrganizationId;
use entente_service::{Actor, Announcement, changes};
use serde_json::Value;
use sqlx::PgConnection;

use super::{Announcer, fields};
use crate::domain::custom_role::CustomRole;
use crate::domain::encryption_key::EncryptionKey;
use crate::domain::group::{Group, Insider};
use crate::domain::member::Member;
use crate::domain::service_account::{ApiKey, ServiceAccount};
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::role::Holders;

/// Whether something was put into a list or taken out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turnover {
    /// It was put in.
    Added,
    /// It was taken out.
    Removed,
}

impl Turnover {
    /// The change of a list of which only this part is known.
    fn of(self, field: &str, part: Option<Value>) -> Vec<Change> {
        let (before, after) = match self {
            Self::Added => (None, part),
            Self::Removed => (part, None),
        };
        vec![Change {
            field: field.to_owned(),
            before,
            after,
        }]
    }
}

impl Announcer {
    /// Announces a custom role that was made or changed, as it was and as it is; none before it was made.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn role(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&CustomRole>,
        after: &CustomRole,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.organization],
            changes: changes(before.map(fields::of_role), Some(fields::of_role(after))),
            payload: RoleChanged {
                role: Some(messages::custom_role(after, Holders::default())),
            },
        };
        self.announce(conn, &self.role, actor, announcement).await
    }

    /// Announces that a custom role was deleted, and how many have lost it.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn role_deleted(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        role: &CustomRole,
        holders: Holders,
    ) -> Result<(), Error> {
        let mut was = fields::of_role(role);
        was.extend(fields::of_holders(holders));
        let announcement = Announcement {
            kind: "role.deleted",
            key: role.id.to_string(),
            organizations: &[role.organization],
            changes: changes(Some(was), None),
            payload: RoleChanged {
                role: Some(messages::custom_role(role, holders)),
            },
        };
        self.announce(conn, &self.role, actor, announcement).await
    }

    /// Announces a group, as it was and as it is; none before it was made and after it was deleted.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn group(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Group>,
        after: Option<&Group>,
    ) -> Result<(), Error> {
        let Some(group) = after.or(before) else {
            return Ok(());
        };
        let announcement = Announcement {
            kind,
            key: group.id.to_string(),
            organizations: &[group.organization],
            changes: changes(before.map(fields::of_group), after.map(fields::of_group)),
            payload: GroupChanged {
                group: Some(messages::group(group)),
            },
        };
        self.announce(conn, &self.group, actor, announcement).await
    }

    /// Announces who was put into a group or taken out of it, if anybody was.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn group_members(
        &self,
        conn: &mut PgConnection,
        turnover: Turnover,
        actor: &Actor,
        group: &Group,
        insiders: &[Insider],
    ) -> Result<(), Error> {
        if insiders.is_empty() {
            return Ok(());
        }
        let members = insiders.iter().filter_map(|insider| insider.member());
        let accounts = insiders.iter().filter_map(|insider| insider.service_account());
        let announcement = Announcement {
            kind: match turnover {
                Turnover::Added => "group.members_added",
                Turnover::Removed => "group.members_removed",
            },
            key: group.id.to_string(),
            organizations: &[group.organization],
            changes: turnover.of("members", fields::names(insiders)),
            payload: GroupMembersChanged {
                organization: group.organization.to_string(),
                group: group.id.to_string(),
                members: members.map(|id| id.to_string()).collect(),
                service_accounts: accounts.map(|id| id.to_string()).collect(),
            },
        };
        self.announce(conn, &self.group, actor, announcement).await
    }

    /// Announces a service account, as it was and as it is.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn service_account(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&ServiceAccount>,
        after: &ServiceAccount,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.organization],
            changes: changes(
                before.map(fields::of_service_account),
                Some(fields::of_service_account(after)),
            ),
            payload: ServiceAccountChanged {
                service_account: Some(messages::service_account(after)),
            },
        };
        self.announce(conn, &self.service_account, actor, announcement)
            .await
    }

    /// Announces a key of a service account, as it was and as it is, in the order of the account.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn api_key(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&ApiKey>,
        after: &ApiKey,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.service_account.to_string(),
            organizations: &[after.organization],
            changes: changes(before.map(fields::of_api_key), Some(fields::of_api_key(after))),
            payload: ApiKeyChanged {
                organization: after.organization.to_string(),
                api_key: Some(messages::api_key(after)),
            },
        };
        self.announce(conn, &self.service_account, actor, announcement)
            .await
    }

    /// Announces an encryption key, as it was and as it is; none before it was added and after it was deleted.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn encryption_key(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&EncryptionKey>,
        after: Option<&EncryptionKey>,
    ) -> Result<(), Error> {
        let Some(key) = after.or(before) else {
            return Ok(());
        };
        let announcement = Announcement {
            kind,
            key: key.id.to_string(),
            organizations: &[key.organization],
            changes: changes(
                before.map(fields::of_encryption_key),
                after.map(fields::of_encryption_key),
            ),
            payload: EncryptionKeyChanged {
                encryption_key: Some(messages::encryption_key(key)),
                days_left: 0,
            },
        };
        self.announce(conn, &self.encryption_key, actor, announcement)
            .await
    }

    /// Announces that an encryption key is about to expire.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn encryption_key_expiring(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        key: &EncryptionKey,
        days_left: i32,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind: "encryption_key.expiring",
            key: key.id.to_string(),
            organizations: &[key.organization],
            changes: Vec::new(),
            payload: EncryptionKeyChanged {
                encryption_key: Some(messages::encryption_key(key)),
                days_left,
            },
        };
        self.announce(conn, &self.encryption_key, actor, announcement)
            .await
    }

    /// Announces which clients were put on an advisor's list or taken off it, if any were.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn referrals(
        &self,
        conn: &mut PgConnection,
        turnover: Turnover,
        actor: &Actor,
        advisor: &Member,
        clients: &[OrganizationId],
    ) -> Result<(), Error> {
        if clients.is_empty() {
            return Ok(());
        }
        let announcement = Announcement {
            kind: match turnover {
                Turnover::Added => "member.referrals_added",
                Turnover::Removed => "member.referrals_removed",
            },
            key: advisor.id.to_string(),
            organizations: &[advisor.organization],
            changes: turnover.of("referrals", fields::names(clients)),
            payload: MemberReferralsChanged {
                organization: advisor.organization.to_string(),
                member: advisor.id.to_string(),
                clients: clients.iter().map(ToString::to_string).collect(),
            },
        };
        self.announce(conn, &self.member, actor, announcement).await
    }
}
