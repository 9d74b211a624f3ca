//! Somebody with a password.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::rest::Answer;
use super::{Rest, eventually};

const PASSWORD: &str = "correct horse battery staple";
/// An access token is valid for five minutes.
const FRESH: Duration = Duration::from_secs(4 * 60);

/// Somebody who is a member of one organization and signs in when needed.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    pub email: String,
    /// The organization that they act in.
    pub organization: String,
    token: Mutex<(String, Instant)>,
    rest: Rest,
}

impl Person {
    /// Accepts an invitation into an organization by the token of its link, then signs in.
    pub async fn join(rest: &Rest, email: &str, link_token: &str) -> Self {
        let name = email.split('@').next().unwrap_or_default();
        let body = json!({ "token": link_token, "displayName": name, "password": PASSWORD });
        rest.post("/v1/memberInvitations:accept", &body).await.ok();
        let (session, token) = sign_in(rest, email).await.unwrap();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        Self {
            id: text("user"),
            email: email.to_owned(),
            organization: text("organization"),
            token: Mutex::new((token, Instant::now())),
            rest: rest.clone(),
        }
    }

    /// The id of a colleague's place in the organization that they act in.
    pub async fn place_of(&self, colleague: &Self) -> String {
        let path = format!("/v1/organizations/{}/members?pageSize=200", self.organization);
        let listed = self.get(&path).await.ok();
        let mut members = listed["members"].as_array().unwrap().iter();
        let found = members.find(|member| member["user"] == colleague.id.as_str());
        found.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// A new session.
    pub async fn sign_in(&self) {
        let (_, token) = sign_in(&self.rest, &self.email).await.unwrap();
        *self.token.lock().await = (token, Instant::now());
    }

    /// An access token that is good for another while.
    pub async fn token(&self) -> String {
        self.try_token().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Repeats a request until it is answered, while something is away that it needs. A client may do so where the request
    /// reads, or has an id.
    pub async fn persist(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        eventually(&format!("an answer to {method} {path}"), async || {
            match self.try_send(method.clone(), path, body).await {
                Ok(answer) if matches!(answer.status, 503 | 504) => Err(format!("{answer:?}")),
                Ok(answer) => Ok(answer),
                Err(error) => Err(error),
            }
        })
        .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let token = self.token().await;
        let sent = self
            .rest
            .send_until_decided(method, path, Some(&token), body.as_ref());
        sent.await.unwrap()
    }

    /// As [`Person::send`], once, where the gateway or identity may be away.
    pub async fn try_send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let token = self.try_token().await?;
        self.rest
            .send(method, path, Some(&token), body)
            .await
            .map_err(|error| format!("{error:?}"))
    }

    async fn try_token(&self) -> Result<String, String> {
        let mut token = self.token.lock().await;
        if token.1.elapsed() > FRESH {
            *token = (sign_in(&self.rest, &self.email).await?.1, Instant::now());
        }
        Ok(token.0.clone())
    }
}

async fn sign_in(rest: &Rest, email: &str) -> Result<(Value, String), String> {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = rest
        .send(Method::POST, "/v1/sessions:signIn", None, Some(&body))
        .await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let token = answer.body["tokens"]["accessToken"]
        .as_str()
        .ok_or_else(|| format!("{:#}", answer.body))?;
    Ok((answer.body["session"].clone(), token.to_owned()))
}
