//! What a page says when a service says no.

use axum::response::Response;
use entente_runtime::status::Failure;
use http::{StatusCode, header};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::html::{foreign, page, paragraph, problem};
use super::texts::Texts;
use crate::messages;

/// What a failure means to who has a link in hand.
pub(super) enum Meaning {
    /// The link leads nowhere.
    Dead,
    /// Something else could be tried in the form.
    Refused,
    /// Nothing can be done but wait.
    Away,
}

/// What a failure means.
pub(super) const fn meaning(code: Code) -> Meaning {
    match code {
        Code::NotFound => Meaning::Dead,
        Code::InvalidArgument
        | Code::Unauthenticated
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::OutOfRange => Meaning::Refused,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Meaning::Away,
    }
}

/// The page of a link that can't be looked up.
pub(super) fn not_shown(texts: &Texts, status: &Status) -> Response {
    // A token that is no token is refused as a field, and is a dead link all the same.
    if matches!(status.code(), Code::NotFound | Code::InvalidArgument) {
        return dead(texts);
    }
    away(texts, status)
}

/// The page of a link that leads nowhere.
pub(super) fn dead(texts: &Texts) -> Response {
    page(
        StatusCode::NOT_FOUND,
        texts,
        texts.dead_title,
        &paragraph(texts.dead),
    )
}

/// The page of a service that is away.
pub(super) fn away(texts: &Texts, status: &Status) -> Response {
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, texts, texts.later, "");
    let delay = status.get_details_retry_info().and_then(|hint| hint.retry_delay);
    let seconds = delay.map_or(60, |delay| delay.as_secs().max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// The refusal of a sign-in: a password that nobody can have is as wrong as any other one, and none is chosen here.
pub(super) fn of_sign_in(status: Status) -> Status {
    let details = status.get_error_details();
    let mut violations = details
        .bad_request()
        .into_iter()
        .flat_map(|bad| &bad.field_violations);
    if violations.any(|violation| violation.field == "password") {
        let message = "the address or the password is wrong: check both";
        return Failure::mendable(Code::Unauthenticated, "CREDENTIALS_WRONG", message).into();
    }
    status
}

/// What a refusal says, as HTML: in the reader's language by the field that is wrong or by the reason, otherwise in the
/// service's own words. Those tell more where a field is wrong that no page has words for.
pub(super) fn explain(texts: &Texts, status: &Status) -> String {
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.as_slice())
        .unwrap_or_default();
    let by_field = violations
        .iter()
        .find_map(|violation| (texts.field)(&violation.field));
    let by_reason = || {
        let reason = details.error_info()?.reason.as_str();
        let general = || messages::of(texts.language, reason).filter(|_| violations.is_empty());
        (texts.reason)(reason).or_else(general)
    };
    match by_field.or_else(by_reason) {
        Some(text) => problem(text),
        None => foreign(texts.failed, status.message()),
    }
}
