//! What a mandate grants, as identity is told of it.

use entente_contracts::access::v1::{Action, Resource, ResourceClass};
use entente_contracts::class_of;
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::{Grant, Permission, PutGrantRequest};
use entente_runtime::client::Client;

use crate::domain::mandate::Scope;
use crate::domain::partnership::{Partnership, PartnershipState};
use crate::error::Error;

const EVERY_ACTION: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];
/// What a complete mandate shows of how the client is organized, and of what happened there.
const SHOWN: [Resource; 4] = [
    Resource::Organization,
    Resource::Member,
    Resource::Partnership,
    Resource::EventLog,
];

/// Tells identity.
#[derive(Debug, Clone)]
pub struct Grants {
    identity: DecisionServiceClient<Client>,
}

impl Grants {
    /// Tells it through this client.
    pub fn new(identity: Client) -> Self {
        Self {
            identity: DecisionServiceClient::new(identity),
        }
    }

    /// Puts in force what a partnership is to grant: nothing any more where it ends. Safe to repeat. A revocation is in
    /// force everywhere when this returns.
    ///
    /// # Errors
    /// [`Error::Grant`] when identity can't be told; it isn't known then whether it heard.
    pub async fn put(&self, partnership: &Partnership) -> Result<(), Error> {
        let request = PutGrantRequest {
            grant: Some(grant(partnership)),
        };
        self.identity
            .clone()
            .put_grant(request)
            .await
            .map_err(Error::Grant)?;
        Ok(())
    }
}

fn grant(partnership: &Partnership) -> Grant {
    let ended = match partnership.state {
        PartnershipState::Starting | PartnershipState::Active | PartnershipState::Narrowing => false,
        PartnershipState::Ending | PartnershipState::Ended => true,
    };
    let scope = &partnership.mandate.scope;
    Grant {
        partnership: partnership.id.to_string(),
        client: partnership.client.id.to_string(),
        partner: partnership.partner.id.to_string(),
        version: partnership.mandate.version,
        ended,
        complete: *scope == Scope::Complete,
        products: scope.products().iter().map(ToString::to_string).collect(),
        ceiling: ceiling(scope),
        end_time: None,
    }
}

/// The most that a mandate allows. A limited one: to see and change its products. A complete one: the client's daily
/// work, and to see how the client is organized and what happened there.
fn ceiling(scope: &Scope) -> Vec<Permission> {
    match scope {
        Scope::Limited(_) => [Action::Read, Action::Update]
            .map(|action| permission(Resource::Product, action))
            .to_vec(),
        Scope::Complete => {
            let work = resources().filter(|resource| class_of(*resource) == ResourceClass::Data);
            let work = work.flat_map(|resource| EVERY_ACTION.map(|action| permission(resource, action)));
            work.chain(SHOWN.map(|resource| permission(resource, Action::Read)))
                .collect()
        }
    }
}

fn resources() -> impl Iterator<Item = Resource> {
    (1..).map_while(|number| Resource::try_from(number).ok())
}

fn permission(resource: Resource, action: Action) -> Permission {
    Permission {
        resource: resource.into(),
        action: action.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(scope: &Scope, resource: Resource, action: Action) -> bool {
        ceiling(scope).contains(&permission(resource, action))
    }

    #[test]
    fn a_complete_mandate_is_for_daily_work_and_not_for_power_over_the_client() {
        let complete = Scope::Complete;
        assert!(
            EVERY_ACTION
                .iter()
                .all(|action| allows(&complete, Resource::Product, *action))
        );
        assert!(allows(&complete, Resource::Member, Action::Read));
        assert!(!allows(&complete, Resource::Member, Action::Update));
        assert!(!allows(&complete, Resource::Partnership, Action::Delete));
        assert!(
            EVERY_ACTION
                .iter()
                .all(|action| !allows(&complete, Resource::AccountInfo, *action))
        );
        assert!(allows(&complete, Resource::EventLog, Action::Read));
        assert!(!allows(&complete, Resource::Credential, Action::Read));
    }

    #[test]
    fn every_resource_of_the_contract_is_looked_at() {
        assert!(resources().any(|resource| resource == Resource::Decision));
    }
}
