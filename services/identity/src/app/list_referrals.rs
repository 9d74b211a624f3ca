//! Lists the clients of an advisor.

use entente_ids::{MemberId, OrganizationId};
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::error::Error;
use crate::store::member;
use crate::store::referral::{self, Referral};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListReferrals {
    /// The partner.
    pub partner: OrganizationId,
    /// The advisor.
    pub advisor: MemberId,
    /// The client after which the page begins; none for the first.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them, who was added first at the front.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListReferrals) -> Result<Vec<Referral>, Error> {
    let after = query.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let mut tx = app
        .database()
        .tenant("identity.list_referrals", query.partner.uuid())
        .await?;
    member::find(&mut tx, query.partner, query.advisor)
        .await?
        .ok_or(Error::NotFound("member"))?;
    let found = referral::list(&mut tx, query.advisor, after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
