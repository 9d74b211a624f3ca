//! Takes many members out in one revision.

use entente_access::Access;
use entente_contracts::identity::v1::{BatchRemoveMembersRequest, BatchRemoveMembersResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use sqlx::PgConnection;

use super::acting::{Acting, Done, Exit};
use super::batch_update_member_roles::{Outcome, known};
use super::{App, Mode, OneMember, check_etag};
use crate::domain::member::{Member, MemberState};
use crate::error::Error;

/// Whom to remove.
#[derive(Debug)]
pub struct BatchRemoveMembers {
    /// Where.
    pub organization: OrganizationId,
    /// Each member, with the id as it was asked for; what can't be read is answered in its result.
    pub removals: Vec<(String, Result<OneMember, Error>)>,
    /// Whether they are removed.
    pub mode: Mode,
}

/// Removes them one after the other, in one transaction.
///
/// # Errors
/// [`Error::NotFound`] for the organization, or a failure beneath. What can't be done to one member is in its result.
pub async fn run(
    app: &App,
    access: &Access,
    command: BatchRemoveMembers,
    once: Once<'_, BatchRemoveMembersRequest>,
) -> Result<BatchRemoveMembersResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.batch_remove_members", command.organization.uuid())
        .await?;
    if command.mode == Mode::Apply
        && let Some(answer) = once.replay(&mut tx).await?
    {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let asked = command
        .removals
        .iter()
        .filter_map(|(_, removal)| removal.as_ref().ok());
    let mut known = known(&mut tx, command.organization, asked.map(|removal| removal.id)).await?;
    let mut outcome = Outcome::default();
    for (id, removal) in command.removals {
        let done = match removal {
            Ok(removal) => match known.remove(&removal.id.uuid()) {
                Some(before) => one(&mut acting, &mut tx, before, &removal.etag).await,
                None => Err(Error::NotFound("member")),
            },
            Err(error) => Err(error),
        };
        outcome.add(app, id, done)?;
    }
    let answer = BatchRemoveMembersResponse {
        results: outcome.results,
    };
    if command.mode == Mode::ValidateOnly {
        return Ok(answer);
    }
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &outcome.changes, acting.now()).await?;
    Ok(answer)
}

/// As RemoveMember: who is removed already stays so.
async fn one(
    acting: &mut Acting<'_>,
    conn: &mut PgConnection,
    before: Member,
    etag: &str,
) -> Result<Done, Error> {
    if before.state == MemberState::Removed {
        return Ok(Done {
            after: before.clone(),
            before: Some(before),
            changes: Vec::new(),
        });
    }
    check_etag(etag, before.version)?;
    acting.take_out(conn, before, Exit::Removed).await
}
