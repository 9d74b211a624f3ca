//! Choosing a new password.

use axum::extract::State;
use axum::response::Response;
use entente_contracts::identity::v1::account_service_client::AccountServiceClient;
use entente_contracts::identity::v1::{
    LookUpPasswordResetRequest, LookUpPasswordResetResponse, ResetPasswordRequest,
};
use entente_runtime::detached;
use http::StatusCode;
use serde::Deserialize;
use tonic::Status;

use super::Pages;
use super::form::{Fields, unreadable};
use super::html::{Field, Need, escape, page, paragraph, problem};
use super::refusal::{Meaning, away, dead, explain, meaning, not_shown};
use super::texts::Texts;
use super::visit::Visit;
use crate::Upstreams;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Choice {
    password: String,
}

/// Shows whose password it is about, and the form.
pub(super) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
    match look_up(&pages.upstreams, &visit).await {
        Ok(reset) => form(StatusCode::OK, visit.texts, &reset, ""),
        Err(status) => not_shown(visit.texts, &status),
    }
}

/// Sets the password.
pub(super) async fn submit(State(pages): State<Pages>, visit: Visit, fields: Fields<Choice>) -> Response {
    let texts = visit.texts;
    let reset = match look_up(&pages.upstreams, &visit).await {
        Ok(reset) => reset,
        Err(status) => return not_shown(texts, &status),
    };
    let Choice { password } = match fields.0 {
        Ok(choice) => choice,
        Err(status) => return form(status, texts, &reset, &problem(unreadable(texts, status))),
    };
    let request = visit.call(ResetPasswordRequest {
        token: visit.token.clone(),
        new_password: password,
    });
    let mut accounts = AccountServiceClient::new(pages.upstreams.identity);
    match detached(async move { accounts.reset_password(request).await }).await {
        Ok(_) => page(
            StatusCode::OK,
            texts,
            texts.choose_password,
            &paragraph(texts.password_chosen),
        ),
        Err(status) => match meaning(status.code()) {
            Meaning::Dead => dead(texts),
            Meaning::Refused => form(
                StatusCode::UNPROCESSABLE_ENTITY,
                texts,
                &reset,
                &explain(texts, &status),
            ),
            Meaning::Away => away(texts, &status),
        },
    }
}

async fn look_up(upstreams: &Upstreams, visit: &Visit) -> Result<LookUpPasswordResetResponse, Status> {
    let mut accounts = AccountServiceClient::new(upstreams.identity.clone());
    let request = visit.call(LookUpPasswordResetRequest {
        token: visit.token.clone(),
    });
    Ok(accounts.look_up_password_reset(request).await?.into_inner())
}

/// `what` went wrong, as HTML.
fn form(status: StatusCode, texts: &Texts, reset: &LookUpPasswordResetResponse, what: &str) -> Response {
    let password = Field {
        label: texts.new_password,
        name: "password",
        kind: "password",
        value: "",
        autocomplete: "new-password",
        longest: 128,
        need: Need::Required,
    };
    let body = format!(
        "{}{what}<form method=\"post\">{}{}<button>{}</button></form>",
        paragraph(&reset.email),
        password.html(),
        paragraph(texts.new_password_hint),
        escape(texts.choose_now),
    );
    page(status, texts, texts.choose_password, &body)
}
