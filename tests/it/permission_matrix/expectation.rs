//! What is to come of a call, by the domain alone.

use std::collections::BTreeSet;

use entente_contracts::access::v1::{Action, DelegationFlag, Gate, Resource};
use entente_contracts::{METHODS, MethodRule, class_of};
use entente_testkit::matrix::{self, Asked, Ground};

use super::ALLOWED;
use super::houses::{House, Player};

/// Whose organization is acted upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Own,
    /// One that has nothing to do with one's own.
    Foreign,
    /// None.
    Missing,
    /// That of a client whose mandate has no bound.
    Client,
}

/// What a mandate without a bound never reaches beyond: the client's daily work, and to see how it is organized and what
/// happened there.
const SHOWN_BY_A_MANDATE: [&str; 4] = ["organization", "member", "partnership", "event_log"];

/// How the call ends: `allowed`, or the status and the reason.
pub fn expected(house: &House, player: &Player, rule: &MethodRule, place: Place) -> String {
    let ground = match place {
        Place::Foreign | Place::Missing => return "404 NOT_FOUND".to_owned(),
        Place::Own => Ground::Home,
        Place::Client => Ground::Client,
    };
    // Only its own people bind an organization.
    if rule.legal_representative && !(player.binds && ground == Ground::Home) {
        return "403 LEGAL_REPRESENTATIVE_REQUIRED".to_owned();
    }
    let needs_flag = rule.delegation != DelegationFlag::Unspecified;
    let is_delegated = house.delegated.contains(&rule.delegation);
    if needs_flag && !is_delegated && ground == Ground::Home && house.is_external() {
        return if may(house, player.role, rule.resource, rule.action, ground) {
            "403 DELEGATION_DISABLED".to_owned()
        } else {
            "403 PERMISSION_MISSING".to_owned()
        };
    }
    let role = house.standing_in_for(player.role);
    if !may(house, role, rule.resource, rule.action, ground) {
        return "403 PERMISSION_MISSING".to_owned();
    }
    if rule.gate != Gate::Unspecified && house.is_external() && !house.has_billing {
        return "400 BILLING_REQUIRED".to_owned();
    }
    ALLOWED.to_owned()
}

/// Everything that somebody may do there, as people read it: `product:read`. Where methods need it, one of them lets them.
pub fn everything_held(house: &House, player: &Player, place: Place) -> BTreeSet<String> {
    let ground = if place == Place::Client {
        Ground::Client
    } else {
        Ground::Home
    };
    let role = house.standing_in_for(player.role);
    let resources = (1..=64).filter_map(|number| Resource::try_from(number).ok());
    let permissions = resources.flat_map(|resource| {
        [Action::Create, Action::Read, Action::Update, Action::Delete].map(|action| (resource, action))
    });
    permissions
        .filter(|(resource, action)| may(house, role, *resource, *action, ground))
        .filter(|(resource, action)| {
            let mut rules = METHODS
                .iter()
                .filter(|rule| rule.resource == *resource && rule.action == *action)
                .peekable();
            rules.peek().is_none() || rules.any(|rule| expected(house, player, rule, place) == ALLOWED)
        })
        .map(|(resource, action)| permission_name(resource.as_str_name(), action.as_str_name()))
        .collect()
}

fn may(house: &House, role: &str, resource: Resource, action: Action, ground: Ground) -> bool {
    let resource_name = word(resource.as_str_name(), "RESOURCE_");
    let class = word(class_of(resource).as_str_name(), "RESOURCE_CLASS_");
    let action = word(action.as_str_name(), "ACTION_");
    let asked = Asked {
        resource: &resource_name,
        class: &class,
        action: &action,
    };
    let is_mandated = class == "data" || (action == "read" && SHOWN_BY_A_MANDATE.contains(&asked.resource));
    let reaches = ground == Ground::Home || is_mandated;
    reaches && matrix::allows(house.kind, role, asked, ground)
}

/// A permission of the contract as people read it: `product:read`.
pub fn permission_name(resource: &str, action: &str) -> String {
    format!("{}:{}", word(resource, "RESOURCE_"), word(action, "ACTION_"))
}

fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

impl House {
    /// Whether it is a partner's container, in which the operator says what is delegated.
    fn is_external(&self) -> bool {
        ["partner", "sub_partner", "affiliate"].contains(&self.kind)
    }

    /// All flags off: a partner admin equals a member.
    fn standing_in_for<'a>(&self, role: &'a str) -> &'a str {
        if self.is_external() && self.delegated.is_empty() && role == "admin" {
            "member"
        } else {
            role
        }
    }
}
