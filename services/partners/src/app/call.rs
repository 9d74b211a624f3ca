//! A call as the guard let it pass.

use entente_access::Access;
use entente_contracts::Repeatable;
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;
use tonic::Status;

/// Who asks for what, and upon which organization.
#[derive(Debug)]
pub struct Call<Q> {
    /// The organization acted upon.
    pub organization: OrganizationId,
    /// Who acts, and for whom.
    pub actor: Actor,
    /// What they ask for.
    pub request: Q,
}

impl<Q> Call<Q> {
    /// Reads what the guard left.
    ///
    /// # Errors
    /// INTERNAL where the rule of the method names no organization.
    pub fn of(request: tonic::Request<Q>) -> Result<Self, Status> {
        let access = Access::of(&request)?;
        let (organization, actor) = (access.target()?, Actor::from(&access));
        Ok(Self {
            organization,
            actor,
            request: request.into_inner(),
        })
    }
}

impl<Q: Repeatable> Call<Q> {
    /// The call as it is done once however often it comes.
    pub(super) fn once(&self) -> Once<'_, Q> {
        Once::new(&self.actor.actor, &self.request)
    }
}
