//! The moment by which the caller wants its answer, and what is left until then.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use crate::context::{self, Context};

/// The header that carries the time left, relative because clocks differ (gRPC over HTTP/2, `Timeout`).
const HEADER: &str = "grpc-timeout";

/// An absolute moment on this machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The moment that lies `limit` from now.
    pub fn after(limit: Duration) -> Self {
        let now = Instant::now();
        // A caller may send a limit of years; beyond a day a deadline means nothing.
        Self(
            now.checked_add(limit.min(Duration::from_hours(24)))
                .unwrap_or(now),
        )
    }

    /// The moment itself, for `tokio::time::timeout_at`.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn expired(self) -> bool {
        self.remaining().is_zero()
    }
}

/// The deadline of the request that is being served, if it has one.
pub fn current() -> Option<Deadline> {
    context::current()?.deadline()
}

/// What is left to serve the request, if it has a deadline. Give it to what waits: a pool, a lock, a statement.
pub fn remaining() -> Option<Duration> {
    current().map(Deadline::remaining)
}

/// Runs `work` under another deadline, or under none; the rest of the context stays.
pub async fn scope<F: Future>(deadline: Option<Deadline>, work: F) -> F::Output {
    let context = context::current().unwrap_or_else(Context::background);
    context::scope(context.with_deadline(deadline), work).await
}

/// The limit that the caller sent. One that can't be read counts as none, as gRPC implementations do.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(value)),
        "M" => Some(Duration::from_mins(value)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

/// Writes what is left, in the finest unit that fits the eight digits which the protocol allows.
pub(crate) fn to_headers(remaining: Duration, headers: &mut HeaderMap) {
    const MOST: u128 = 99_999_999;
    let micros = remaining.as_micros();
    let text = if micros <= MOST {
        format!("{micros}u")
    } else {
        format!("{}m", remaining.as_millis().min(MOST))
    };
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(HEADER, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Option<Duration> {
        from_headers(&HeaderMap::from_iter([(
            http::HeaderName::from_static(HEADER),
            HeaderValue::from_static(text),
        )]))
    }

    #[test]
    fn every_unit_of_the_protocol_is_read() {
        assert_eq!(read("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(read("2M"), Some(Duration::from_secs(120)));
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        assert_eq!(read("2m"), Some(Duration::from_millis(2)));
        assert_eq!(read("2u"), Some(Duration::from_micros(2)));
        assert_eq!(read("2n"), Some(Duration::from_nanos(2)));
    }

    #[test]
    fn a_malformed_limit_counts_as_none() {
        for text in ["", "S", "12", "+1S", "-1S", "1s", "123456789S", "1 S"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for left in [
            Duration::ZERO,
            Duration::from_millis(1500),
            Duration::from_secs(3600),
        ] {
            let mut headers = HeaderMap::new();
            to_headers(left, &mut headers);
            assert_eq!(from_headers(&headers), Some(left));
        }
    }

    #[tokio::test]
    async fn a_limit_of_years_is_a_deadline_of_a_day() {
        assert!(Deadline::after(Duration::MAX).remaining() <= Duration::from_secs(24 * 3600));
    }

    #[tokio::test]
    async fn a_scope_without_a_deadline_lifts_the_one_around_it() {
        let inner = scope(Some(Deadline::after(Duration::from_secs(1))), async {
            assert!(remaining().is_some());
            scope(None, async { remaining() }).await
        });

        assert_eq!(inner.await, None);
    }
}
