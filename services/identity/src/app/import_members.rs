//! Invites the people of a table, and reports each line.

use entente_access::Access;
use entente_contracts::identity::v1::{ImportMembersRequest, ImportMembersResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;

use super::acting::Acting;
use super::{App, Mode};
use crate::domain::member::Standing;
use crate::domain::member_table::Line;
use crate::error::Error;
use crate::grpc::convert::batch;

/// Whom to invite.
#[derive(Debug)]
pub struct ImportMembers {
    /// Where.
    pub organization: OrganizationId,
    /// The lines of the table.
    pub lines: Vec<Line>,
    /// Whether they are invited.
    pub mode: Mode,
}

/// Invites them one after the other, in one transaction. An address that stands twice is a member by its second line.
///
/// # Errors
/// [`Error::NotFound`] for the organization, or a failure beneath. What is wrong with one line is in its report.
pub async fn run(
    app: &App,
    access: &Access,
    command: ImportMembers,
    once: Once<'_, ImportMembersRequest>,
) -> Result<ImportMembersResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.import_members", command.organization.uuid())
        .await?;
    if command.mode == Mode::Apply
        && let Some(answer) = once.replay(&mut tx).await?
    {
        return Ok(answer);
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let mut answer = ImportMembersResponse::default();
    for line in command.lines {
        let done = match line.entry {
            Ok(entry) => {
                let standing = Standing {
                    role: Some(entry.role),
                    legal_representative: entry.legal_representative,
                };
                acting.invite(&mut tx, entry.email, standing).await
            }
            Err(problem) => Err(Error::field(problem.column(), problem.to_string())),
        };
        let report = match done {
            Ok(done) => {
                answer.invited = answer.invited.saturating_add(1);
                batch::line(line.number, line.email, Ok(&done.after))
            }
            Err(error) if error.is_refusal() => {
                answer.refused = answer.refused.saturating_add(1);
                batch::line(line.number, line.email, Err(error))
            }
            Err(error) => return Err(error),
        };
        answer.lines.push(report);
    }
    if command.mode == Mode::ValidateOnly {
        return Ok(answer);
    }
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
