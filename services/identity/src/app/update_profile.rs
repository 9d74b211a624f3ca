//! Changes what a person says of themselves.

use entente_access::{Access, Person};
use entente_contracts::identity::v1::{UpdateProfileRequest, UpdateProfileResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::{App, check_etag};
use crate::domain::language::Language;
use crate::domain::name::DisplayName;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::user_account::{self, Account};

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateProfile {
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new name, if that changes.
    pub display_name: Option<DisplayName>,
    /// The new language, if that changes; none within means that of the organization.
    pub language: Option<Option<Language>>,
}

/// Changes the profile. It belongs to no organization, so it runs as the worker.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, [`Error::StaleEtag`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    person: &Person,
    command: UpdateProfile,
    once: Once<'_, UpdateProfileRequest>,
) -> Result<UpdateProfileResponse, Error> {
    let mut tx = app.database().system("identity.update_profile").await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = user_account::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    check_etag(&command.etag, before.version)?;

    let mut after = Account {
        display_name: command
            .display_name
            .map_or_else(|| before.display_name.clone(), Into::into),
        language: command.language.unwrap_or(before.language),
        ..before.clone()
    };
    if (&after.display_name, after.language) != (&before.display_name, before.language) {
        after = after.changed(app.now());
        user_account::update(&mut tx, &after).await?;
        app.announcer
            .account(
                &mut tx,
                "account.updated",
                &Actor::from(access),
                Some(&before),
                &after,
            )
            .await?;
    }
    let answer = UpdateProfileResponse {
        profile: Some(convert::profile(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
