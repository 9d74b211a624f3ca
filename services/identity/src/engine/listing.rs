//! What the engine tells of many at once: by the same access data and the same decision as a check.

use entente_ids::{GroupId, OrganizationId, PrincipalId};
use jiff::Timestamp;

use super::{Decided, Engine, Undecided};
use crate::domain::decision::{Need, Permission, Requirement, Rights, Silent, Subject, decide};
use crate::domain::role::RoleRef;

impl Engine {
    /// All that a member may do in the organization, by the role and the groups and below the operator's ceiling.
    pub fn rights(&self, organization: OrganizationId, principal: PrincipalId) -> Rights {
        self.shared.read().rights(organization, principal)
    }

    /// All that somebody would be able to do there as an active member with this role and these groups.
    pub fn rights_with(
        &self,
        organization: OrganizationId,
        role: Option<RoleRef>,
        groups: &[GroupId],
    ) -> Rights {
        self.shared.read().rights_with(organization, role, groups)
    }

    /// What a role gives in the organization; none where it has no such role.
    pub fn rights_of_role(&self, organization: OrganizationId, role: RoleRef) -> Option<Rights> {
        self.shared.read().rights_of_role(organization, role)
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
        self.shared.while_leased(&access, members)
    }

    /// Everybody in the organization who would be let through, in the order of their ids: the same decision as
    /// [`Engine::decide`], so that listing and checking can't disagree.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn members_with(
        &self,
        organization: OrganizationId,
        permission: Permission,
        now: Timestamp,
    ) -> Result<Vec<PrincipalId>, Undecided> {
        let requirement = Requirement::Need(Need::of(permission, organization));
        let access = self.shared.read();
        let mut members = access.members(organization);
        members.retain(|principal| {
            let subject = Subject::member(*principal, organization);
            decide(&access, &subject, &requirement, now, &mut Silent).is_ok()
        });
        self.shared.while_leased(&access, members)
    }
}
