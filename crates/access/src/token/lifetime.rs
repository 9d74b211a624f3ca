//! From when until when a token is good.

use crate::Reason;

/// How far the clock of who signed may be ahead of ours. It prolongs nothing: an end is an end.
pub(super) const LEEWAY_SECONDS: i64 = 10;

/// From when until when, in seconds since 1970 (RFC 7519, `NumericDate`).
pub(super) struct Lifetime {
    pub(super) issued: i64,
    pub(super) not_before: Option<i64>,
    pub(super) expires: i64,
}

impl Lifetime {
    pub(super) fn check(&self, now: i64) -> Result<(), Reason> {
        let begins = self.not_before.unwrap_or(self.issued).max(self.issued);
        if begins > now.saturating_add(LEEWAY_SECONDS) || self.expires <= self.issued {
            return Err(Reason::TokenInvalid);
        }
        if self.expires <= now {
            return Err(Reason::TokenExpired);
        }
        Ok(())
    }
}
