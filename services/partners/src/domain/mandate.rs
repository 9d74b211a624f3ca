//! Mandates: what a client entrusts to a partner.

use entente_ids::ProductId;

/// How much of a client a mandate covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Some of the client's products.
    Limited(Products),
    /// The whole organization.
    Complete,
}

impl Scope {
    /// The word for it.
    pub fn access(&self) -> &'static str {
        match self {
            Self::Limited(_) => "limited",
            Self::Complete => "complete",
        }
    }

    /// The products that it names; none where it is complete.
    pub fn products(&self) -> &[ProductId] {
        match self {
            Self::Limited(products) => &products.0,
            Self::Complete => &[],
        }
    }
}

/// Products of a limited mandate: at least one, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Products(Vec<ProductId>);

impl Products {
    /// These products; none where there aren't any, since a mandate over nothing is none.
    pub fn new(products: Vec<ProductId>) -> Option<Self> {
        let mut seen = std::collections::HashSet::new();
        let products: Vec<_> = products
            .into_iter()
            .filter(|product| seen.insert(*product))
            .collect();
        (!products.is_empty()).then_some(Self(products))
    }
}

/// What a partnership allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Rises with every change of what is allowed.
    pub version: i64,
    /// How much it covers.
    pub scope: Scope,
}
