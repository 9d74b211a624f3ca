//! Organizations: the tenants and their hierarchy.

use entente_ids::OrganizationId;
use jiff::Timestamp;

use super::decision::Controls;
use super::email::EmailAddress;
use super::name::DisplayName;

/// What kind of organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OrganizationKind {
    /// Runs the installation.
    Operator,
    /// Serves clients; below the operator.
    Partner,
    /// Serves clients below a partner.
    SubPartner,
    /// Refers clients to the operator.
    Affiliate,
    /// Buys from the operator with no partner between.
    DirectClient,
    /// Served by a partner or sub-partner.
    Client,
}

impl OrganizationKind {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether it is a partner's container, in which the operator decides what its administrators may do.
    pub fn is_external(self) -> bool {
        match self {
            Self::Partner | Self::SubPartner | Self::Affiliate => true,
            Self::Operator | Self::DirectClient | Self::Client => false,
        }
    }

    /// The kinds that may stand directly above this one. An organization gets its parent at its creation and keeps
    /// it, so that there can be no cycle.
    pub fn parents(self) -> &'static [Self] {
        match self {
            Self::Operator => &[],
            Self::Partner | Self::Affiliate | Self::DirectClient => &[Self::Operator],
            Self::SubPartner => &[Self::Partner],
            Self::Client => &[Self::Partner, Self::SubPartner],
        }
    }
}

/// Where an organization stands in its lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OrganizationState {
    /// In use.
    Active,
    /// Reads work, writes are refused.
    Suspended,
    /// Gone for everybody but the audit trail.
    Deleted,
}

impl OrganizationState {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The organization above; none for the operator.
    pub parent: Option<OrganizationId>,
    /// What kind it is.
    pub kind: OrganizationKind,
    /// Where it stands.
    pub state: OrganizationState,
    /// What its people are held to.
    pub controls: Controls,
    /// Its name, unique in the installation.
    pub display_name: DisplayName,
    /// The address at which it can be found and written to.
    pub contact_email: Option<EmailAddress>,
    /// Rises with every change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A parent that may not have such a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} can't stand below {}: {}", child.as_str(), parent.as_str(), mend(*child))]
pub struct HierarchyViolation {
    /// The kind of the parent.
    pub parent: OrganizationKind,
    /// The kind of the child.
    pub child: OrganizationKind,
}

/// Checks that an organization of one kind may stand below one of another.
///
/// # Errors
/// [`HierarchyViolation`] when it may not.
pub fn check_place(parent: OrganizationKind, child: OrganizationKind) -> Result<(), HierarchyViolation> {
    if child.parents().contains(&parent) {
        return Ok(());
    }
    Err(HierarchyViolation { parent, child })
}

fn mend(child: OrganizationKind) -> String {
    let parents: Vec<_> = child.parents().iter().map(|kind| kind.as_str()).collect();
    if parents.is_empty() {
        return "an installation has one operator, made by `entente init`".to_owned();
    }
    format!("create it below {}", parents.join(" or "))
}

#[cfg(test)]
mod tests {
    use OrganizationKind::*;

    use super::*;

    #[test]
    fn only_the_pairs_of_the_hierarchy_are_allowed() {
        let kinds = [Operator, Partner, SubPartner, Affiliate, DirectClient, Client];
        let allowed: Vec<_> = kinds
            .iter()
            .flat_map(|parent| kinds.iter().map(move |child| (*parent, *child)))
            .filter(|(parent, child)| check_place(*parent, *child).is_ok())
            .collect();
        assert_eq!(
            allowed,
            [
                (Operator, Partner),
                (Operator, Affiliate),
                (Operator, DirectClient),
                (Partner, SubPartner),
                (Partner, Client),
                (SubPartner, Client),
            ]
        );
    }

    #[test]
    fn a_violation_names_the_places_that_fit() {
        let error = check_place(Operator, Client).unwrap_err();
        assert_eq!(
            error.to_string(),
            "client can't stand below operator: create it below partner or sub_partner"
        );
    }
}
