//! Who opened a page, and by which link.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use tonic::Request;
use tonic::metadata::AsciiMetadataValue;

use super::texts::{self, Texts};
use crate::incoming::{FORWARDED_FOR, FORWARDED_USER_AGENT};
use crate::language::Language;

/// A page's call must not hang where the page itself is not waited for any more.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One visit of a page.
pub(super) struct Visit {
    /// What the page says, in the visitor's language as far as it is known.
    pub(super) texts: &'static Texts,
    wanted: Option<Language>,
    /// The token of the link, or the slug of the front door. Empty where it can't be read, and so as dead as any wrong one.
    pub(super) token: String,
    origin: Vec<(&'static str, AsciiMetadataValue)>,
}

impl Visit {
    /// The texts where it is known which language, by its tag, who asks for none is to be shown.
    pub(super) fn texts_or(&self, tag: &str) -> &'static Texts {
        let language = self.wanted.or_else(|| Language::of(tag));
        language.map_or(self.texts, texts::in_language)
    }

    /// A call for the visitor. The services are to see where it comes from: they slow down who guesses.
    pub(super) fn call<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(TIMEOUT);
        for (name, value) in &self.origin {
            request.metadata_mut().insert(*name, value.clone());
        }
        request
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let token = Path::<String>::from_request_parts(parts, state).await;
        let origin = [FORWARDED_FOR, FORWARDED_USER_AGENT]
            .into_iter()
            .filter_map(|name| {
                let value = parts.headers.get(name)?.to_str().ok()?;
                Some((name, value.parse().ok()?))
            });
        let origin = origin.collect();
        Ok(Self {
            texts: texts::of(&parts.headers),
            wanted: Language::wanted(&parts.headers),
            token: token.map(|Path(token)| token).unwrap_or_default(),
            origin,
        })
    }
}
