//! Puts events into the outbox, in the transaction that they tell of.

use entente_contracts::partners::events::v1::{
    PartnershipChanged, PartnershipInvitationChanged, ProductChanged,
};
use entente_events::{InvalidTopic, Topic};
use entente_service::{Actor, Announcement, Context, changes};
use sqlx::PgConnection;

use super::fields;
use crate::domain::invitation::Invitation;
use crate::domain::partnership::Partnership;
use crate::domain::product::Product;
use crate::error::Error;
use crate::grpc::convert;

const SERVICE: &str = "partners";
const AGGREGATES: [&str; 3] = ["product", "invitation", "partnership"];

/// Every topic on which partners announces.
pub fn topics() -> Vec<Topic> {
    // The names are fixed, and a test holds them to the contract.
    AGGREGATES
        .iter()
        .filter_map(|aggregate| Topic::new(SERVICE, aggregate).ok())
        .collect()
}

/// Announces what happens to products, invitations and partnerships.
#[derive(Clone, Debug)]
pub struct Announcer {
    context: Context,
    product: Topic,
    invitation: Topic,
    partnership: Topic,
}

impl Announcer {
    /// Announces through the outbox of the service.
    ///
    /// # Errors
    /// Never, as a test shows: the names of the topics are fixed.
    pub fn new(context: Context) -> Result<Self, InvalidTopic> {
        let [product, invitation, partnership] = AGGREGATES;
        Ok(Self {
            context,
            product: Topic::new(SERVICE, product)?,
            invitation: Topic::new(SERVICE, invitation)?,
            partnership: Topic::new(SERVICE, partnership)?,
        })
    }

    /// Announces a product, as it was and as it is.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn product(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Product>,
        after: &Product,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.organization],
            changes: changes(before.map(fields::of_product), Some(fields::of_product(after))),
            payload: ProductChanged {
                product: Some(convert::product(after)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.product, actor, announcement)
            .await?)
    }

    /// Announces an invitation, as it was and as it is, to both sides.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn invitation(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Invitation>,
        after: &Invitation,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.client.id, after.partner.id],
            changes: changes(
                before.map(fields::of_invitation),
                Some(fields::of_invitation(after)),
            ),
            // The step has just been taken: where it stands is what is stored.
            payload: PartnershipInvitationChanged {
                invitation: Some(convert::invitation(after, after.updated_at)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.invitation, actor, announcement)
            .await?)
    }

    /// Announces a partnership, as it was and as it is, to both sides.
    ///
    /// # Errors
    /// [`Error::Announce`]: the transaction must be rolled back.
    pub async fn partnership(
        &self,
        conn: &mut PgConnection,
        kind: &'static str,
        actor: &Actor,
        before: Option<&Partnership>,
        after: &Partnership,
    ) -> Result<(), Error> {
        let announcement = Announcement {
            kind,
            key: after.id.to_string(),
            organizations: &[after.client.id, after.partner.id],
            changes: changes(
                before.map(fields::of_partnership),
                Some(fields::of_partnership(after)),
            ),
            payload: PartnershipChanged {
                partnership: Some(convert::partnership(after)),
            },
        };
        Ok(self
            .context
            .announce(conn, &self.partnership, actor, announcement)
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topics_have_the_names_of_the_contract() {
        let names: Vec<_> = topics().iter().map(ToString::to_string).collect();
        let wanted =
            ["product", "invitation", "partnership"].map(|name| format!("entente.partners.{name}.v1"));
        assert_eq!(names, wanted);
    }
}
