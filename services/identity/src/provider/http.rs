//! HTTP as the provider is asked by it: TLS by rustls, trusting what this machine trusts; short answers, no redirects.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::crypto::ring;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Key sets and user information are a few kilobytes.
const LONGEST: usize = 1 << 20;

/// Why an answer was not had.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// There was none.
    #[error(transparent)]
    Exchange(#[from] hyper_util::client::legacy::Error),
    /// It broke off, or is longer than a megabyte.
    #[error("the answer can't be read to its end: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("there is no answer after five seconds")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

pub(super) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    pub(super) fn new() -> anyhow::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_platform_verifier(ring::default_provider())
            .context("the certificates that this machine trusts can't be read")?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let response = self
            .0
            .request(request.map(|body| Full::new(Bytes::from(body))))
            .await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LONGEST)
            .collect()
            .await
            .map_err(HttpError::Body)?;
        Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { tokio::time::timeout(TIMEOUT, self.exchange(request)).await? })
    }
}
