//! Lists the roles of an organization: the built-in ones, then its own.

use entente_ids::OrganizationId;
use sqlx::PgConnection;

use super::App;
use crate::domain::custom_role::CustomRole;
use crate::domain::decision::Rights;
use crate::domain::matrix::IN_EVERY_ORGANIZATION;
use crate::domain::role::{BuiltInRole, RoleRef};
use crate::error::Error;
use crate::store::role::{self, Holders};

/// The built-in roles that people can have, in the order in which they are shown.
const ORDER: [BuiltInRole; 5] = [
    BuiltInRole::AccountManager,
    BuiltInRole::BillingManager,
    BuiltInRole::TechnicalManager,
    BuiltInRole::SubscriptionManager,
    BuiltInRole::DelegatedAccountAdministrator,
];

/// A role as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// One that every installation has, with what it gives in this organization.
    BuiltIn(BuiltInRole, Rights),
    /// One of the organization's own.
    Custom(CustomRole),
}

impl Shown {
    /// How it is named.
    pub fn reference(&self) -> RoleRef {
        match self {
            Self::BuiltIn(role, _) => RoleRef::BuiltIn(*role),
            Self::Custom(role) => RoleRef::Custom(role.id),
        }
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// After so many of the built-in ones.
    BuiltIn(usize),
    /// After the custom one whose name has this key.
    Custom(String),
}

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListRoles {
    /// The organization.
    pub organization: OrganizationId,
    /// Where the page begins.
    pub after: After,
    /// At most so many.
    pub limit: usize,
}

/// Lists them, with how many have each.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListRoles) -> Result<Vec<(Shown, Holders)>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_roles", query.organization.uuid())
        .await?;
    let mut found = match query.after {
        After::BuiltIn(seen) => built_in(app, query.organization).into_iter().skip(seen).collect(),
        After::Custom(_) => Vec::new(),
    };
    found.truncate(query.limit);
    let left = i64::try_from(query.limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
    let name = match &query.after {
        After::BuiltIn(_) => "",
        After::Custom(name) => name,
    };
    let custom = role::list(&mut tx, query.organization, name, left).await?;
    found.extend(custom.into_iter().map(Shown::Custom));
    let counted = with_holders(&mut tx, query.organization, found).await?;
    tx.commit().await?;
    Ok(counted)
}

/// The built-in roles that an organization has.
pub(super) fn built_in(app: &App, organization: OrganizationId) -> Vec<Shown> {
    IN_EVERY_ORGANIZATION
        .into_iter()
        .chain(ORDER)
        .filter_map(|role| {
            let rights = app.engine.rights_of_role(organization, role.into())?;
            Some(Shown::BuiltIn(role, rights))
        })
        .collect()
}

/// The same roles with how many have each.
pub(super) async fn with_holders(
    conn: &mut PgConnection,
    organization: OrganizationId,
    roles: Vec<Shown>,
) -> Result<Vec<(Shown, Holders)>, Error> {
    let references: Vec<RoleRef> = roles.iter().map(Shown::reference).collect();
    let counted = role::count_holders(conn, organization, &references).await?;
    let of = |wanted: RoleRef| {
        let known = counted.iter().find(|(role, _)| *role == wanted);
        known.map(|(_, holders)| *holders).unwrap_or_default()
    };
    Ok(roles
        .into_iter()
        .map(|shown| {
            let holders = of(shown.reference());
            (shown, holders)
        })
        .collect())
}
