//! Sets what a mandate grants.

use entente_pg::retry_conflicts;

use super::App;
use crate::domain::decision::{Change, Grant, Revision};
use crate::error::Error;
use crate::store::grant::{self, Put};
use crate::store::{organization, revision};

/// Sets it, unless a version at least as new is known. Narrowing and ending are in force everywhere when it returns,
/// also where the version was known: the first answer may have been lost before that.
///
/// # Errors
/// [`Error::Field`] for an organization that isn't there or a partnership of others, or a failure beneath.
pub async fn run(app: &App, grant: Grant) -> Result<Revision, Error> {
    let revision = retry_conflicts(Error::is_conflict, || write(app, &grant)).await?;
    app.applied(revision).await;
    Ok(revision)
}

async fn write(app: &App, grant: &Grant) -> Result<Revision, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.put_grant", grant.client.uuid())
        .await?;
    // Who decided on this client's access goes first, or decides again.
    organization::lock(&mut tx, grant.client).await?;
    let revision = match grant::put(&mut tx, grant, now)
        .await
        .map_err(unknown_organization)?
    {
        Put::Newer => revision::append(&mut tx, &[Change::Grant(grant.clone())], now).await?,
        Put::Stale => revision::current(&mut tx).await?,
        Put::OtherParties => {
            let description = "is the partnership of other organizations: its parties never change";
            return Err(Error::field("grant.partnership", description));
        }
    };
    tx.commit().await?;
    Ok(revision)
}

fn unknown_organization(error: entente_pg::Error) -> Error {
    let field = match error.constraint() {
        Some("mandate_grant_client") => "grant.client",
        Some("mandate_grant_partner") => "grant.partner",
        _ => return error.into(),
    };
    Error::field(field, "is no organization of this installation: check the id")
}
