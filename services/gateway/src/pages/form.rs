//! What a form sends.

use std::convert::Infallible;

use axum::Form;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use super::Pages;
use super::texts::Texts;

/// The fields of a form, or the status that says why they can't be read.
pub(super) struct Fields<T>(pub(super) Result<T, StatusCode>);

impl<T: DeserializeOwned> FromRequest<Pages> for Fields<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, pages: &Pages) -> Result<Self, Infallible> {
        let read = Form::<T>::from_request(request, pages);
        let fields = match tokio::time::timeout(pages.form_timeout, read).await {
            Ok(Ok(Form(fields))) => Ok(fields),
            Ok(Err(rejection)) => Err(rejection.status()),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        };
        Ok(Self(fields))
    }
}

/// Why a form can't be read, for who sent it.
pub(super) const fn unreadable(texts: &Texts, status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => texts.too_long,
        StatusCode::REQUEST_TIMEOUT => texts.too_slow,
        _ => texts.incomplete,
    }
}
