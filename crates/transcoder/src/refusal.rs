//! A request that this crate refuses by itself.

use serde::Serialize;

use crate::reason::Reason;

/// An answer must not be many times what was sent.
const MAX_VIOLATIONS: usize = 32;

/// A field that is wrong, and the mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    pub(crate) field: String,
    pub(crate) description: String,
}

/// Why a request was refused, and what its sender can do.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
    pub(crate) violations: Vec<Violation>,
    /// The header that tells what would have been accepted.
    pub(crate) accepted: Option<Box<(http::HeaderName, String)>>,
    /// Seconds after which to try again.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            violations: Vec::new(),
            accepted: None,
            retry_after: None,
        }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Reason::MalformedRequest, detail)
    }

    /// Refuses for what is wrong in single fields.
    pub(crate) fn violations(mut violations: Vec<Violation>) -> Self {
        let detail = match violations.as_slice() {
            [one] if one.field.is_empty() => one.description.clone(),
            [one] => format!("`{}` {}", one.field, one.description),
            several => format!("{} fields are wrong; see the violations", several.len()),
        };
        violations.truncate(MAX_VIOLATIONS);
        Self {
            violations,
            ..Self::malformed(detail)
        }
    }

    pub(crate) fn accepting(mut self, header: http::HeaderName, accepted: impl Into<String>) -> Self {
        self.accepted = Some(Box::new((header, accepted.into())));
        self
    }

    pub(crate) fn unavailable() -> Self {
        let refusal = Self::new(
            Reason::ServiceUnavailable,
            "the service can't be reached now; try again shortly",
        );
        Self {
            retry_after: Some(1),
            ..refusal
        }
    }

    pub(crate) fn deadline_exceeded() -> Self {
        Self::new(
            Reason::DeadlineExceeded,
            "the service didn't answer in time; look whether it was done, or try again",
        )
    }
}

impl Violation {
    pub(crate) fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}
