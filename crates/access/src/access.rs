//! What the guard leaves for the handler.

use std::sync::Arc;

use entente_contracts::identity::v1::{Requirement, Subject};
use entente_ids::OrganizationId;
use entente_runtime::status;
use tonic::{Request, Status};

use crate::{Person, Principal, Reason};

/// Who calls, and what they were let in on.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// Who calls.
    pub principal: Principal,
    /// The organization acted upon, where the rule of the method names one.
    pub organization: Option<OrganizationId>,
    /// Where the right comes from: `role:owner`, `mandate:pts_…`; else the kind of the rule, such as `public`.
    pub source: String,
    /// The revision of the access data that was decided on; zero where no decision was needed.
    pub revision: i64,
    /// What was decided, so that it can be asked again; none where no decision was needed.
    pub asked: Option<Arc<Asked>>,
}

/// What a guard asked its decider.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Who calls.
    pub subject: Subject,
    /// What the rule of the method needs for this request.
    pub requirement: Requirement,
}

impl Access {
    /// The access of a request that the guard let pass.
    ///
    /// # Errors
    /// INTERNAL when no guard stood before the handler, which the generated servers rule out.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        let access = request.extensions().get::<Self>().cloned();
        access.ok_or_else(|| status::internal(anyhow::anyhow!("no guard stood before this handler")))
    }

    /// The person who calls.
    ///
    /// # Errors
    /// UNAUTHENTICATED when nobody said who they are, PERMISSION_DENIED when it is a service or a service account.
    pub fn person(&self) -> Result<&Person, Status> {
        match &self.principal {
            Principal::Person(person) => Ok(person),
            Principal::Anonymous => Err(Reason::TokenMissing.into()),
            Principal::ServiceAccount(_) => Err(Reason::PeopleOnly.into()),
            Principal::Service { .. } => Err(Reason::PermissionMissing.into()),
        }
    }

    /// The organization acted upon.
    ///
    /// # Errors
    /// INTERNAL when the rule of the method names none: ask only where it does.
    pub fn target(&self) -> Result<OrganizationId, Status> {
        let missing = || status::internal(anyhow::anyhow!("the rule of this method names no organization"));
        self.organization.ok_or_else(missing)
    }

    /// The name under which events and idempotency keys know the caller: `usr_…`, `sva_…`, `service:partners`,
    /// `anonymous`.
    pub fn actor(&self) -> String {
        self.principal.actor()
    }

    /// The organization in whose name the caller acts upon another one; none where they act upon their own.
    pub fn on_behalf_of(&self) -> Option<OrganizationId> {
        let (_, acting) = self.principal.acting()?;
        (self.organization? != acting).then_some(acting)
    }
}
