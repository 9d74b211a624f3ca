//! Shows whose front door a slug leads to.

use super::App;
use crate::domain::language::Language;
use crate::domain::organization::Organization;
use crate::domain::slug::Slug;
use crate::error::Error;
use crate::store::{organization, settings};

/// Finds it, and the language in which its people are written to who have chosen none. It runs as the worker: who stands
/// before the door hasn't signed in.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, slug: &Slug) -> Result<(Organization, Language), Error> {
    let mut tx = app.database().system("identity.get_front_door").await?;
    let found = organization::lookup(&mut tx, slug)
        .await?
        .ok_or(Error::NotFound("front door"))?;
    let locale = settings::locale(&mut tx, found.id, None, None).await?;
    tx.commit().await?;
    Ok((found, locale.language))
}
