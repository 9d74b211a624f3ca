//! The public API as the demo uses it: REST through the gateway, like anybody else.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// How often, and after how long, a call is repeated that came too early.
const PATIENCE: u32 = 200;
const INTERVAL: Duration = Duration::from_millis(50);

/// Somebody who calls the API: nobody yet, or a person who is signed in.
#[derive(Clone)]
pub(super) struct Api {
    http: Client,
    url: String,
    token: Option<String>,
}

/// An answer that is not a success.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {detail}")]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) reason: String,
    detail: String,
}

impl Api {
    pub(super) fn new(url: &str) -> Self {
        Self {
            http: Client::new(),
            url: url.trim_end_matches('/').to_owned(),
            token: None,
        }
    }

    pub(super) async fn is_up(&self) -> bool {
        let answer = self
            .http
            .get(format!("{}/.well-known/jwks.json", self.url))
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Signs in; the access token lasts five minutes.
    pub(super) async fn sign_in(&self, email: &str, password: &str) -> Result<(Self, String)> {
        let answer = self
            .post(
                "/v1/sessions:signIn",
                &json!({ "email": email, "password": password }),
            )
            .await?;
        let token = answer["tokens"]["accessToken"]
            .as_str()
            .context("the sign-in gave no token")?
            .to_owned();
        let organization = answer["session"]["organization"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok((
            Self {
                token: Some(token),
                ..self.clone()
            },
            organization,
        ))
    }

    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        self.send(Method::GET, path, query, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    /// Sends, and again while the answer is that something is not there yet: services hear of each other a moment later.
    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        for _ in 0..PATIENCE {
            match self.send_once(method.clone(), path, query, body).await {
                Err(error) if is_refused(&error, "UNAVAILABLE") => tokio::time::sleep(INTERVAL).await,
                answered => return answered,
            }
        }
        self.send_once(method, path, query, body).await
    }

    async fn send_once(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.url))
            .query(query);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("the gateway does not answer at {}", self.url))?;
        let status = answer.status();
        let body: Value = answer
            .json()
            .await
            .with_context(|| format!("{method} {path} gave no JSON"))?;
        if status.is_success() {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        bail!(Refused {
            status,
            reason: text("reason"),
            detail: text("detail")
        })
    }
}

/// Whether an error is the API's answer with this reason.
pub(super) fn is_refused(error: &anyhow::Error, reason: &str) -> bool {
    error
        .downcast_ref::<Refused>()
        .is_some_and(|refused| refused.reason == reason)
}
