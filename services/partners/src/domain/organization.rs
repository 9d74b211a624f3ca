//! Organizations, as far as they are known here.

use entente_ids::OrganizationId;
use strum::{EnumString, IntoStaticStr};

/// What kind of organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OrganizationKind {
    /// Runs the installation.
    Operator,
    /// Serves clients.
    Partner,
    /// Serves clients below a partner.
    SubPartner,
    /// Refers clients to the operator, and serves those that give it a mandate.
    Affiliate,
    /// Buys from the operator.
    DirectClient,
    /// Is served by a partner.
    Client,
}

/// Where it stands in its lifecycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OrganizationState {
    /// In use.
    Active,
    /// May not change anything.
    Suspended,
    /// Gone.
    Deleted,
}

/// An organization as identity announced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its kind.
    pub kind: OrganizationKind,
    /// Its state.
    pub state: OrganizationState,
    /// Its name.
    pub display_name: String,
    /// The address at which it can be found.
    pub contact_email: String,
}

impl Organization {
    /// Whether it stands in the public directory: it can be found, and be invited by a client.
    pub fn is_listed(&self) -> bool {
        let serves = match self.kind {
            OrganizationKind::Partner | OrganizationKind::SubPartner | OrganizationKind::Affiliate => true,
            OrganizationKind::Operator | OrganizationKind::DirectClient | OrganizationKind::Client => false,
        };
        serves && self.state == OrganizationState::Active
    }

    /// As a side of an invitation.
    pub fn party(&self) -> Party {
        Party {
            id: self.id,
            name: self.display_name.clone(),
        }
    }
}

/// One side of an invitation or a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The organization.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// A client that a partner created, before their partnership starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// The client.
    pub client: OrganizationId,
    /// The partner or sub-partner that it was created below.
    pub partner: OrganizationId,
    /// Who created it.
    pub actor: String,
    /// The organization that they acted in, where it isn't the one acted upon.
    pub on_behalf_of: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// Its trace.
    pub traceparent: Option<String>,
}
