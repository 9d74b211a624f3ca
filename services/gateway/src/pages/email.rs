//! Confirming another address.

use axum::extract::State;
use axum::response::Response;
use entente_contracts::identity::v1::account_service_client::AccountServiceClient;
use entente_contracts::identity::v1::{ConfirmEmailChangeRequest, LookUpEmailChangeRequest};
use entente_runtime::detached;
use http::StatusCode;

use super::Pages;
use super::html::{escape, page, paragraph};
use super::refusal::{Meaning, away, dead, explain, meaning, not_shown};
use super::texts::Texts;
use super::visit::Visit;

/// Shows which address it is about, and the form.
pub(super) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
    let request = visit.call(LookUpEmailChangeRequest {
        token: visit.token.clone(),
    });
    let mut accounts = AccountServiceClient::new(pages.upstreams.identity);
    match accounts.look_up_email_change(request).await {
        Ok(change) => form(visit.texts, &change.get_ref().new_email),
        Err(status) => not_shown(visit.texts, &status),
    }
}

/// Takes the address over.
pub(super) async fn submit(State(pages): State<Pages>, visit: Visit) -> Response {
    let texts = visit.texts;
    let request = visit.call(ConfirmEmailChangeRequest {
        token: visit.token.clone(),
    });
    let mut accounts = AccountServiceClient::new(pages.upstreams.identity);
    match detached(async move { accounts.confirm_email_change(request).await }).await {
        Ok(answer) => {
            let body = paragraph(&answer.get_ref().email) + &paragraph(texts.address_confirmed);
            page(StatusCode::OK, texts, texts.confirm_address, &body)
        }
        Err(status) => match meaning(status.code()) {
            Meaning::Dead => dead(texts),
            Meaning::Refused => {
                let what = explain(texts, &status);
                page(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    texts,
                    texts.confirm_address,
                    &what,
                )
            }
            Meaning::Away => away(texts, &status),
        },
    }
}

fn form(texts: &Texts, address: &str) -> Response {
    let body = format!(
        "{}{}<form method=\"post\"><button>{}</button></form>",
        paragraph(address),
        paragraph(texts.confirm_hint),
        escape(texts.confirm_now),
    );
    page(StatusCode::OK, texts, texts.confirm_address, &body)
}
