//! What comes of an item of a batch, in the contract's words.

use entente_contracts::identity::v1::{ImportedLine, ItemError, MemberResult};
use entente_runtime::status;
use tonic::Status;

use crate::domain::decision::PermissionSet;
use crate::domain::member::Member;
use crate::engine::vocabulary;
use crate::error::Error;

/// What was done to a member, and what the person may do since.
pub fn done(id: String, after: &Member, gained: PermissionSet, lost: PermissionSet) -> MemberResult {
    let names = |set: PermissionSet| set.iter().map(vocabulary::permission_name).collect();
    MemberResult {
        id,
        member: Some(super::member(after)),
        error: None,
        gained: names(gained),
        lost: names(lost),
    }
}

/// Why nothing was done.
pub fn refused(id: String, error: Error) -> MemberResult {
    MemberResult {
        id,
        error: Some(item_error(error)),
        ..MemberResult::default()
    }
}

/// The report of a line.
pub fn line(number: u64, email: String, done: Result<&Member, Error>) -> ImportedLine {
    let line = i32::try_from(number).unwrap_or(i32::MAX);
    match done {
        Ok(member) => ImportedLine {
            line,
            email,
            member: Some(super::member(member)),
            error: None,
        },
        Err(error) => ImportedLine {
            line,
            email,
            member: None,
            error: Some(item_error(error)),
        },
    }
}

/// What the call for the item alone would have answered.
fn item_error(error: Error) -> ItemError {
    let status = Status::from(error);
    ItemError {
        code: status.code().into(),
        reason: status::reason(&status).unwrap_or_default(),
        message: status.message().to_owned(),
    }
}
