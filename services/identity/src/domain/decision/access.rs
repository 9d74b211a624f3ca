//! All that a decision needs, in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entente_ids::{OrganizationId, PartnershipId, ProductId, SessionId, UserId};
use foldhash::fast::RandomState;
use jiff::Timestamp;

use super::change::{Change, Gate, GateSetting, Grant, Revision, Scope};
use super::permission::PermissionSet;
use super::roles::RolePermissions;
use crate::domain::member::Role;
use crate::domain::organization::{OrganizationKind, OrganizationState};

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
    organizations: Map<OrganizationId, Organization>,
    revoked: Map<SessionId, Timestamp>,
}

/// An organization, as far as decisions look at it. Every decision looks at one, so what only some need stands apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Organization {
    pub(super) kind: OrganizationKind,
    pub(super) state: OrganizationState,
    members: Map<UserId, Member>,
    dealings: Box<Dealings>,
}

/// What an organization has with others.
#[derive(Debug, Clone, PartialEq, Default)]
struct Dealings {
    /// By the partner that acts.
    mandates: Map<OrganizationId, Vec<Mandate>>,
    gates: Map<Gate, GateState>,
}

/// A person's place, while it is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) role: Role,
    pub(super) legal_representative: bool,
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
            organizations: Map::default(),
            revoked: Map::default(),
        }
    }

    /// The revision that it is at.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether the organization is known, deleted or not.
    pub fn knows(&self, organization: OrganizationId) -> bool {
        self.organizations.contains_key(&organization)
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
                parent: _,
                state,
            } => {
                let organization = self
                    .organizations
                    .entry(*id)
                    .or_insert_with(|| Organization::new(*kind, *state));
                organization.kind = *kind;
                organization.state = *state;
            }
            Change::Member {
                organization,
                user,
                member: _,
                role,
                legal_representative,
                active,
            } => {
                let members = &mut self.organization_mut(*organization)?.members;
                if *active {
                    members.insert(
                        *user,
                        Member {
                            role: *role,
                            legal_representative: *legal_representative,
                        },
                    );
                } else {
                    members.remove(user);
                }
            }
            Change::SessionRevoked {
                session,
                user: _,
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

    pub(super) fn role(&self, role: Role) -> &PermissionSet {
        self.roles.of(role)
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
            members: Map::default(),
            dealings: Box::default(),
        }
    }

    pub(super) fn member(&self, user: UserId) -> Option<&Member> {
        self.members.get(&user)
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
