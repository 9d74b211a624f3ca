//! Tells a person what there is of their second factor.

use entente_access::Person;

use super::App;
use crate::domain::second_factor::SecondFactor;
use crate::error::Error;
use crate::store::second_factor;

/// Reads it, with the number of recovery codes that are left. A secret that waited too long is none. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, person: &Person) -> Result<(Option<SecondFactor>, i64), Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.get_second_factor").await?;
    let factor = second_factor::find(&mut tx, person.user).await?;
    let left = second_factor::count_recovery_codes(&mut tx, person.user).await?;
    tx.commit().await?;
    let factor = factor.map(|factor| SecondFactor {
        pending: factor.pending(now).cloned(),
        ..factor
    });
    Ok((factor, left))
}
