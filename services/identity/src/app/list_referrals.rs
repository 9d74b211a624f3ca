//! Lists the clients of an advisor.

use entente_ids::{MemberId, OrganizationId};
use entente_paging::Page;
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
    /// Which page.
    pub page: Page<(Timestamp, OrganizationId)>,
}

/// Lists them, who was added first at the front, with the token of the next page.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListReferrals) -> Result<(Vec<Referral>, String), Error> {
    let first = (Timestamp::UNIX_EPOCH, OrganizationId::from_uuid(Uuid::nil()));
    let after = *query.page.after().unwrap_or(&first);
    let mut tx = app
        .database()
        .tenant("identity.list_referrals", query.partner.uuid())
        .await?;
    member::find(&mut tx, query.partner, query.advisor)
        .await?
        .ok_or(Error::NotFound("member"))?;
    let found = referral::list(&mut tx, query.advisor, after, query.page.limit()).await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| (last.added_at, last.client)))
}
