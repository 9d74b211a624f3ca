//! Answering an invitation between organizations: whoever answers signs in for it.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use entente_contracts::identity::v1::SignInRequest;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_contracts::partners::v1::{
    AcceptPartnershipInvitationRequest, LookUpPartnershipInvitationRequest, MandateAccess, PartnershipInvitation,
    RefusePartnershipInvitationRequest,
};
use serde::Deserialize;
use tonic::{Code, Request, Status};

use super::html::{escape, field, page, paragraph, problem};
use super::join::failure;
use super::texts::{self, Texts};
use crate::Upstreams;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Answer {
    email: String,
    password: String,
    answer: Choice,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Accept,
    Refuse,
}

/// Shows what the link is about, and the form.
pub(super) async fn show(
    State(upstreams): State<Upstreams>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let texts = texts::of(&headers);
    match look_up(&upstreams, token).await {
        Ok(invitation) => form(StatusCode::OK, texts, &invitation, "", ""),
        Err(status) => failure(texts, &status),
    }
}

/// Accepts or refuses.
pub(super) async fn submit(
    State(upstreams): State<Upstreams>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Response {
    let texts = texts::of(&headers);
    let invitation = match look_up(&upstreams, token.clone()).await {
        Ok(invitation) => invitation,
        Err(status) => return failure(texts, &status),
    };
    let done = match answer.answer {
        Choice::Accept => texts.accepted,
        Choice::Refuse => texts.refused,
    };
    match respond(&upstreams, &invitation, token, &answer).await {
        Ok(()) => page(StatusCode::OK, texts, done, ""),
        Err(status) if status.code() == Code::Unavailable => failure(texts, &status),
        Err(status) => {
            let what = match status.code() == Code::Unauthenticated {
                true => texts.credentials.to_owned(),
                false => format!("{} {}", texts.failed, status.message()),
            };
            form(StatusCode::UNPROCESSABLE_ENTITY, texts, &invitation, &answer.email, &problem(&what))
        }
    }
}

async fn look_up(upstreams: &Upstreams, token: String) -> Result<PartnershipInvitation, Status> {
    let mut invitations = PartnershipInvitationServiceClient::new(upstreams.partners.clone());
    let request = LookUpPartnershipInvitationRequest { token };
    let answer = invitations.look_up_partnership_invitation(request).await?.into_inner();
    answer.invitation.ok_or_else(|| Status::not_found("the link is dead"))
}

/// Signs in at the partner for this one call.
async fn respond(
    upstreams: &Upstreams,
    invitation: &PartnershipInvitation,
    token: String,
    answer: &Answer,
) -> Result<(), Status> {
    let sign_in = SignInRequest {
        email: answer.email.clone(),
        password: answer.password.clone(),
        organization: invitation.partner.clone(),
    };
    let mut sessions = SessionServiceClient::new(upstreams.identity.clone());
    let signed_in = sessions.sign_in(sign_in).await?.into_inner();
    let bearer = format!("Bearer {}", signed_in.tokens.unwrap_or_default().access_token);
    let (organization, id) = (invitation.partner.clone(), invitation.id.clone());
    let mut invitations = PartnershipInvitationServiceClient::new(upstreams.partners.clone());
    let answered = match answer.answer {
        Choice::Accept => {
            let request =
                AcceptPartnershipInvitationRequest { organization, invitation: id, token, ..Default::default() };
            invitations.accept_partnership_invitation(authorized(request, &bearer)?).await.map(drop)
        }
        Choice::Refuse => {
            let request =
                RefusePartnershipInvitationRequest { organization, invitation: id, token, ..Default::default() };
            invitations.refuse_partnership_invitation(authorized(request, &bearer)?).await.map(drop)
        }
    };
    // The session was for this answer only; one that can't be ended now ends by itself.
    sessions.sign_out(authorized(Default::default(), &bearer)?).await.ok();
    answered
}

fn authorized<T>(message: T, bearer: &str) -> Result<Request<T>, Status> {
    let mut request = Request::new(message);
    let value = bearer.parse().map_err(|_| Status::unauthenticated("the sign-in gave no token"))?;
    request.metadata_mut().insert("authorization", value);
    Ok(request)
}

fn form(status: StatusCode, texts: &Texts, invitation: &PartnershipInvitation, email: &str, what: &str) -> Response {
    let title = format!("{} {}", invitation.client_name, texts.invites);
    let scope = match invitation.access() {
        MandateAccess::Complete => paragraph(texts.complete),
        MandateAccess::Limited | MandateAccess::Unspecified => {
            paragraph(&format!("{} {}", texts.limited, invitation.products.len()))
        }
    };
    let body = format!(
        "{scope}{}{}{what}<form method=\"post\">{}{}<button name=\"answer\" value=\"accept\">{}</button>\
         <button name=\"answer\" value=\"refuse\">{}</button></form>",
        if invitation.message.is_empty() { String::new() } else { paragraph(&invitation.message) },
        paragraph(texts.sign_in_to_answer),
        field(texts.email, "email", "email", email, "username"),
        field(texts.password, "password", "password", "", "current-password"),
        escape(texts.accept),
        escape(texts.refuse),
    );
    page(status, texts, &title, &body)
}
