//! Signing in with the identity provider of the installation, for who has no program of their own for it: a round trip by
//! browser that ends in tokens to hand to any program.
//!
//! The flow stays in a cookie of the browser that began it, so that nobody is led into somebody else's sign-in.

use axum::extract::{Query, State};
use axum::response::Response;
use entente_contracts::identity::v1::identity_provider_service_client::IdentityProviderServiceClient;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{
    BeginProviderSignInRequest, Challenge, CompleteProviderSignInRequest, CompleteSignInRequest, Tokens,
};
use entente_runtime::detached;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use tonic::Status;

use super::Pages;
use super::form::{Fields, unreadable};
use super::html::{Field, Need, escape, hidden, page, paragraph, problem, shown};
use super::refusal::{Meaning, away, explain, meaning};
use super::texts::Texts;
use super::visit::Visit;

const COOKIE: &str = "entente_sign_in";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(super) struct Return {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
}

/// What the form of the second factor sends.
#[derive(Deserialize)]
pub(super) struct Answer {
    challenge: String,
    code: String,
}

/// Shows the way to the provider.
pub(super) async fn show(visit: Visit) -> Response {
    start(StatusCode::OK, visit.texts, "")
}

/// Sends the browser to the provider.
pub(super) async fn begin(State(pages): State<Pages>, visit: Visit, headers: HeaderMap) -> Response {
    let mut providers = IdentityProviderServiceClient::new(pages.upstreams.identity);
    let request = visit.call(BeginProviderSignInRequest {});
    let begun = match providers.begin_provider_sign_in(request).await {
        Ok(begun) => begun.into_inner(),
        Err(status) => return refused(visit.texts, &status),
    };
    let cookie = cookie(&headers, &begun.flow, begun.expires_in);
    let Ok(cookie) = HeaderValue::try_from(cookie) else {
        return refused(visit.texts, &Status::internal("a flow that no cookie can carry"));
    };
    // A form may lead nowhere but here (see the policy of the pages), so the page leads on.
    let url = escape(&begun.authorization_url);
    let body = format!(
        "<meta http-equiv=\"refresh\" content=\"0;url={url}\"><p><a href=\"{url}\">{}</a></p>",
        escape(visit.texts.to_provider)
    );
    let mut response = page(StatusCode::OK, visit.texts, visit.texts.sign_in, &body);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// Shows who comes back the form that completes: opening a page changes nothing.
pub(super) async fn back(visit: Visit, Query(came): Query<Return>) -> Response {
    let texts = visit.texts;
    if came.code.is_empty() || came.state.is_empty() {
        return start(
            StatusCode::UNPROCESSABLE_ENTITY,
            texts,
            &problem(texts.not_signed_in),
        );
    }
    let body = format!(
        "<form method=\"post\" action=\"/sign-in/callback\">{}{}<button>{}</button></form>",
        hidden("state", &came.state),
        hidden("code", &came.code),
        escape(texts.sign_in_now)
    );
    page(StatusCode::OK, texts, texts.sign_in, &body)
}

/// Completes, or asks for the second factor.
pub(super) async fn complete(
    State(pages): State<Pages>,
    visit: Visit,
    headers: HeaderMap,
    fields: Fields<Return>,
) -> Response {
    let texts = visit.texts;
    let came = match fields.0 {
        Ok(came) => came,
        Err(status) => return start(status, texts, &problem(unreadable(texts, status))),
    };
    let Some(flow) = flow(&headers) else {
        return start(
            StatusCode::UNPROCESSABLE_ENTITY,
            texts,
            &problem(texts.not_signed_in),
        );
    };
    let request = visit.call(CompleteProviderSignInRequest {
        flow,
        state: came.state,
        code: came.code,
        organization: String::new(),
    });
    let mut providers = IdentityProviderServiceClient::new(pages.upstreams.identity);
    match detached(async move { providers.complete_provider_sign_in(request).await }).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            entered(texts, answer.tokens, answer.challenge)
        }
        Err(status) => refused(texts, &status),
    }
}

