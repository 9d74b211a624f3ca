//! Where the people of an organization come in: its name, its logo, and a sign-in that leads to it.

use axum::extract::State;
use axum::response::Response;
use entente_contracts::identity::v1::organization_service_client::OrganizationServiceClient;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{FrontDoor, GetFrontDoorRequest, SignInRequest};
use entente_runtime::detached;
use entente_runtime::status::reason;
use http::StatusCode;
use serde::Deserialize;
use tonic::{Code, Status};

use super::Pages;
use super::form::{Fields, unreadable};
use super::html::{credentials, escape, page, paragraph, problem};
use super::picture::Picture;
use super::refusal::{Meaning, away, explain, meaning, of_sign_in};
use super::sign_in::entered;
use super::texts::Texts;
use super::visit::Visit;
use crate::Upstreams;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Entry {
    email: String,
    password: String,
}

/// Shows whose door it is, and the form.
pub(super) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
    match look_up(&pages.upstreams, &visit).await {
        Ok(door) => form(StatusCode::OK, visit.texts_or(&door.language), &door, "", ""),
        Err(status) => no_door(visit.texts, &status),
    }
}

/// Signs in at the organization, or asks for the second factor.
pub(super) async fn submit(State(pages): State<Pages>, visit: Visit, fields: Fields<Entry>) -> Response {
    let door = match look_up(&pages.upstreams, &visit).await {
        Ok(door) => door,
        Err(status) => return no_door(visit.texts, &status),
    };
    let texts = visit.texts_or(&door.language);
    let Entry { email, password } = match fields.0 {
        Ok(entry) => entry,
        Err(status) => return form(status, texts, &door, "", &problem(unreadable(texts, status))),
    };
    let request = visit.call(SignInRequest {
        email: email.clone(),
        password,
        organization: door.organization.clone(),
    });
    let mut sessions = SessionServiceClient::new(pages.upstreams.identity);
    match detached(async move { sessions.sign_in(request).await.map_err(of_sign_in) }).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            entered(texts, answer.tokens, answer.challenge)
        }
        Err(status) => match meaning(status.code()) {
            Meaning::Refused | Meaning::Dead => form(
                StatusCode::UNPROCESSABLE_ENTITY,
                texts,
                &door,
                &email,
                &what(texts, &status),
            ),
            Meaning::Away => away(texts, &status),
        },
    }
}

/// Why nobody comes in by this door, as HTML.
fn what(texts: &Texts, status: &Status) -> String {
    if reason(status).as_deref() == Some("CREDENTIALS_WRONG") {
        return problem(texts.not_at_this_door);
    }
    explain(texts, status)
}

async fn look_up(upstreams: &Upstreams, visit: &Visit) -> Result<FrontDoor, Status> {
    let mut organizations = OrganizationServiceClient::new(upstreams.identity.clone());
    let request = visit.call(GetFrontDoorRequest {
        slug: visit.token.clone(),
    });
    let answer = organizations.get_front_door(request).await?.into_inner();
    answer
        .front_door
        .ok_or_else(|| Status::not_found("there is no such front door: check its address"))
}

/// The page of a door that can't be shown.
fn no_door(texts: &Texts, status: &Status) -> Response {
    // A slug that is no slug is refused as a field, and leads nowhere all the same.
    if matches!(status.code(), Code::NotFound | Code::InvalidArgument) {
        return page(
            StatusCode::NOT_FOUND,
            texts,
            texts.no_door_title,
            &paragraph(texts.no_door),
        );
    }
    away(texts, status)
}

/// `what` went wrong, as HTML.
fn form(status: StatusCode, texts: &Texts, door: &FrontDoor, email: &str, what: &str) -> Response {
    let picture = Picture::at(&door.logo_uri);
    let body = format!(
        "{}{what}<form method=\"post\">{}<button>{}</button></form>",
        picture.as_ref().map(Picture::html).unwrap_or_default(),
        credentials(texts, email),
        escape(texts.sign_in_now),
    );
    let title = format!("{} {}", texts.sign_in_at, door.display_name);
    let mut response = page(status, texts, &title, &body);
    if let Some(picture) = picture {
        picture.allow(&mut response);
    }
    response
}
