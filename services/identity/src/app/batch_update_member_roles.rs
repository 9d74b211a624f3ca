//! Changes the roles of many members in one revision.

use entente_idempotency::Once;
use std::collections::HashMap;

use entente_access::Access;
use entente_contracts::identity::v1::{
    BatchUpdateMemberRolesRequest, BatchUpdateMemberRolesResponse, MemberResult,
};
use entente_ids::{MemberId, OrganizationId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::acting::{Acting, Done, Wanted};
use super::{App, Mode, check_etag};
use crate::domain::decision::Change;
use crate::domain::member::Member;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert::batch;
use crate::store::member;

/// Whose roles to change.
#[derive(Debug)]
pub struct BatchUpdateMemberRoles {
    /// Where.
    pub organization: OrganizationId,
    /// Each change, with the id as it was asked for; what can't be read is answered in its result.
    pub changes: Vec<(String, Result<RoleChange, Error>)>,
    /// Whether they are changed.
    pub mode: Mode,
}

/// A new role for one member.
#[derive(Debug)]
pub struct RoleChange {
    /// Which member.
    pub id: MemberId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new role.
    pub role: RoleRef,
}

/// Changes them one after the other, in one transaction.
///
/// # Errors
/// [`Error::NotFound`] for the organization, or a failure beneath. What can't be done to one member is in its result.
pub async fn run(
    app: &App,
    access: &Access,
    command: BatchUpdateMemberRoles,
    once: Once<'_, BatchUpdateMemberRolesRequest>,
) -> Result<BatchUpdateMemberRolesResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.batch_update_member_roles", command.organization.uuid())
        .await?;
    if command.mode == Mode::Apply
        && let Some(answer) = once.replay(&mut tx).await?
    {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let asked = command
        .changes
        .iter()
        .filter_map(|(_, change)| change.as_ref().ok());
    let mut known = known(&mut tx, command.organization, asked.map(|change| change.id)).await?;
    let mut outcome = Outcome::default();
    for (id, change) in command.changes {
        let done = match change {
            Ok(change) => one(&mut acting, &mut tx, &mut known, change).await,
            Err(error) => Err(error),
        };
        outcome.add(app, id, done)?;
    }
    let answer = BatchUpdateMemberRolesResponse {
        results: outcome.results,
    };
    if command.mode == Mode::ValidateOnly {
        return Ok(answer);
    }
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &outcome.changes, acting.now()).await?;
    Ok(answer)
}

async fn one(
    acting: &mut Acting<'_>,
    conn: &mut PgConnection,
    known: &mut HashMap<Uuid, Member>,
    change: RoleChange,
) -> Result<Done, Error> {
    let before = known.remove(&change.id.uuid()).ok_or(Error::NotFound("member"))?;
    check_etag(&change.etag, before.version)?;
    let wanted = Wanted {
        role: Some(change.role),
        legal_representative: None,
    };
    acting.change(conn, before, wanted).await
}

/// The members that are asked about, each to be taken once.
pub(super) async fn known(
    conn: &mut PgConnection,
    organization: OrganizationId,
    ids: impl Iterator<Item = MemberId>,
) -> Result<HashMap<Uuid, Member>, Error> {
    let ids: Vec<Uuid> = ids.map(MemberId::uuid).collect();
    let found = member::find_all(conn, organization, &ids).await?;
    Ok(found
        .into_iter()
        .map(|member| (member.id.uuid(), member))
        .collect())
}

/// What comes of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    /// For each item.
    pub(super) results: Vec<MemberResult>,
    /// For the decisions.
    pub(super) changes: Vec<Change>,
}

impl Outcome {
    /// Adds what came of an item: a refusal is its result, a failure ends the batch.
    pub(super) fn add(&mut self, app: &App, id: String, done: Result<Done, Error>) -> Result<(), Error> {
        let result = match done {
            Ok(done) => {
                let before = done.before.as_ref().map(|before| app.rights_of(before));
                let before = before.unwrap_or_default();
                let after = app.rights_of(&done.after);
                self.changes.extend(done.changes);
                batch::done(id, &done.after, after.beyond(before), before.beyond(after))
            }
            Err(error) if error.is_refusal() => batch::refused(id, error),
            Err(error) => return Err(error),
        };
        self.results.push(result);
        Ok(())
    }
}
