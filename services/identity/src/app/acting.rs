//! Changes of members in the caller's transaction: the same steps, whether one is asked for or five hundred.

use entente_access::Access;
use entente_ids::{MemberId, OrganizationId, UserId};
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::add_referrals::changes as referral_changes;
use super::sign_out::end_session;
use super::{App, check_etag, member_change};
use crate::domain::decision::{Change, Permission, Requirement, Rights};
use crate::domain::email::EmailAddress;
use crate::domain::member::{
    Authority, Member, MemberRefusal, MemberState, Standing, check_assignable, check_authority,
    check_remaining,
};
use crate::domain::organization::Organization;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::events::Turnover;
use crate::grpc::convert::decision;
use crate::store::{member, referral, session};

/// Somebody who changes members of one organization, which is locked for it: all that changes members of one
/// organization stands in line, so that no two take away the last two owners.
pub(super) struct Acting<'a> {
    app: &'a App,
    actor: Actor,
    me: Option<UserId>,
    held: Option<Authority>,
    /// What the call takes.
    needed: Option<Permission>,
    now: Timestamp,
    /// Where.
    pub(super) organization: Organization,
}

/// What was done to a member.
#[derive(Debug)]
pub(super) struct Done {
    /// As it was; none where it is new.
    pub(super) before: Option<Member>,
    /// As it is.
    pub(super) after: Member,
    /// What decisions are to know of it.
    pub(super) changes: Vec<Change>,
}

/// What a member is to be; nothing stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// The role.
    pub(super) role: Option<RoleRef>,
    /// Whether the person is to bind the organization.
    pub(super) legal_representative: Option<bool>,
}

/// How somebody goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// For good.
    Removed,
    /// Before they came in.
    Withdrawn,
    /// Until they are let in again.
    Disabled,
}

impl Exit {
    fn state(self) -> MemberState {
        match self {
            Self::Removed | Self::Withdrawn => MemberState::Removed,
            Self::Disabled => MemberState::Disabled,
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Removed => "member.removed",
            Self::Withdrawn => "member.withdrawn",
            Self::Disabled => "member.disabled",
        }
    }
}

impl<'a> Acting<'a> {
    /// Locks the organization, holds what was decided against what has changed since, and finds out what the caller holds there.
    pub(super) async fn begin(
        app: &'a App,
        conn: &mut PgConnection,
        access: &Access,
        id: OrganizationId,
    ) -> Result<Self, Error> {
        let organization = app.lock_organization(conn, access, id).await?;
        Ok(Self {
            held: app.authority(conn, access, id).await?,
            needed: needed(access)?,
            me: access.person().ok().map(|person| person.user),
            actor: Actor::from(access),
            now: app.now(),
            app,
            organization,
        })
    }

    /// Reads a member, and holds it against what the caller last saw.
    pub(super) async fn find(
        &self,
        conn: &mut PgConnection,
        id: MemberId,
        etag: &str,
    ) -> Result<Member, Error> {
        let found = member::find(conn, self.organization.id, id)
            .await?
            .ok_or(Error::NotFound("member"))?;
        check_etag(etag, found.version)?;
        Ok(found)
    }

    /// The time at which all of it happens.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Checks that the caller may change something about a member that is neither given nor taken away.
    pub(super) fn check_above(&self, member: &Member) -> Result<(), Error> {
        let stake = self.app.stake_of(member);
        Ok(check_authority(self.held, Some(stake), Some(stake))?)
    }

    /// Makes the pending member of an address. An invitation that has expired is replaced.
    pub(super) async fn invite(
        &mut self,
        conn: &mut PgConnection,
        email: EmailAddress,
        standing: Standing,
    ) -> Result<Done, Error> {
        let before = member::find_by_email(conn, self.organization.id, &email).await?;
        standing.role.map(check_assignable).transpose()?;
        let offered = self.app.stake(self.organization.id, standing)?;
        let replaced = before.as_ref().map(|member| self.app.stake_of(member));
        check_authority(self.held, replaced, Some(offered))?;
        let after = match &before {
            Some(known) if known.state != MemberState::Pending || known.is_invited(self.now) => {
                return Err(Error::AlreadyMember);
            }
            Some(expired) => expired.invite_again(standing, self.now),
            None => Member::invite(
                self.app.new_id(self.now),
                self.organization.id,
                email,
                standing,
                self.now,
            ),
        };
        self.invited(conn, before, after).await
    }

    /// Sends an invitation again, whether it has expired or not.
    pub(super) async fn invite_again(
        &mut self,
        conn: &mut PgConnection,
        before: Member,
    ) -> Result<Done, Error> {
        match before.state {
            MemberState::Pending => {}
            MemberState::Active | MemberState::Disabled => return Err(MemberRefusal::InvitationClosed.into()),
            MemberState::Removed => return Err(MemberRefusal::Removed.into()),
        }
        self.check_above(&before)?;
        let after = before.invite_again(Standing::of(&before), self.now);
        self.invited(conn, Some(before), after).await
    }

    async fn invited(
        &mut self,
        conn: &mut PgConnection,
        before: Option<Member>,
        after: Member,
    ) -> Result<Done, Error> {
        match &before {
            Some(_) => member::update(conn, &after).await?,
            None => member::add(conn, &after).await?,
        }
        // Decisions know nothing of who hasn't joined.
        self.announced(conn, "member.invited", before, after, Vec::new())
            .await
    }

