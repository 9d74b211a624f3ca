//! All that a decision needs, in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entente_ids::{
    GroupId, OrganizationId, PartnershipId, PrincipalId, ProductId, RoleId, SessionId, UserId,
};
use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::answer::Source;
use super::change::{Change, Gate, GateSetting, Grant, Membership, Revision, Scope};
use super::controls::{Controls, SecondFactorPolicy};
use super::permission::{Permission, PermissionSet};
use super::question::Need;
use super::roles::{Holding, RolePermissions};
use crate::domain::organization::{OrganizationKind, OrganizationState};
use crate::domain::role::{BuiltInRole, RoleRef};

/// Keys are ids that this service made itself, so a fast hash does.
type Map<K, V> = HashMap<K, V, RandomState>;

/// The access data at one revision.
///
/// Members and mandates hang on their organization: a decision looks up at most two organizations and in each one
/// thing, and when a map grows, only that of one organization is laid out anew.
#[derive(Debug, Clone)]
pub struct Access {
    revision: Revision,
    roles: RolePermissions,
    operator: Option<OrganizationId>,
    organizations: Map<OrganizationId, Organization>,
    revoked: Map<SessionId, Timestamp>,
}

/// An organization, as far as decisions look at it. Every decision looks at one, so what only some need stands apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Organization {
    pub(super) kind: OrganizationKind,
    pub(super) state: OrganizationState,
    pub(super) controls: Controls,
    members: Map<PrincipalId, Member>,
    dealings: Box<Dealings>,
}

/// What an organization has with others, and of its own making.
#[derive(Debug, Clone, PartialEq, Default)]
struct Dealings {
    /// By the partner that acts.
    mandates: Map<OrganizationId, Vec<Mandate>>,
    gates: Map<Gate, GateState>,
    roles: Map<RoleId, PermissionSet>,
    groups: Map<GroupId, Box<[RoleRef]>>,
    /// The clients on the list of an advisor.
    referrals: HashSet<(UserId, OrganizationId), RandomState>,
}

/// A place, while it is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) role: Option<RoleRef>,
    groups: Box<[GroupId]>,
    pub(super) legal_representative: bool,
    pub(super) second_factor: SecondFactorPolicy,
}

/// Where a right is exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// In one's own organization.
    Home,
    /// At a client, through a mandate.
    Client(OrganizationId),
}

/// Who holds rights, where they come from and where they are exercised.
pub(super) struct Held<'a> {
    pub(super) organization: &'a Organization,
    pub(super) principal: PrincipalId,
    pub(super) member: &'a Member,
    pub(super) ground: Ground,
}

/// All that somebody may do, or a role gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// In one's own organization.
    pub home: PermissionSet,
    /// At clients, through mandates.
    pub clients: PermissionSet,
    /// At the clients on one's own referral list alone.
    pub referred: PermissionSet,
}

impl Rights {
    /// Whether who holds these others has all of it to give. What reaches the clients on a list alone is given by who
    /// reaches all clients: the lists differ from person to person.
    pub fn is_given_by(self, own: Self) -> bool {
        self.home.is_within(own.home) && self.at_some_client().is_within(own.clients)
    }

    /// What the other hasn't, at home or at clients. Who has something at all clients has it at some.
    pub fn beyond(self, other: Self) -> PermissionSet {
        self.home
            .without(other.home)
            .union(self.clients.without(other.clients))
            .union(self.referred.without(other.at_some_client()))
    }

    /// What there is at clients, be it at all of them or at some.
    pub fn at_some_client(self) -> PermissionSet {
        self.clients.union(self.referred)
    }

    fn union(self, other: Self) -> Self {
        Self {
            home: self.home.union(other.home),
            clients: self.clients.union(other.clients),
            referred: self.referred.union(other.referred),
        }
    }

    fn below(self, ceiling: Option<PermissionSet>) -> Self {
        let Some(ceiling) = ceiling else { return self };
        Self {
            home: self.home.intersection(ceiling),
            clients: self.clients.intersection(ceiling),
            referred: self.referred.intersection(ceiling),
        }
    }
}

/// A grant from one organization to another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mandate {
    pub(super) partnership: PartnershipId,
    pub(super) ceiling: PermissionSet,
    /// None means the whole organization.
    products: Option<HashSet<ProductId, RandomState>>,
    end: End,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Open,
    At(Timestamp),
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GateState {
    pub(super) open: bool,
    pub(super) missing: Arc<[String]>,
}

/// A change that doesn't fit what is known: the access data must be loaded anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfOrder {
    /// A revision is missing.
    #[error("revision {got} came after {known}: load the access data anew")]
    Revision {
        /// The last one known.
        known: Revision,
        /// The one that came.
        got: Revision,
    },
    /// An organization was never heard of.
    #[error("{0} was changed before it was made known: load the access data anew")]
    Organization(OrganizationId),
}