/// Takes the code of the second factor.
pub(super) async fn answer(State(pages): State<Pages>, visit: Visit, fields: Fields<Answer>) -> Response {
    let texts = visit.texts;
    let Answer { challenge, code } = match fields.0 {
        Ok(answer) => answer,
        Err(status) => return start(status, texts, &problem(unreadable(texts, status))),
    };
    let request = visit.call(CompleteSignInRequest {
        challenge: challenge.clone(),
        code,
    });
    let mut sessions = SessionServiceClient::new(pages.upstreams.identity);
    match detached(async move { sessions.complete_sign_in(request).await }).await {
        Ok(answer) => signed_in(texts, &answer.into_inner().tokens.unwrap_or_default()),
        Err(status) => match meaning(status.code()) {
            Meaning::Refused | Meaning::Dead => second_factor(
                StatusCode::UNPROCESSABLE_ENTITY,
                texts,
                &challenge,
                &explain(texts, &status),
            ),
            Meaning::Away => away(texts, &status),
        },
    }
}

/// The cookie of a flow. Scripts don't see it, other sites don't send it, and it goes to these pages alone.
fn cookie(headers: &HeaderMap, flow: &str, seconds: i32) -> String {
    let https = headers
        .get(FORWARDED_PROTO)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"https"));
    let secure = if https { "; Secure" } else { "" };
    format!("{COOKIE}={flow}; Path=/sign-in; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn flow(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, flow)| flow.to_owned())
}

fn refused(texts: &Texts, status: &Status) -> Response {
    match meaning(status.code()) {
        Meaning::Refused | Meaning::Dead => {
            start(StatusCode::UNPROCESSABLE_ENTITY, texts, &explain(texts, status))
        }
        Meaning::Away => away(texts, status),
    }
}

/// The first page, with `what` went wrong, as HTML.
fn start(status: StatusCode, texts: &Texts, what: &str) -> Response {
    let body = format!(
        "{what}<form method=\"post\" action=\"/sign-in\"><button>{}</button></form>",
        escape(texts.to_provider)
    );
    page(status, texts, texts.sign_in, &body)
}

/// What a sign-in leads to: the question for the second factor, or the tokens.
pub(super) fn entered(texts: &Texts, tokens: Option<Tokens>, challenge: Option<Challenge>) -> Response {
    match challenge {
        Some(challenge) => second_factor(StatusCode::OK, texts, &challenge.token, ""),
        None => signed_in(texts, &tokens.unwrap_or_default()),
    }
}

fn second_factor(status: StatusCode, texts: &Texts, challenge: &str, what: &str) -> Response {
    let code = Field {
        label: texts.code_asked,
        name: "code",
        kind: "text",
        value: "",
        autocomplete: "one-time-code",
        longest: 32,
        need: Need::Required,
    };
    let body = format!(
        "{what}<form method=\"post\" action=\"/sign-in/code\">{}{}<button>{}</button></form>",
        hidden("challenge", challenge),
        code.html(),
        escape(texts.sign_in_now)
    );
    page(status, texts, texts.sign_in, &body)
}

fn signed_in(texts: &Texts, tokens: &Tokens) -> Response {
    let body = format!(
        "{}{}{}",
        paragraph(texts.tokens_hint),
        shown(texts.access_token, &tokens.access_token),
        shown(texts.refresh_token, &tokens.refresh_token)
    );
    page(StatusCode::OK, texts, texts.signed_in, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=1; entente_sign_in=f-_1; b=2"),
        );
        assert_eq!(flow(&headers).as_deref(), Some("f-_1"));
        assert_eq!(flow(&HeaderMap::new()), None);
    }

    #[test]
    fn a_cookie_is_for_these_pages_alone_and_for_https_where_there_is() {
        let mut headers = HeaderMap::new();
        let plain = "entente_sign_in=f; Path=/sign-in; Max-Age=600; HttpOnly; SameSite=Lax";
        assert_eq!(cookie(&headers, "f", 600), plain);
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
        assert_eq!(cookie(&headers, "f", 600), format!("{plain}; Secure"));
    }
}
