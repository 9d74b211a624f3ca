//! What people hold and may do, worked out once more from what is stored: slow, and easy to believe. The roles are those
//! of the tests' own statement of the matrix.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use entente_contracts::access::v1::{Action, Resource, ResourceClass};
use entente_contracts::class_of;
use entente_testkit::matrix::{self, Asked};

use super::state::{Held, Place, State};

pub(super) const ACTIONS: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];

/// Where a right is exercised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    /// In one's own organization.
    Home,
    /// At this client.
    Client(String),
}

/// Every permission that the contract names.
pub(super) fn everything() -> Held {
    (1..64)
        .filter_map(|number| Resource::try_from(number).ok())
        .flat_map(|resource| ACTIONS.map(|action| (resource, action)))
        .collect()
}

fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

/// What a built-in role holds, as the tests have it written down.
fn built_in(kind: &str, role: &str, ground: matrix::Ground) -> Held {
    type Known = HashMap<(String, String, bool), Held>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let at_client = ground == matrix::Ground::Client;
    let mut known = KNOWN.lock().unwrap();
    let key = (kind.to_owned(), role.to_owned(), at_client);
    let held = known.entry(key).or_insert_with(|| {
        let allows = |(resource, action): &(Resource, Action)| {
            let class = match class_of(*resource) {
                ResourceClass::Data => "data",
                ResourceClass::Admin => "admin",
                ResourceClass::Billing => "billing",
                ResourceClass::Security => "security",
                ResourceClass::Unspecified => "",
            };
            let asked = Asked {
                resource: &word(resource.as_str_name(), "RESOURCE_"),
                class,
                action: &word(action.as_str_name(), "ACTION_"),
            };
            matrix::allows(kind, role, asked, ground)
        };
        everything().into_iter().filter(allows).collect()
    });
    held.clone()
}

impl State {
    /// The roles of a place: its own, and those of its groups.
    pub(super) fn roles_of(&self, place: &Place) -> Vec<String> {
        let groups = place.groups.iter().filter_map(|group| self.groups.get(group));
        let by_groups = groups.flat_map(|group| group.roles.iter().cloned());
        place.role.iter().cloned().chain(by_groups).collect()
    }

    /// What a place gives, or would once its invitation is accepted, whatever the operator allows and delegates.
    pub(super) fn given(&self, place: &Place, ground: &Ground) -> Held {
        if !["pending", "active"].contains(&place.state.as_str()) {
            return Held::new();
        }
        self.by_roles(place, ground, &self.roles_of(place))
    }

    /// What somebody who is in holds, before the operator's ceiling. A partner's administrators are members while nothing
    /// is delegated to them.
    pub(super) fn held(&self, place: &Place, ground: &Ground) -> Held {
        if place.state != "active" {
            return Held::new();
        }
        let organization = &self.organizations[&place.organization];
        let external = ["partner", "sub_partner", "affiliate"].contains(&organization.kind.as_str());
        let mut roles = self.roles_of(place);
        if external && !organization.delegated {
            for role in roles.iter_mut().filter(|role| *role == "admin") {
                *role = "member".to_owned();
            }
        }
        self.by_roles(place, ground, &roles)
    }

    fn by_roles(&self, place: &Place, ground: &Ground, roles: &[String]) -> Held {
        let kind = &self.organizations[&place.organization].kind;
        let mut held = Held::new();
        for role in roles {
            if let Some(custom) = self.roles.get(role) {
                held.extend(custom.held.iter().copied());
                continue;
            }
            match ground {
                Ground::Home => held.extend(built_in(kind, role, matrix::Ground::Home)),
                Ground::Client(client) => {
                    let listed = self.referrals.contains(&(place.id.clone(), client.clone()));
                    if role != "delegated_account_administrator" || listed {
                        held.extend(built_in(kind, role, matrix::Ground::Client));
                    }
                }
            }
        }
        held
    }

    /// Whether the role owner is in what a place gives.
    pub(super) fn owns(&self, place: &Place) -> bool {
        ["pending", "active"].contains(&place.state.as_str())
            && self.roles_of(place).iter().any(|role| role == "owner")
    }

    /// Whether somebody is an owner, who makes others owners: a person, and not by a group.
    pub(super) fn is_owner(&self, place: &Place) -> bool {
        place.state == "active" && !place.email.is_empty() && place.role.as_deref() == Some("owner")
    }

    /// Whether a place can bind its organization, or will once its invitation is accepted.
    pub(super) fn binds(&self, place: &Place) -> bool {
        ["pending", "active"].contains(&place.state.as_str()) && place.legal_representative
    }

    /// Whether somebody who acts in a place may do this upon an organization.
    pub(super) fn decides(&self, place: &Place, target: &str, permission: (Resource, Action)) -> bool {
        let own = place.organization == target;
        let ground = if own {
            Ground::Home
        } else {
            Ground::Client(target.to_owned())
        };
        let bound = &self.organizations[&place.organization].ceiling;
        let mandated = || {
            self.grants.iter().any(|grant| {
                let of_them = grant.client == target && grant.partner == place.organization;
                of_them && !grant.ended && grant.ceiling.contains(&permission)
            })
        };
        self.held(place, &ground).contains(&permission)
            && bound.as_ref().is_none_or(|bound| bound.contains(&permission))
            && (own || mandated())
    }
}