impl Access {
    /// Nothing but the built-in roles.
    pub fn new(roles: RolePermissions) -> Self {
        Self {
            revision: Revision::default(),
            roles,
            operator: None,
            organizations: Map::default(),
            revoked: Map::default(),
        }
    }

    /// The revision that it is at.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether who acts in one organization may know that the other exists: it is the same one, or gave it a mandate once.
    pub fn are_related(&self, acting: OrganizationId, target: OrganizationId) -> bool {
        acting == target
            || self
                .organization(target)
                .is_some_and(|target| !target.mandates(acting).is_empty())
    }

    /// Says at which revision it was loaded.
    #[must_use]
    pub fn at(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    /// Applies all changes of the next revision.
    ///
    /// # Errors
    /// [`OutOfOrder`]; what is left then is good for nothing.
    pub fn apply(&mut self, revision: Revision, changes: &[Change]) -> Result<(), OutOfOrder> {
        if revision != self.revision.next() {
            return Err(OutOfOrder::Revision {
                known: self.revision,
                got: revision,
            });
        }
        for change in changes {
            self.put(change)?;
        }
        self.revision = revision;
        Ok(())
    }

    /// Puts in how one thing is, while loading.
    ///
    /// # Errors
    /// [`OutOfOrder::Organization`]: organizations go first.
    pub fn put(&mut self, change: &Change) -> Result<(), OutOfOrder> {
        match change {
            Change::Organization {
                id,
                kind,
                state,
                controls,
            } => self.put_organization(*id, *kind, *state, controls),
            Change::Member(membership) => self
                .organization_mut(membership.organization)?
                .put_member(membership),
            Change::Role {
                organization,
                role,
                permissions,
            } => self
                .organization_mut(*organization)?
                .put_role(*role, *permissions),
            Change::Group {
                organization,
                group,
                roles,
            } => self.organization_mut(*organization)?.put_group(*group, roles),
            Change::Referral {
                partner,
                advisor,
                client,
                listed,
            } => {
                let referrals = &mut self.organization_mut(*partner)?.dealings.referrals;
                if *listed {
                    referrals.insert((*advisor, *client));
                } else {
                    referrals.remove(&(*advisor, *client));
                }
            }
            Change::SessionRevoked {
                session,
                principal: _,
                until,
            } => self.revoke(*session, *until),
            Change::Grant(grant) => self.organization_mut(grant.client)?.put_grant(grant),
            Change::Gate(setting) => self.organization_mut(setting.organization)?.put_gate(setting),
        }
        Ok(())
    }

    /// Puts in that a session has ended; its tokens are valid until then.
    pub fn revoke(&mut self, session: SessionId, until: Timestamp) {
        self.revoked.insert(session, until);
    }

    /// Forgets the revoked sessions whose tokens have all expired.
    pub fn forget_expired(&mut self, now: Timestamp) {
        self.revoked.retain(|_, until| *until > now);
    }

    pub(super) fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(&id)
    }

    pub(super) fn is_revoked(&self, session: SessionId) -> bool {
        self.revoked.contains_key(&session)
    }

    /// The organization that runs the installation, once there is one.
    pub(super) fn operator(&self) -> Option<&Organization> {
        self.organization(self.operator?)
    }

    /// Where a member's right to something comes from, if they have it: the role, else a group. The operator's ceiling
    /// is another question.
    pub(super) fn source(&self, held: &Held<'_>, permission: Permission) -> Option<Source> {
        self.source_by(held, permission, |role| held.organization.standing_in_for(role))
    }

    /// As [`Access::source`], if the operator had delegated everything.
    pub(super) fn source_if_delegated(&self, held: &Held<'_>, permission: Permission) -> Option<Source> {
        self.source_by(held, permission, |role| role)
    }

    fn source_by(
        &self,
        held: &Held<'_>,
        permission: Permission,
        standing: impl Fn(RoleRef) -> RoleRef,
    ) -> Option<Source> {
        let holds = |role| {
            self.permissions(held, standing(role))
                .is_some_and(|permissions| permissions.contains(permission))
        };
        if let Some(role) = held.member.role.filter(|role| holds(*role)) {
            return Some(Source::Role(role));
        }
        let mut groups = held.member.groups.iter();
        let group = groups.find(|group| {
            held.organization
                .roles_of(**group)
                .iter()
                .any(|role| holds(*role))
        })?;
        Some(Source::Group(*group))
    }

