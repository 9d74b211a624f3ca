//! Lists the roles of an organization: the built-in ones, then its own.

use entente_ids::OrganizationId;
use entente_paging::Page;
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

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListRoles {
    /// The organization.
    pub organization: OrganizationId,
    /// Which page, by what [`key`] gives.
    pub page: Page<(String, String)>,
}

/// What orders the roles: the word of a built-in one, in the order in which they are shown, or the key of a name.
fn key(shown: &Shown) -> (String, String) {
    match shown {
        Shown::BuiltIn(role, _) => (role.as_str().to_owned(), String::new()),
        Shown::Custom(role) => (String::new(), role.display_name.key()),
    }
}

/// Lists them, with how many have each, and the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListRoles) -> Result<(Vec<(Shown, Holders)>, String), Error> {
    let (word, name) = query.page.after().cloned().unwrap_or_default();
    let mut tx = app
        .database()
        .tenant("identity.list_roles", query.organization.uuid())
        .await?;
    let mut found = match (word.as_str(), name.as_str()) {
        ("", "") => built_in(app, query.organization),
        ("", _) => Vec::new(),
        (word, _) => {
            let all = built_in(app, query.organization).into_iter();
            all.skip_while(|shown| key(shown).0 != word).skip(1).collect()
        }
    };
    let custom = role::list(&mut tx, query.organization, &name, query.page.limit()).await?;
    found.extend(custom.into_iter().map(Shown::Custom));
    let (found, next_page_token) = query.page.cut(found, key);
    let counted = with_holders(&mut tx, query.organization, found).await?;
    tx.commit().await?;
    Ok((counted, next_page_token))
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
