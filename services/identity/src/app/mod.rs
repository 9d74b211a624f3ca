//! The use cases: a file each. Each owns its transaction.

pub mod accept_member_invitation;
mod account_link;
mod acting;
pub mod add_group_members;
pub mod add_referrals;
pub mod batch_remove_members;
pub mod batch_update_member_roles;
pub mod begin_provider_sign_in;
mod below;
pub mod bootstrap;
pub mod change_organization_state;
pub mod change_password;
pub mod check;
pub mod clone_role;
pub mod complete_provider_sign_in;
pub mod complete_sign_in;
pub mod confirm_email_change;
pub mod confirm_totp;
pub mod count_members;
pub mod create_api_key;
pub mod create_group;
pub mod create_organization;
pub mod create_role;
pub mod create_service_account;
mod decided;
pub mod delete_encryption_key;
pub mod delete_group;
pub mod delete_organization;
pub mod delete_provider_link;
pub mod delete_role;
pub mod disable_member;
pub mod disable_totp;
pub mod enable_member;
pub mod enroll_totp;
pub mod exchange_api_key;
pub mod explain;
pub mod generate_encryption_key;
pub mod get_current_session;
pub mod get_email_change_token;
pub mod get_encryption_key;
pub mod get_front_door;
pub mod get_group;
pub mod get_locale;
pub mod get_member;
pub mod get_member_invitation_token;
pub mod get_organization;
pub mod get_password_reset_token;
pub mod get_permission_matrix;
pub mod get_profile;
pub mod get_provider_link;
pub mod get_role;
pub mod get_second_factor;
pub mod get_service_account;
pub mod get_settings;
mod giving;
pub mod grant_break_glass_owner;
pub mod import_members;
pub mod invite_member;
pub mod list_api_keys;
pub mod list_contacts;
pub mod list_encryption_keys;
pub mod list_group_members;
pub mod list_groups;
pub mod list_members;
pub mod list_organizations;
pub mod list_permissions;
pub mod list_referrals;
pub mod list_roles;
pub mod list_service_accounts;
pub mod list_sessions;
pub mod look_up_email_change;
pub mod look_up_member_invitation;
pub mod look_up_password_reset;
pub mod put_gate;
pub mod put_grant;
pub mod reauthenticate;
pub mod refresh_session;
pub mod regenerate_recovery_codes;
pub mod remove_group_members;
pub mod remove_member;
pub mod remove_referrals;
pub mod request_email_change;
pub mod request_password_reset;
pub mod resend_member_invitation;
mod reset;
pub mod reset_member_password;
pub mod reset_member_second_factor;
pub mod reset_password;
pub mod revoke_api_key;
pub mod revoke_other_sessions;
pub mod revoke_session;
pub mod rotate_api_key;
mod second_factor;
pub mod set_member_second_factor;
pub mod set_organization_controls;
pub mod set_responsible_party;
pub mod set_service_account_state;
pub mod set_sign_in_policy;
pub mod sign_in;
pub mod sign_out;
pub mod sweep_sessions;
pub mod switch_module;
pub mod switch_organization;
pub mod update_group;
pub mod update_member;
pub mod update_organization;
pub mod update_profile;
pub mod update_role;
pub mod update_service_account;
pub mod update_settings;
pub mod upload_encryption_key;
pub mod verify_second_factor;
pub mod warn_of_expiry;
pub mod watch_access;
pub mod withdraw_member_invitation;

use entente_access::Access;
use entente_access::links::LinkKey;
use entente_contracts::Repeatable;
use entente_envelope::Envelope;
use entente_idempotency::Once;
use entente_ids::{GroupId, Id, Kind, MemberId, OrganizationId, PrincipalId};
use entente_pg::{Database, Tx};
use entente_runtime::context;
use entente_service::Context;
use jiff::Timestamp;
use prost::Message;
use secrecy::SecretString;
use sqlx::PgConnection;

use crate::domain::decision::{Change, Membership, Revision, Rights};
use crate::domain::email::EmailAddress;
use crate::domain::link::MemberInvitation;
use crate::domain::member::{Authority, Member, MemberRefusal, Stake, Standing};
use crate::domain::organization::Organization;
use crate::domain::role::RoleRef;
use crate::domain::service_account::ServiceAccount;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Announcer;
use crate::provider::Provider;
use crate::security::account_links::AccountLinks;
use crate::security::allowance::Allowance;
use crate::security::mail_limit::MailLimit;
use crate::security::password::{PasswordError, Passwords};
use crate::security::throttle::Throttle;
use crate::security::token::Tokens;
use crate::store::{self, revision};

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
    /// Makes the tokens of the links about accounts.
    pub account_links: AccountLinks,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Bounds the mails that people can have sent.
    pub mails: MailLimit,
    /// Slows down who guesses them.
    pub throttle: Throttle,
    /// Bounds the wrong recovery codes of each person.
    pub recovery_attempts: Allowance,
    /// Makes access and refresh tokens.
    pub tokens: Tokens,
    /// Seals what must be read back.
    pub envelope: Envelope,
    /// Knows people too, where the installation has one.
    pub provider: Option<Provider>,
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

    /// The hash of a password that somebody chooses, who has this address and this name.
    async fn choose_password(
        &self,
        field: &'static str,
        password: &SecretString,
        email: &EmailAddress,
        name: &str,
    ) -> Result<String, Error> {
        match self.passwords.choose(password, &[email.as_str(), name]).await {
            Err(PasswordError::Flawed(flaw)) => Err(Error::field(field, flaw.to_string())),
            chosen => Ok(chosen?),
        }
    }

    /// After a commit that took rights away, and before an answer of it is repeated: returns only when every decision
    /// knows of it.
    async fn applied(&self, revision: Revision) {
        self.announcer.wake();
        context::saw_access_revision(revision.number());
        self.engine.applied(revision).await;
    }

    /// After a commit that only gave rights: who made it sees it at once, everybody else soon.
    async fn given(&self, revision: Revision) {
        self.announcer.wake();
        context::saw_access_revision(revision.number());
        self.engine.applied_here(revision).await;
    }

    /// Commits; where access moves, by one revision, and returns only when every decision knows of it. Where nothing is
    /// left to move, somebody else may have moved it just now, so that it is waited for all the same.
    async fn commit(&self, mut tx: Tx, changes: &[Change], now: Timestamp) -> Result<(), Error> {
        if changes.is_empty() {
            return self.again(tx, ()).await;
        }
        let revision = revision::append(&mut tx, changes, now).await?;
        tx.commit().await?;
        self.applied(revision).await;
        Ok(())
    }

    /// Keeps and gives the answer of a write that found everything as it is to be.
    async fn unchanged<Q: Repeatable, A: Message>(
        &self,
        mut tx: Tx,
        once: &Once<'_, Q>,
        answer: A,
    ) -> Result<A, Error> {
        once.remember(&mut tx, &answer).await?;
        self.again(tx, answer).await
    }

    /// Commits a write that could take rights away and moves none now, as its own first run or somebody else has done so:
    /// their answer may not be given yet, so it is waited for again.
    async fn again<A>(&self, mut tx: Tx, answer: A) -> Result<A, Error> {
        let revision = revision::current(&mut tx).await?;
        tx.commit().await?;
        self.applied(revision).await;
        Ok(answer)
    }
}

