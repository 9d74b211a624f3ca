//! The API as anybody reaches it: HTTP and JSON.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

use super::PATIENCE;

/// Where the gateway is; clones move together when it moves.
#[derive(Debug, Clone)]
pub struct Rest {
    http: Client,
    url: Arc<RwLock<String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Rest {
    pub fn new() -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            http,
            url: Arc::default(),
        }
    }

    pub fn is_at(&self, url: &str) {
        url.clone_into(&mut self.url.write().unwrap());
    }

    pub fn url(&self) -> String {
        self.url.read().unwrap().clone()
    }

    /// A request to be finished by hand.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url()))
    }

    /// Sends, and reads a JSON answer; other answers are a JSON text.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::read(request.send().await?).await
    }

    /// The same, repeated while nobody can decide, as any client does: on a busy machine identity loses its lease now
    /// and then, and what was not decided was not done.
    pub async fn send_until_decided(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.send(method.clone(), path, token, body).await?;
            if answer.reason() != "DECISION_UNAVAILABLE" || Instant::now() > deadline {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, None, Some(body)).await.unwrap()
    }
}

impl Answer {
    pub async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }

    /// The problem of a refusal with this status and reason; it says what would mend it.
    #[track_caller]
    pub fn refused(self, status: u16, reason: &str) -> Value {
        assert_eq!((self.status, self.reason()), (status, reason), "{:#}", self.body);
        let mend = self.body["metadata"]["mend"].as_str().unwrap_or_default();
        assert!(!mend.is_empty(), "no mend: {:#}", self.body);
        self.body
    }

    pub fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
