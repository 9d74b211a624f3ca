//! Accepting a member invitation.

use axum::extract::State;
use axum::response::Response;
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, LookUpMemberInvitationRequest, LookUpMemberInvitationResponse,
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
pub(super) struct Answer {
    name: String,
    password: String,
}

/// Shows what the link is about, and the form.
pub(super) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
    match look_up(&pages.upstreams, &visit).await {
        Ok(invitation) => {
            let texts = visit.texts_or(&invitation.language);
            form(StatusCode::OK, texts, &invitation, "", "")
        }
        Err(status) => not_shown(visit.texts, &status),
    }
}

/// Accepts.
pub(super) async fn submit(State(pages): State<Pages>, visit: Visit, fields: Fields<Answer>) -> Response {
    let invitation = match look_up(&pages.upstreams, &visit).await {
        Ok(invitation) => invitation,
        Err(status) => return not_shown(visit.texts, &status),
    };
    let texts = visit.texts_or(&invitation.language);
    let Answer { name, password } = match fields.0 {
        Ok(answer) => answer,
        Err(status) => {
            return form(
                status,
                texts,
                &invitation,
                "",
                &problem(unreadable(texts, status)),
            );
        }
    };
    let request = AcceptMemberInvitationRequest {
        email: String::new(),
        token: visit.token.clone(),
        display_name: name.clone(),
        password,
    };
    let request = visit.call(request);
    let mut members = MemberServiceClient::new(pages.upstreams.identity);
    match detached(async move { members.accept_member_invitation(request).await }).await {
        Ok(_) => page(
            StatusCode::OK,
            texts,
            &title(texts, &invitation),
            &paragraph(texts.joined),
        ),
        Err(status) => match meaning(status.code()) {
            Meaning::Dead => dead(texts),
            Meaning::Refused => form(
                StatusCode::UNPROCESSABLE_ENTITY,
                texts,
                &invitation,
                &name,
                &explain(texts, &status),
            ),
            Meaning::Away => away(texts, &status),
        },
    }
}

async fn look_up(upstreams: &Upstreams, visit: &Visit) -> Result<LookUpMemberInvitationResponse, Status> {
    let mut members = MemberServiceClient::new(upstreams.identity.clone());
    let request = visit.call(LookUpMemberInvitationRequest {
        token: visit.token.clone(),
    });
    Ok(members.look_up_member_invitation(request).await?.into_inner())
}

fn title(texts: &Texts, invitation: &LookUpMemberInvitationResponse) -> String {
    format!("{} {}", texts.join, invitation.organization_name)
}

/// `what` went wrong, as HTML.
fn form(
    status: StatusCode,
    texts: &Texts,
    invitation: &LookUpMemberInvitationResponse,
    name: &str,
    what: &str,
) -> Response {
    let name = Field {
        label: texts.name,
        name: "name",
        kind: "text",
        value: name,
        autocomplete: "name",
        longest: 120,
        need: Need::Required,
    };
    let password = Field {
        label: texts.password,
        name: "password",
        kind: "password",
        value: "",
        autocomplete: "new-password",
        longest: 128,
        need: Need::Required,
    };
    // A role of the organization's own has but the name that its people gave it.
    let role = (texts.role)(&invitation.role).unwrap_or(&invitation.role_display_name);
    let body = format!(
        "{}{what}<form method=\"post\">{}{}{}<button>{}</button></form>",
        paragraph(&format!("{} {role} ({})", texts.join_as, invitation.email)),
        name.html(),
        password.html(),
        paragraph(texts.password_hint),
        escape(texts.join_now),
    );
    page(status, texts, &title(texts, invitation), &body)
}
