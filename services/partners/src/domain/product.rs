//! Products: what a client has and a partner can look after.

use entente_ids::{OrganizationId, ProductId};
use jiff::Timestamp;

use super::name::Name;

/// Something that a client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The category that it stands in.
    pub category: Name,
    /// Its name, unique in its category.
    pub display_name: Name,
    /// Rises with every change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is to be different; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductUpdate {
    /// The new category.
    pub category: Option<Name>,
    /// The new name.
    pub display_name: Option<Name>,
}

impl Product {
    /// The product after an update; none where nothing differs.
    pub fn updated(&self, update: ProductUpdate, now: Timestamp) -> Option<Self> {
        let category = update.category.unwrap_or_else(|| self.category.clone());
        let display_name = update.display_name.unwrap_or_else(|| self.display_name.clone());
        if category == self.category && display_name == self.display_name {
            return None;
        }
        Some(Self {
            category,
            display_name,
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        })
    }
}
