//! Sets what billing says of an organization.

use entente_pg::retry_conflicts;

use super::App;
use crate::domain::decision::{Change, GateSetting, Revision};
use crate::error::Error;
use crate::store::{gate, organization, revision};

/// Sets it, unless a version at least as new is known. It is in force everywhere when it returns.
///
/// # Errors
/// [`Error::Field`] for an organization that isn't there, or a failure beneath.
pub async fn run(app: &App, setting: GateSetting) -> Result<Revision, Error> {
    let revision = retry_conflicts(Error::is_conflict, || write(app, &setting)).await?;
    app.applied(revision).await;
    Ok(revision)
}

async fn write(app: &App, setting: &GateSetting) -> Result<Revision, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.put_gate", setting.organization.uuid())
        .await?;
    // Who decided on this organization's access goes first, or decides again.
    organization::lock(&mut tx, setting.organization).await?;
    let newer = gate::put(&mut tx, setting, now)
        .await
        .map_err(unknown_organization)?;
    let revision = if newer {
        revision::append(&mut tx, &[Change::Gate(setting.clone())], now).await?
    } else {
        revision::current(&mut tx).await?
    };
    tx.commit().await?;
    Ok(revision)
}

fn unknown_organization(error: entente_pg::Error) -> Error {
    if error.constraint() == Some("gate_organization") {
        return Error::field(
            "organization",
            "is no organization of this installation: check the id",
        );
    }
    error.into()
}
