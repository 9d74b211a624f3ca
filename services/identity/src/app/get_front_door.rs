//! Shows whose front door a slug leads to.

use super::App;
use crate::domain::organization::Organization;
use crate::domain::slug::Slug;
use crate::error::Error;
use crate::store::organization;

/// Finds it. It runs as the worker: who stands before the door hasn't signed in.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, slug: &Slug) -> Result<Organization, Error> {
    let mut tx = app.database().system("identity.get_front_door").await?;
    let found = organization::lookup(&mut tx, slug).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("front door"))
}
