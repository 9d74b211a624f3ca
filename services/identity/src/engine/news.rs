//! Whose rights moved.

use std::collections::BTreeSet;
use std::sync::Arc;

use entente_ids::{OrganizationId, PrincipalId};

use crate::domain::decision::{Change, Revision};

/// What a watcher hears.
#[derive(Debug, Clone)]
pub enum News {
    /// A revision was applied.
    Moved(Arc<Moved>),
    /// From here on it isn't known what moves: whoever watches begins anew.
    Interrupted,
}

/// The subjects of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which one.
    pub revision: Revision,
    /// People and service accounts whose rights moved.
    pub principals: BTreeSet<PrincipalId>,
    /// Organizations in or upon which everybody's rights moved.
    pub organizations: BTreeSet<OrganizationId>,
}

impl Moved {
    /// Nobody: only the revision is told.
    pub fn nobody(revision: Revision) -> Self {
        Self {
            revision,
            principals: BTreeSet::new(),
            organizations: BTreeSet::new(),
        }
    }

    pub(super) fn by(revision: Revision, changes: &[Change]) -> Self {
        let mut moved = Self::nobody(revision);
        for change in changes {
            match change {
                Change::Organization { id, .. } => moved.organizations.extend([*id]),
                Change::Member(membership) => moved.principals.extend([membership.principal]),
                Change::SessionRevoked { principal, .. } => moved.principals.extend([*principal]),
                Change::Role { organization, .. } | Change::Group { organization, .. } => {
                    moved.organizations.extend([*organization]);
                }
                Change::Referral { advisor, .. } => moved.principals.extend([PrincipalId::User(*advisor)]),
                Change::Grant(grant) => moved.organizations.extend([grant.client, grant.partner]),
                Change::Gate(setting) => moved.organizations.extend([setting.organization]),
            }
        }
        moved
    }
}
