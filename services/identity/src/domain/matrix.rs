//! What the built-in roles hold: the one place where it is written down. docs/roles.md is made from it.

use super::decision::{Action, ResourceClass};
use super::organization::OrganizationKind;
use super::role::BuiltInRole;

use Action::{Create, Delete, Read, Update};
use BuiltInRole::{
    AccountManager, Admin, BillingManager, DelegatedAccountAdministrator, Member, Owner, SubscriptionManager,
    TechnicalManager, Viewer,
};
use OrganizationKind::{Affiliate, DirectClient, Partner, SubPartner};

/// What a role holds, of the resources that the contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// All.
    Everything,
    /// All but what is about money.
    EverythingButBilling,
    /// What is written here, resource by resource, and nothing else.
    These(&'static [(&'static str, &'static [Action])]),
}

/// On what a role's permissions bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One's own organization, and through a mandate the clients'.
    Everywhere,
    /// As everywhere, but changing or deleting an organization is for those below one's own only.
    OrganizationsBelow,
    /// The clients only.
    Clients,
    /// At home what is written; at the clients on one's own referral list everything.
    Referrals,
}

/// A role of an account type.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// In organizations of this kind.
    pub kind: OrganizationKind,
    /// This role.
    pub role: BuiltInRole,
    /// Holds this.
    pub holds: Holds,
    /// There.
    pub reach: Reach,
}

const ALL: &[Action] = &Action::ALL;

const TECHNICAL: Holds = Holds::These(&[
    ("organization", ALL),
    ("organization_offer", &[Create, Delete]),
    ("event_log", &[Read]),
    ("member", &[Read]),
    ("notification", &[Read]),
    ("offer", &[Read]),
    ("price_retail", &[Read]),
]);

const SUBSCRIPTION: Holds = Holds::These(&[
    ("subscription", &[Update]),
    ("event_log", &[Read]),
    ("member", &[Read]),
    ("notification", &[Read]),
]);

/// The roles by account type (domain row 12).
pub const BY_ACCOUNT_TYPE: [Entry; 14] = [
    entry(Partner, AccountManager, Holds::Everything, Reach::Everywhere),
    entry(
        Partner,
        BillingManager,
        Holds::These(&[
            ("organization", &[Read]),
            ("member", &[Read]),
            ("offer", &[Read]),
            ("invoice", &[Read]),
            ("payment", &[Read]),
            ("payment_method", ALL),
            ("account_info", &[Read]),
            ("price_cost", &[Read]),
            ("price_suggested", &[Read]),
            ("price_retail", &[Read]),
        ]),
        Reach::Everywhere,
    ),
    entry(
        Partner,
        DelegatedAccountAdministrator,
        Holds::These(&[("client_account", ALL)]),
        Reach::Referrals,
    ),
    entry(Partner, TechnicalManager, TECHNICAL, Reach::OrganizationsBelow),
    entry(Partner, SubscriptionManager, SUBSCRIPTION, Reach::Everywhere),
    entry(
        SubPartner,
        AccountManager,
        Holds::EverythingButBilling,
        Reach::Everywhere,
    ),
    entry(SubPartner, TechnicalManager, TECHNICAL, Reach::OrganizationsBelow),
    entry(SubPartner, SubscriptionManager, SUBSCRIPTION, Reach::Everywhere),
    entry(DirectClient, AccountManager, Holds::Everything, Reach::Everywhere),
    entry(
        DirectClient,
        BillingManager,
        Holds::These(&[
            ("member", &[Read]),
            ("offer", &[Read]),
            ("invoice", &[Read]),
            ("payment", &[Read]),
            ("payment_method", ALL),
            ("account_info", &[Read]),
        ]),
        Reach::Everywhere,
    ),
    entry(
        DirectClient,
        TechnicalManager,
        Holds::These(&[
            ("organization_offer", &[Create, Delete]),
            ("event_log", &[Read]),
            ("member", &[Read]),
            ("notification", &[Read]),
        ]),
        Reach::Everywhere,
    ),
    entry(DirectClient, SubscriptionManager, SUBSCRIPTION, Reach::Everywhere),
    entry(Affiliate, AccountManager, Holds::Everything, Reach::Everywhere),
    entry(
        Affiliate,
        TechnicalManager,
        Holds::These(&[
            ("organization_offer", &[Create, Delete]),
            ("event_log", &[Read]),
            ("member", &[Read]),
            ("notification", &[Read]),
            ("offer", &[Read]),
            ("price_retail", &[Read]),
        ]),
        Reach::Clients,
    ),
];

const fn entry(kind: OrganizationKind, role: BuiltInRole, holds: Holds, reach: Reach) -> Entry {
    Entry {
        kind,
        role,
        holds,
        reach,
    }
}

/// Whether a role of the family that every organization has holds an action on a resource of this class (domain row
/// 11).
pub fn holds_in_every_organization(role: BuiltInRole, class: ResourceClass, action: Action) -> bool {
    use ResourceClass as Class;
    match (role, class) {
        (Owner, _) | (Admin, Class::Data | Class::Admin | Class::Security) | (Member, Class::Data) => true,
        (Member, Class::Admin) | (Viewer, Class::Data | Class::Admin) => action == Read,
        (Admin, Class::Billing) | (Member | Viewer, Class::Billing | Class::Security) => false,
        (
            BuiltInRole::Partner
            | AccountManager
            | BillingManager
            | TechnicalManager
            | SubscriptionManager
            | DelegatedAccountAdministrator,
            _,
        ) => false,
    }
}

/// The family that every organization has, the one with most first.
pub const IN_EVERY_ORGANIZATION: [BuiltInRole; 4] = [Owner, Admin, Member, Viewer];
