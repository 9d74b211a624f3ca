//! Errors as problem documents (RFC 9457) that keep what a google.rpc.Status says.

use std::collections::BTreeMap;

use axum::body::Body;
use http::header::{CONNECTION, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, request};
use serde::Serialize;
use tonic::Status;
use tonic_types::StatusExt;

use crate::reason::Reason;
use crate::refusal::{Refusal, Violation};
use crate::status::{code_name, http_status};

/// What a failure says to people, as google.rpc.LocalizedMessage does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalizedMessage {
    /// The language of the message, a tag of BCP 47 such as `fr` or `fr-CH`.
    pub locale: String,
    /// What happened, and what can be done.
    pub message: String,
}

/// Finds the words for a reason, in the language that the headers of the request ask for; without a language in them, in
/// the default one. None where there are no words for the reason.
pub type Localize = fn(reason: &str, headers: &HeaderMap) -> Option<LocalizedMessage>;

/// How problems name their types, and what they say to people.
#[derive(Debug, Clone)]
pub(crate) struct ProblemStyle {
    /// What a reason in lower case is appended to.
    pub(crate) type_base: String,
    /// The domain of this crate's own reasons.
    pub(crate) domain: String,
    /// The words for reasons. None: problems have none.
    pub(crate) localize: Option<Localize>,
}

/// The request that a problem happened to.
#[derive(Debug)]
pub(crate) struct Occurrence<'a> {
    path: &'a str,
    request_id: Option<&'a str>,
    headers: Option<&'a HeaderMap>,
}

impl<'a> Occurrence<'a> {
    pub(crate) const fn unknown() -> Self {
        Self {
            path: "",
            request_id: None,
            headers: None,
        }
    }

    pub(crate) fn of(parts: &'a request::Parts) -> Self {
        Self {
            path: parts.uri.path(),
            request_id: parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()),
            headers: Some(&parts.headers),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    r#type: String,
    title: String,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    localized_message: Option<LocalizedMessage>,
    #[serde(skip_serializing_if = "str::is_empty")]
    instance: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    violations: &'a [Violation],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl ProblemStyle {
    /// The response to a request that was refused here.
    pub(crate) fn refused(&self, refusal: &Refusal, occurrence: &Occurrence<'_>) -> Response<Body> {
        let status = refusal.reason.http_status();
        let reason = refusal.reason.as_str();
        let mut response = respond(
            status,
            &Problem {
                r#type: self.problem_type(Some(reason)),
                title: title(status, Some(reason)),
                status: status.as_u16(),
                detail: &refusal.detail,
                localized_message: self.localized(reason, occurrence),
                instance: occurrence.path,
                code: code_name(refusal.reason.grpc_code()),
                reason: Some(reason),
                domain: Some(self.domain.as_str()).filter(|domain| !domain.is_empty()),
                metadata: BTreeMap::new(),
                violations: &refusal.violations,
                retry_after: refusal.retry_after,
                request_id: occurrence.request_id,
            },
        );
        // The rest of the body stays unread, so no request can follow on this connection. HTTP/2 has no such header, and
        // hyper leaves it out there.
        if matches!(refusal.reason, Reason::RequestTooLarge | Reason::RequestTimeout) {
            insert(response.headers_mut(), CONNECTION, "close");
        }
        if let Some((name, accepted)) = refusal.accepted.as_deref() {
            insert(response.headers_mut(), name.clone(), accepted);
        }
        response
    }

    /// The response to a request whose call a service answered with an error.
    pub(crate) fn failed(&self, error: &Status, occurrence: &Occurrence<'_>) -> Response<Body> {
        let details = error.get_error_details();
        let status = http_status(error.code());
        let info = details.error_info();
        let reason = info
            .map(|info| info.reason.as_str())
            .filter(|reason| !reason.is_empty());
        let violations: Vec<_> = details
            .bad_request()
            .into_iter()
            .flat_map(|request| &request.field_violations)
            .map(|violation| Violation::new(&violation.field, &violation.description))
            .collect();
        let delay = details.retry_info().and_then(|retry| retry.retry_delay);
        // Who knows the case has better words than who knows the reason only.
        let localized = details.localized_message().map(LocalizedMessage::of);
        let by_reason = || reason.and_then(|reason| self.localized(reason, occurrence));
        respond(
            status,
            &Problem {
                r#type: self.problem_type(reason),
                title: title(status, reason),
                status: status.as_u16(),
                detail: error.message(),
                localized_message: localized.or_else(by_reason),
                instance: occurrence.path,
                code: code_name(error.code()),
                reason,
                domain: info
                    .map(|info| info.domain.as_str())
                    .filter(|domain| !domain.is_empty()),
                metadata: info.into_iter().flat_map(|info| info.metadata.clone()).collect(),
                violations: &violations,
                // Whole seconds, rounded up: earlier would be too early.
                retry_after: delay.map(|delay| {
                    delay
                        .as_secs()
                        .saturating_add(u64::from(delay.subsec_nanos() > 0))
                }),
                request_id: occurrence.request_id,
            },
        )
    }

    fn localized(&self, reason: &str, occurrence: &Occurrence<'_>) -> Option<LocalizedMessage> {
        let localize = self.localize?;
        match occurrence.headers {
            Some(headers) => localize(reason, headers),
            None => localize(reason, &HeaderMap::new()),
        }
    }

    fn problem_type(&self, reason: Option<&str>) -> String {
        match reason {
            Some(reason) if !self.type_base.is_empty() => {
                format!("{}{}", self.type_base, reason.to_lowercase())
            }
            Some(_) | None => "about:blank".to_owned(),
        }
    }
}

impl LocalizedMessage {
    fn of(sent: &tonic_types::LocalizedMessage) -> Self {
        Self {
            locale: sent.locale.clone(),
            message: sent.message.clone(),
        }
    }
}

/// The reason in words; without one, the words of the HTTP status.
fn title(status: StatusCode, reason: Option<&str>) -> String {
    let Some(reason) = reason else {
        return status
            .canonical_reason()
            .unwrap_or("Client Closed Request")
            .to_owned();
    };
    let mut words = reason.to_lowercase().replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn respond(status: StatusCode, problem: &Problem<'_>) -> Response<Body> {
    // A struct of strings and numbers always serialises; were it not so, the status alone would still be true.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(localized) = &problem.localized_message {
        insert(headers, CONTENT_LANGUAGE, &localized.locale);
        headers.append(VARY, HeaderValue::from_static("accept-language"));
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
