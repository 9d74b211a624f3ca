//! Reads one member.

use entente_ids::{MemberId, OrganizationId};

use super::App;
use crate::domain::member::Member;
use crate::error::Error;
use crate::store::member;

/// Reads it, removed or not.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, organization: OrganizationId, id: MemberId) -> Result<Member, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_member", organization.uuid())
        .await?;
    let found = member::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("member"))
}
