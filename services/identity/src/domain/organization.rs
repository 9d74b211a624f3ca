//! Organizations: the tenants and their hierarchy.

use entente_ids::OrganizationId;
use jiff::Timestamp;

use super::decision::Controls;
use super::email::EmailAddress;
use super::name::DisplayName;
use super::responsible::Responsible;
use super::slug::Slug;

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
    /// Its front door, unique in the installation.
    pub slug: Slug,
    /// The picture at its front door, an https address.
    pub logo_uri: Option<String>,
    /// The folder of its files, unique below the parent.
    pub root_folder: Slug,
    /// Who in the operator's house looks after it.
    pub responsible: Option<Responsible>,
    /// Rises with every change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Organization {
    /// With the next version.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self
        }
    }
}

/// A text that leads to no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no address of a picture: give one that begins with `https://` and a host")]
pub struct NotAPicture;

/// Reads the address of a picture: https only, so that a sign-in page never loads it in the clear.
///
/// # Errors
/// [`NotAPicture`].
pub fn logo_uri(text: &str) -> Result<String, NotAPicture> {
    let rest = text.strip_prefix("https://").ok_or(NotAPicture)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '\\');
    if host.is_empty() || host.contains('@') || text.contains(odd) {
        return Err(NotAPicture);
    }
    Ok(text.to_owned())
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
    fn a_picture_is_at_an_https_address() {
        assert!(logo_uri("https://cdn.example/logo.svg?v=2").is_ok());
        for text in [
            "http://cdn.example/l.png",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://u@h/x",
            "https://h/\"x",
        ] {
            assert_eq!(logo_uri(text), Err(NotAPicture), "{text}");
        }
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