/// One member, and what the caller last saw of it.
#[derive(Debug, Clone)]
pub struct OneMember {
    /// Where.
    pub organization: OrganizationId,
    /// Which member.
    pub id: MemberId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Whether something is done, or only said what would come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is done.
    Apply,
    /// It is only said.
    ValidateOnly,
}

/// What decisions are to know of an organization.
fn organization_change(organization: &Organization) -> Change {
    Change::Organization {
        id: organization.id,
        kind: organization.kind,
        state: organization.state,
        controls: organization.controls.clone(),
    }
}

/// What decisions are to know of a member: nothing until the person is known.
fn member_change(member: &Member) -> Option<Change> {
    Some(Change::Member(Membership {
        organization: member.organization,
        principal: member.user?.into(),
        role: member.role,
        groups: member.groups.clone(),
        legal_representative: member.legal_representative,
        second_factor: member.second_factor,
        active: member.is_active(),
    }))
}

impl App {
    /// What the caller holds in the organization as its own active member; none for everybody else, whatever a mandate
    /// gives them: who serves a client doesn't hand out the client's roles.
    async fn authority(
        &self,
        conn: &mut PgConnection,
        access: &Access,
        organization: OrganizationId,
    ) -> Result<Option<Authority>, Error> {
        let Some((principal, acting)) = access.principal.acting() else {
            return Ok(None);
        };
        if acting != organization {
            return Ok(None);
        }
        Ok(match principal {
            PrincipalId::User(user) => {
                let member = store::member::find_active(conn, organization, user).await?;
                // By what is stored, which this transaction may hold, and not by what decisions knew before.
                member.map(|member| self.authority_of(&member))
            }
            PrincipalId::ServiceAccount(id) => {
                let account = store::service_account::find(conn, organization, id).await?;
                account
                    .filter(ServiceAccount::is_active)
                    .map(|account| Authority {
                        rights: self.held_with(organization, account.role, &account.groups),
                        // What takes an owner takes a person.
                        owner: false,
                    })
            }
        })
    }

    /// What an active member holds in their organization.
    fn authority_of(&self, member: &Member) -> Authority {
        Authority {
            rights: self.held_with(member.organization, member.role, &member.groups),
            owner: member.role == Some(RoleRef::OWNER),
        }
    }

    /// What a role and groups let somebody pass on.
    fn held_with(&self, organization: OrganizationId, role: Option<RoleRef>, groups: &[GroupId]) -> Rights {
        let roles = self.engine.roles_with(organization, role, groups);
        self.engine.held_by(organization, &roles)
    }

    /// What is at stake where roles are given or taken away.
    fn stake_in(&self, organization: OrganizationId, roles: &[RoleRef]) -> Stake {
        Stake {
            rights: self.engine.at_stake(organization, roles),
            owner: roles.contains(&RoleRef::OWNER),
            legal_representative: false,
        }
    }

    /// What is at stake where somebody is to stand so.
    fn stake(&self, organization: OrganizationId, standing: Standing) -> Result<Stake, Error> {
        if let Some(role) = standing.role {
            self.check_known(organization, role)?;
        }
        Ok(Stake {
            legal_representative: standing.legal_representative,
            ..self.stake_in(organization, standing.role.as_slice())
        })
    }

    /// What a member has to lose, or would have by what was offered: their groups count.
    fn stake_of(&self, member: &Member) -> Stake {
        let roles = self
            .engine
            .roles_with(member.organization, member.role, &member.groups);
        Stake {
            legal_representative: member.legal_representative,
            ..self.stake_in(member.organization, &roles)
        }
    }

    /// Checks that the organization has a role.
    fn check_known(&self, organization: OrganizationId, role: RoleRef) -> Result<(), MemberRefusal> {
        if self.engine.has_role(organization, role) {
            Ok(())
        } else {
            Err(MemberRefusal::RoleUnknown)
        }
    }
}

/// Compares what the caller last saw with what is there, if the caller asks for it.
fn check_etag(etag: &str, version: i64) -> Result<(), Error> {
    if etag.is_empty() || etag == version.to_string() {
        return Ok(());
    }
    Err(Error::StaleEtag)
}