    fn permissions<'a>(&'a self, held: &Held<'a>, role: RoleRef) -> Option<&'a PermissionSet> {
        let role = match role {
            RoleRef::Custom(role) => return held.organization.dealings.roles.get(&role),
            RoleRef::BuiltIn(role) => role,
        };
        let holding = self.roles.of(held.organization.kind, role)?;
        let Ground::Client(client) = held.ground else {
            return Some(&holding.home);
        };
        if holding.referrals_only && !held.organization.refers(held.principal, client) {
            return None;
        }
        Some(&holding.clients)
    }

    /// What a role gives in an organization as things are: below the operator's ceiling, and as much as the operator
    /// delegates; none where the organization has no such role.
    pub fn rights_of_role(&self, organization: OrganizationId, role: RoleRef) -> Option<Rights> {
        let organization = self.organization(organization)?;
        Some(
            self.rights_in(organization, organization.standing_in_for(role))?
                .below(organization.controls.ceiling),
        )
    }

    /// All roles that somebody has there: their own, and those of their groups.
    pub fn roles_with(
        &self,
        organization: OrganizationId,
        role: Option<RoleRef>,
        groups: &[GroupId],
    ) -> Vec<RoleRef> {
        let Some(organization) = self.organization(organization) else {
            return role.into_iter().collect();
        };
        let by_groups = groups.iter().flat_map(|group| organization.roles_of(*group));
        role.iter().chain(by_groups).copied().collect()
    }

    /// What roles give who acts by them there, were it not for the operator's ceiling. It is what they have to pass on:
    /// a ceiling is lifted and lowered, and who is bound by it together with others is not their equal by that.
    pub fn held_by(&self, organization: OrganizationId, roles: &[RoleRef]) -> Rights {
        self.union_of(organization, roles, Organization::standing_in_for)
    }

    /// The most that roles can come to give there, whatever the operator allows and delegates: what is at stake where they
    /// are given, changed or taken away.
    pub fn at_stake(&self, organization: OrganizationId, roles: &[RoleRef]) -> Rights {
        self.union_of(organization, roles, |_, role| role)
    }

    /// Whether a client has ended all that it ever had with these, who stand above it: then that they do so gives them
    /// nothing any more (domain row 3). The operator can't be left.
    pub fn has_left(&self, client: OrganizationId, above: &[OrganizationId], now: Timestamp) -> bool {
        let Some(client) = self.organization(client) else {
            return false;
        };
        if self.operator.is_some_and(|operator| above.contains(&operator)) {
            return false;
        }
        let mut mandates = above.iter().flat_map(|id| client.mandates(*id)).peekable();
        mandates.peek().is_some() && !mandates.any(|mandate| mandate.is_live(now))
    }

    /// What is left of rights below the operator's ceiling.
    pub fn in_force(&self, organization: OrganizationId, rights: Rights) -> Rights {
        self.organization(organization)
            .map_or_else(Rights::default, |found| rights.below(found.controls.ceiling))
    }

    fn union_of(
        &self,
        organization: OrganizationId,
        roles: &[RoleRef],
        standing: impl Fn(&Organization, RoleRef) -> RoleRef,
    ) -> Rights {
        let Some(organization) = self.organization(organization) else {
            return Rights::default();
        };
        roles
            .iter()
            .filter_map(|role| self.rights_in(organization, standing(organization, *role)))
            .fold(Rights::default(), Rights::union)
    }

    fn rights_in(&self, organization: &Organization, role: RoleRef) -> Option<Rights> {
        let holding = match role {
            RoleRef::Custom(role) => Holding::everywhere(*organization.dealings.roles.get(&role)?),
            RoleRef::BuiltIn(role) => *self.roles.of(organization.kind, role)?,
        };
        let none = PermissionSet::default();
        let (clients, referred) = if holding.referrals_only {
            (none, holding.clients)
        } else {
            (holding.clients, none)
        };
        Some(Rights {
            home: holding.home,
            clients,
            referred,
        })
    }

    /// A product for which a partner's people are given a permission by a limited mandate, if there is one.
    pub(super) fn mandated_product(
        &self,
        partner: OrganizationId,
        need: &Need,
        now: Timestamp,
    ) -> Option<ProductId> {
        self.organization(need.organization)?
            .mandates(partner)
            .iter()
            .filter(|mandate| mandate.is_live(now) && mandate.ceiling.contains(need.permission))
            .find_map(|mandate| mandate.products.as_ref()?.iter().next().copied())
    }

    /// Everybody who is in, in no order.
    pub fn members(&self, organization: OrganizationId) -> Vec<PrincipalId> {
        let members = self
            .organization(organization)
            .map(|organization| organization.members.keys().copied());
        members.into_iter().flatten().collect()
    }

