//! What the built-in roles may do, stated a second time: as the domain has it (rows 3, 11 and 12), and by nothing that
//! the services decide with. Tests hold decisions and answers against it.

/// Where a right is exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// In one's own organization.
    Home,
    /// At a client that gave a mandate without a bound, and that stands on the person's own referral list.
    Client,
}

/// What somebody wants to do, in the contract's words without their prefixes, such as `payment_method`, `billing`,
/// `read`.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The resource.
    pub resource: &'a str,
    /// Its class.
    pub class: &'a str,
    /// The action.
    pub action: &'a str,
}

/// The roles that every organization has, and in each class of resources the first letters of what they may do there.
const IN_EVERY_ORGANIZATION: &str = "\
owner: data crud, admin crud, security crud, billing crud
admin: data crud, admin crud, security crud
member: data crud, admin r
viewer: data r, admin r";

/// The roles by account type, and the first letters of what they may do with a resource.
const BY_ACCOUNT_TYPE: &str = "\
partner account_manager: everything
partner billing_manager: organization r, member r, offer r, invoice r, payment r, payment_method crud, account_info r, price_cost r, price_suggested r, price_retail r
partner delegated_account_administrator: client_account crud
partner technical_manager: organization crud, organization_offer cd, event_log r, member r, notification r, offer r, price_retail r
partner subscription_manager: subscription u, event_log r, member r, notification r
sub_partner account_manager: everything but billing
sub_partner technical_manager: organization crud, organization_offer cd, event_log r, member r, notification r, offer r, price_retail r
sub_partner subscription_manager: subscription u, event_log r, member r, notification r
direct_client account_manager: everything
direct_client billing_manager: member r, offer r, invoice r, payment r, payment_method crud, account_info r
direct_client technical_manager: organization_offer cd, event_log r, member r, notification r
direct_client subscription_manager: subscription u, event_log r, member r, notification r
affiliate account_manager: everything
affiliate technical_manager: organization_offer cd, event_log r, member r, notification r, offer r, price_retail r";

/// The account types, each with a role that it has: 14 pairs.
pub fn by_account_type() -> impl Iterator<Item = (&'static str, &'static str)> {
    written(BY_ACCOUNT_TYPE).filter_map(|(pair, _)| pair.split_once(' '))
}

/// The roles that every organization has.
pub fn in_every_organization() -> impl Iterator<Item = &'static str> {
    written(IN_EVERY_ORGANIZATION).map(|(role, _)| role)
}

/// Whether a role may do it in an organization of a kind, or at its client. What is not written is denied.
pub fn allows(kind: &str, role: &str, asked: Asked<'_>, ground: Ground) -> bool {
    if let Some((_, held)) = written(IN_EVERY_ORGANIZATION).find(|(name, _)| *name == role) {
        return names(held, asked.class, asked.action);
    }
    let mut pairs = written(BY_ACCOUNT_TYPE);
    let Some((_, held)) = pairs.find(|(pair, _)| pair.split_once(' ') == Some((kind, role))) else {
        return false;
    };
    match (kind, role, ground) {
        // Full access to a client's account, for an advisor.
        (_, "delegated_account_administrator", Ground::Client) => true,
        // On their own clients only.
        ("affiliate", "technical_manager", Ground::Home) => false,
        // What they may do to organizations concerns those below their own, never their own.
        (_, "technical_manager", Ground::Home)
            if asked.resource == "organization" && ["update", "delete"].contains(&asked.action) =>
        {
            false
        }
        _ => match held {
            "everything" => true,
            "everything but billing" => asked.class != "billing",
            lines => names(lines, asked.resource, asked.action),
        },
    }
}

fn written(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once(": "))
}

fn names(held: &str, what: &str, action: &str) -> bool {
    let lines = held.split(", ").filter_map(|line| line.split_once(' '));
    lines.filter(|(name, _)| *name == what).any(|(_, letters)| {
        action
            .chars()
            .next()
            .is_some_and(|letter| letters.contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_14_pairs_and_4_roles_besides() {
        assert_eq!(
            (by_account_type().count(), in_every_organization().count()),
            (14, 4)
        );
    }

    #[test]
    fn a_billing_manager_of_a_partner_has_no_event_log_and_a_technical_manager_no_invoice() {
        let read = |role, resource, class| {
            let action = "read";
            let asked = Asked {
                resource,
                class,
                action,
            };
            allows("partner", role, asked, Ground::Home)
        };
        assert!(read("billing_manager", "invoice", "billing"));
        assert!(!read("billing_manager", "event_log", "security"));
        assert!(read("technical_manager", "event_log", "security"));
        assert!(!read("technical_manager", "invoice", "billing"));
    }
}
