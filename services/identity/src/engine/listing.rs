//! What the engine tells of many at once: by the same access data and the same decision as a check.

use entente_ids::{GroupId, OrganizationId, PrincipalId};
use jiff::Timestamp;

use super::{Decided, Engine, Undecided};
use crate::domain::decision::{
    AtAll, Need, Permission, Requirement, Revision, Rights, Silent, Subject, decide, decide_at_all,
};
use crate::domain::role::RoleRef;

/// How many are decided on before who changes the access data has a turn.
const AT_ONCE: usize = 500;

impl Engine {
    /// All roles that somebody has in the organization: their own, and those of their groups.
    pub fn roles_with(
        &self,
        organization: OrganizationId,
        role: Option<RoleRef>,
        groups: &[GroupId],
    ) -> Vec<RoleRef> {
        self.shared.read().roles_with(organization, role, groups)
    }

    /// What roles give who acts by them there, were it not for the operator's ceiling.
    pub fn held_by(&self, organization: OrganizationId, roles: &[RoleRef]) -> Rights {
        self.shared.read().held_by(organization, roles)
    }

    /// The most that roles can come to give there.
    pub fn at_stake(&self, organization: OrganizationId, roles: &[RoleRef]) -> Rights {
        self.shared.read().at_stake(organization, roles)
    }

    /// What is left of rights below the operator's ceiling.
    pub fn in_force(&self, organization: OrganizationId, rights: Rights) -> Rights {
        self.shared.read().in_force(organization, rights)
    }

    /// Whether a client has ended all that it ever had with these, who stand above it.
    pub fn has_left(&self, client: OrganizationId, above: &[OrganizationId], now: Timestamp) -> bool {
        self.shared.read().has_left(client, above, now)
    }

    /// Whether the organization has the role.
    pub fn has_role(&self, organization: OrganizationId, role: RoleRef) -> bool {
        self.rights_of_role(organization, role).is_some()
    }

    /// What a role gives in the organization; none where it has no such role.
    pub fn rights_of_role(&self, organization: OrganizationId, role: RoleRef) -> Option<Rights> {
        self.shared.read().rights_of_role(organization, role)
    }

    /// Decides what somebody may do at all, be it upon some products only, all on the same revision.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn decide_at_all(
        &self,
        subject: &Subject,
        needs: &[Need],
        now: Timestamp,
    ) -> Result<(Vec<AtAll>, Revision), Undecided> {
        let access = self.shared.read();
        let decided = needs
            .iter()
            .map(|need| decide_at_all(&access, subject, *need, now))
            .collect();
        self.shared.while_leased(&access, (decided, access.revision()))
    }

    /// Decides many questions about one subject, all on the same revision.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn decide_all(
        &self,
        subject: &Subject,
        requirements: &[Requirement],
        now: Timestamp,
    ) -> Result<Vec<Decided>, Undecided> {
        let access = self.shared.read();
        let revision = access.revision();
        let decided: Vec<Decided> = requirements
            .iter()
            .map(|requirement| Decided {
                outcome: decide(&access, subject, requirement, now, &mut Silent),
                revision,
            })
            .collect();
        self.shared.while_leased(&access, decided)
    }

    /// Everybody in the organization, in the order of their ids.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn members(&self, organization: OrganizationId) -> Result<Vec<PrincipalId>, Undecided> {
        let access = self.shared.read();
        let members = access.members(organization);
        let mut members = self.shared.while_leased(&access, members)?;
        drop(access);
        members.sort_unstable();
        Ok(members)
    }

    /// Everybody in the organization who has a permission there, in the order of their ids, whatever calls that need it ask
    /// besides.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn members_with(
        &self,
        organization: OrganizationId,
        permission: Permission,
        now: Timestamp,
    ) -> Result<Vec<PrincipalId>, Undecided> {
        self.members_with_after(Need::of(permission, organization), None, usize::MAX, now)
    }

    /// Those after one who would be let through there, and no more than so many: the same decision as [`Engine::decide`], so
    /// that listing and checking can't disagree. Decisions go on between the parts of a large organization;
    /// who leaves meanwhile isn't let through.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn members_with_after(
        &self,
        need: Need,
        after: Option<PrincipalId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<PrincipalId>, Undecided> {
        let (organization, requirement) = (need.organization, Requirement::Need(need));
        let members = self.members(organization)?;
        let first = members.partition_point(|principal| after.is_some_and(|after| *principal <= after));
        let mut found = Vec::new();
        for part in members.get(first..).unwrap_or_default().chunks(AT_ONCE) {
            let access = self.shared.read();
            let able = part.iter().copied().filter(|principal| {
                let subject = Subject::member(*principal, organization);
                decide(&access, &subject, &requirement, now, &mut Silent).is_ok()
            });
            found.extend(able.take(limit.saturating_sub(found.len())));
            self.shared.while_leased(&access, ())?;
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }
}