    fn put_organization(
        &mut self,
        id: OrganizationId,
        kind: OrganizationKind,
        state: OrganizationState,
        controls: &Controls,
    ) {
        if kind == OrganizationKind::Operator {
            self.operator = Some(id);
        }
        let organization = self
            .organizations
            .entry(id)
            .or_insert_with(|| Organization::new(kind, state));
        organization.kind = kind;
        organization.state = state;
        organization.controls = controls.clone();
    }

    fn organization_mut(&mut self, id: OrganizationId) -> Result<&mut Organization, OutOfOrder> {
        self.organizations
            .get_mut(&id)
            .ok_or(OutOfOrder::Organization(id))
    }
}

/// The same answers to every question; the roles are the program's.
impl PartialEq for Access {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision
            && self.organizations == other.organizations
            && self.revoked == other.revoked
    }
}

impl Organization {
    fn new(kind: OrganizationKind, state: OrganizationState) -> Self {
        Self {
            kind,
            state,
            controls: Controls::default(),
            members: Map::default(),
            dealings: Box::default(),
        }
    }

    pub(super) fn member(&self, principal: PrincipalId) -> Option<&Member> {
        self.members.get(&principal)
    }

    /// While the operator has delegated nothing to a partner, its administrators are members (domain row 8).
    pub(super) fn standing_in_for(&self, role: RoleRef) -> RoleRef {
        let powerless = self.kind.is_external() && self.controls.delegation.is_empty();
        if powerless && role == RoleRef::BuiltIn(BuiltInRole::Admin) {
            return RoleRef::BuiltIn(BuiltInRole::Member);
        }
        role
    }

    fn roles_of(&self, group: GroupId) -> &[RoleRef] {
        self.dealings.groups.get(&group).map_or(&[], |roles| roles)
    }

    fn refers(&self, principal: PrincipalId, client: OrganizationId) -> bool {
        principal
            .user()
            .is_some_and(|advisor| self.dealings.referrals.contains(&(advisor, client)))
    }

    fn put_member(&mut self, membership: &Membership) {
        if !membership.active {
            self.members.remove(&membership.principal);
            return;
        }
        let member = Member {
            role: membership.role,
            groups: membership.groups.clone().into(),
            legal_representative: membership.legal_representative,
            second_factor: membership.second_factor,
        };
        self.members.insert(membership.principal, member);
    }

    fn put_role(&mut self, role: RoleId, permissions: Option<PermissionSet>) {
        match permissions {
            Some(permissions) => self.dealings.roles.insert(role, permissions),
            None => self.dealings.roles.remove(&role),
        };
    }

    fn put_group(&mut self, group: GroupId, roles: &[RoleRef]) {
        if roles.is_empty() {
            self.dealings.groups.remove(&group);
        } else {
            self.dealings.groups.insert(group, roles.into());
        }
    }

    /// All mandates that it ever gave to a partner.
    pub(super) fn mandates(&self, partner: OrganizationId) -> &[Mandate] {
        self.dealings.mandates.get(&partner).map_or(&[], Vec::as_slice)
    }

    pub(super) fn gate(&self, gate: Gate) -> Option<&GateState> {
        self.dealings.gates.get(&gate)
    }

    fn put_grant(&mut self, grant: &Grant) {
        let mandates = self.dealings.mandates.entry(grant.partner).or_default();
        let mandate = Mandate::from(grant);
        match mandates.binary_search_by_key(&grant.partnership, |known| known.partnership) {
            Ok(place) => mandates.splice(place..=place, [mandate]).for_each(drop),
            Err(place) => mandates.insert(place, mandate),
        }
    }

    fn put_gate(&mut self, setting: &GateSetting) {
        let state = GateState {
            open: setting.open,
            missing: setting.missing.clone().into(),
        };
        self.dealings.gates.insert(setting.gate, state);
    }
}

impl Mandate {
    /// Whether it is in force.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        match self.end {
            End::Open => true,
            End::At(end) => now < end,
            End::Ended => false,
        }
    }

    /// Whether it covers what is touched: a limited one only its products.
    pub(super) fn covers(&self, product: Option<ProductId>) -> bool {
        let Some(products) = &self.products else {
            return true;
        };
        product.is_some_and(|product| products.contains(&product))
    }
}

impl From<&Grant> for Mandate {
    fn from(grant: &Grant) -> Self {
        let partnership = grant.partnership;
        if grant.ended {
            let (ceiling, products) = (PermissionSet::default(), Some(HashSet::default()));
            return Self {
                partnership,
                ceiling,
                products,
                end: End::Ended,
            };
        }
        let products = match &grant.scope {
            Scope::Complete => None,
            Scope::Limited(products) => Some(products.iter().copied().collect()),
        };
        let end = grant.end_time.map_or(End::Open, End::At);
        Self {
            partnership,
            ceiling: grant.ceiling,
            products,
            end,
        }
    }
}