    /// Gives a member another role, or the say to bind the organization. Nothing happens where it is so already.
    pub(super) async fn change(
        &mut self,
        conn: &mut PgConnection,
        before: Member,
        wanted: Wanted,
    ) -> Result<Done, Error> {
        if before.state == MemberState::Removed {
            return Err(MemberRefusal::Removed.into());
        }
        let old = Standing::of(&before);
        let new = Standing {
            role: wanted.role.or(old.role),
            legal_representative: wanted.legal_representative.unwrap_or(old.legal_representative),
        };
        wanted.role.map(check_assignable).transpose()?;
        let stake = self.app.stake(self.organization.id, new)?;
        check_authority(self.held, Some(self.app.stake_of(&before)), Some(stake))?;
        self.check_remaining(conn, &before, Some(new)).await?;
        if new == old {
            return Ok(Done {
                after: before.clone(),
                before: Some(before),
                changes: Vec::new(),
            });
        }
        let after = Member {
            role: new.role,
            legal_representative: new.legal_representative,
            ..before.clone()
        }
        .changed(self.now);
        self.store(conn, "member.updated", before, after, Vec::new())
            .await
    }

    /// Takes a member out, and ends the sessions in which the person acts there. Who leaves by themselves needs no
    /// authority over themselves.
    pub(super) async fn take_out(
        &mut self,
        conn: &mut PgConnection,
        before: Member,
        exit: Exit,
    ) -> Result<Done, Error> {
        let leaves =
            exit == Exit::Removed && self.me.is_some() && before.user == self.me && self.held.is_some();
        if !leaves {
            check_authority(self.held, Some(self.app.stake_of(&before)), None)?;
        }
        self.check_remaining(conn, &before, None).await?;
        let after = before.in_state(exit.state(), self.now);
        let mut changes = self.end_sessions(conn, &after).await?;
        if after.state == MemberState::Removed {
            changes.extend(self.clear_referrals(conn, &after).await?);
        }
        self.store(conn, exit.event(), before, after, changes).await
    }

    /// Lets a disabled member in again.
    pub(super) async fn let_in(&mut self, conn: &mut PgConnection, before: Member) -> Result<Done, Error> {
        check_authority(self.held, None, Some(self.app.stake_of(&before)))?;
        let after = before.in_state(MemberState::Active, self.now);
        self.store(conn, "member.enabled", before, after, Vec::new())
            .await
    }

    /// Stores a member and announces it. From here on the caller holds what they hold then.
    pub(super) async fn store(
        &mut self,
        conn: &mut PgConnection,
        event: &'static str,
        before: Member,
        after: Member,
        mut changes: Vec<Change>,
    ) -> Result<Done, Error> {
        member::update(conn, &after).await?;
        changes.extend(member_change(&after));
        if self.held.is_some() && self.me.is_some() && after.user == self.me {
            self.held = self.still_held(&after);
        }
        self.announced(conn, event, Some(before), after, changes).await
    }

    /// What the caller holds once they are like this: nothing where a call of its own would not be let through any more,
    /// so that many at once equal one by one.
    fn still_held(&self, after: &Member) -> Option<Authority> {
        let rights = self.app.rights_of(after);
        let may = self.needed.is_none_or(|needed| rights.home.contains(needed));
        (after.is_active() && may).then(|| self.app.authority_of(after))
    }

    async fn announced(
        &self,
        conn: &mut PgConnection,
        event: &'static str,
        before: Option<Member>,
        after: Member,
        changes: Vec<Change>,
    ) -> Result<Done, Error> {
        self.app
            .announcer
            .member(conn, event, &self.actor, before.as_ref(), &after)
            .await?;
        Ok(Done {
            before,
            after,
            changes,
        })
    }

    /// Who holds neither of the two leaves nobody behind, so nobody is counted.
    async fn check_remaining(
        &self,
        conn: &mut PgConnection,
        before: &Member,
        after: Option<Standing>,
    ) -> Result<(), Error> {
        let old = Standing::of(before);
        if old.role != Some(RoleRef::OWNER) && !old.legal_representative {
            return Ok(());
        }
        let others = member::count_others(conn, before).await?;
        Ok(check_remaining(old, after, others)?)
    }

    /// The same person may come back as another member, whose list is empty.
    async fn clear_referrals(&self, conn: &mut PgConnection, member: &Member) -> Result<Vec<Change>, Error> {
        let clients = referral::clear(conn, member.id).await?;
        self.app
            .announcer
            .referrals(conn, Turnover::Removed, &self.actor, member, &clients)
            .await?;
        let changes = member
            .user
            .map(|user| referral_changes(member.organization, user, &clients, Turnover::Removed));
        Ok(changes.into_iter().flatten().collect())
    }

    async fn end_sessions(&self, conn: &mut PgConnection, member: &Member) -> Result<Vec<Change>, Error> {
        let Some(user) = member.user else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        for session in session::lock_alive(conn, member.organization, user, self.now).await? {
            changes.push(end_session(self.app, conn, &self.actor, &session, self.now).await?);
        }
        Ok(changes)
    }
}

/// The permission that the guard asked for.
fn needed(access: &Access) -> Result<Option<Permission>, Error> {
    let Some(asked) = &access.asked else {
        return Ok(None);
    };
    Ok(match decision::requirement(Some(&asked.requirement))? {
        Requirement::Oneself { .. } => None,
        Requirement::Need(need) => Some(need.permission),
    })
}

impl App {
    /// All that a member may do there while they are in: nothing where they aren't.
    pub(super) fn rights_of(&self, member: &Member) -> Rights {
        if !member.is_active() {
            return Rights::default();
        }
        let held = self.held_with(member.organization, member.role, &member.groups);
        self.engine.in_force(member.organization, held)
    }
}
