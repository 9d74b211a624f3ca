//! Accepting a member invitation.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, LookUpMemberInvitationRequest, LookUpMemberInvitationResponse,
};
use serde::Deserialize;
use tonic::{Code, Status};

use super::html::{escape, field, page, paragraph, problem};
use super::texts::{self, Texts};
use crate::Upstreams;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Answer {
    name: String,
    password: String,
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

/// Accepts.
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
    let Answer { name, password } = answer;
    let request = AcceptMemberInvitationRequest { token, display_name: name.clone(), password };
    let accepted = MemberServiceClient::new(upstreams.identity).accept_member_invitation(request).await;
    let title = format!("{} {}", texts.join, invitation.organization_name);
    match accepted {
        Ok(_) => page(StatusCode::OK, texts, &title, &paragraph(texts.joined)),
        Err(status) if matches!(status.code(), Code::InvalidArgument | Code::Unauthenticated) => {
            let what = problem(&format!("{} {}", texts.failed, status.message()));
            form(StatusCode::UNPROCESSABLE_ENTITY, texts, &invitation, &name, &what)
        }
        Err(status) => failure(texts, &status),
    }
}

async fn look_up(upstreams: &Upstreams, token: String) -> Result<LookUpMemberInvitationResponse, Status> {
    let mut members = MemberServiceClient::new(upstreams.identity.clone());
    Ok(members.look_up_member_invitation(LookUpMemberInvitationRequest { token }).await?.into_inner())
}

fn form(
    status: StatusCode,
    texts: &Texts,
    invitation: &LookUpMemberInvitationResponse,
    name: &str,
    what: &str,
) -> Response {
    let title = format!("{} {}", texts.join, invitation.organization_name);
    let body = format!(
        "{}{what}<form method=\"post\">{}{}{}<button>{}</button></form>",
        paragraph(&format!("{} {} ({})", texts.join_as, invitation.role, invitation.email)),
        field(texts.name, "name", "text", name, "name"),
        field(texts.password, "password", "password", "", "new-password"),
        paragraph(texts.password_hint),
        escape(texts.join),
    );
    page(status, texts, &title, &body)
}

/// A link that leads nowhere, or a service that is away.
pub(super) fn failure(texts: &Texts, status: &Status) -> Response {
    if matches!(status.code(), Code::NotFound | Code::InvalidArgument) {
        return page(StatusCode::NOT_FOUND, texts, texts.dead_title, &paragraph(texts.dead));
    }
    page(StatusCode::SERVICE_UNAVAILABLE, texts, texts.later, "")
}
