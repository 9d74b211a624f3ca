//! Answering an invitation between organizations: whoever answers signs in for it.

use axum::extract::State;
use axum::response::Response;
use entente_access::Reason;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{CompleteSignInRequest, SignInRequest, SignOutRequest, Tokens};
use entente_contracts::partners::v1::partnership_invitation_service_client::PartnershipInvitationServiceClient;
use entente_contracts::partners::v1::{
    AcceptPartnershipInvitationRequest, LookUpPartnershipInvitationRequest, MandateAccess,
    PartnershipInvitation, RefusePartnershipInvitationRequest,
};
use entente_runtime::client::Client;
use entente_runtime::detached;
use http::StatusCode;
use serde::Deserialize;
use tonic::metadata::AsciiMetadataValue;
use tonic::{Request, Status};

use super::Pages;
use super::form::{Fields, unreadable};
use super::html::{Field, Need, credentials, escape, page, paragraph, problem};
use super::refusal::{Meaning, away, dead, explain, meaning, not_shown, of_sign_in};
use super::texts::Texts;
use super::visit::Visit;
use crate::Upstreams;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Answer {
    email: String,
    password: String,
    #[serde(default)]
    code: String,
    answer: Choice,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Accept,
    Refuse,
}

/// Shows what the link is about, and the form.
pub(super) async fn show(State(pages): State<Pages>, visit: Visit) -> Response {
    match look_up(&pages.upstreams, &visit).await {
        Ok(invitation) => form(StatusCode::OK, visit.texts, &invitation, "", ""),
        Err(status) => not_shown(visit.texts, &status),
    }
}

/// Accepts or refuses.
pub(super) async fn submit(State(pages): State<Pages>, visit: Visit, fields: Fields<Answer>) -> Response {
    let texts = visit.texts;
    let invitation = match look_up(&pages.upstreams, &visit).await {
        Ok(invitation) => invitation,
        Err(status) => return not_shown(texts, &status),
    };
    let answer = match fields.0 {
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
    let (email, choice) = (answer.email.clone(), answer.answer);
    // Whoever closes the browser now has answered all the same, and leaves no session behind.
    match detached(respond(pages.upstreams, invitation.clone(), visit, answer)).await {
        Ok(()) => page(StatusCode::OK, texts, done(texts, choice), ""),
        Err(status) => match meaning(status.code()) {
            Meaning::Dead => dead(texts),
            Meaning::Refused => form(
                StatusCode::UNPROCESSABLE_ENTITY,
                texts,
                &invitation,
                &email,
                &explain(texts, &status),
            ),
            Meaning::Away => away(texts, &status),
        },
    }
}

const fn done(texts: &Texts, choice: Choice) -> &'static str {
    match choice {
        Choice::Accept => texts.accepted,
        Choice::Refuse => texts.refused,
    }
}

async fn look_up(upstreams: &Upstreams, visit: &Visit) -> Result<PartnershipInvitation, Status> {
    let mut invitations = PartnershipInvitationServiceClient::new(upstreams.partners.clone());
    let request = visit.call(LookUpPartnershipInvitationRequest {
        token: visit.token.clone(),
    });
    let answer = invitations
        .look_up_partnership_invitation(request)
        .await?
        .into_inner();
    answer
        .invitation
        .ok_or_else(|| Status::not_found("the link is dead: ask for a new invitation"))
}

/// Signs in at the partner for this one call.
async fn respond(
    upstreams: Upstreams,
    invitation: PartnershipInvitation,
    visit: Visit,
    answer: Answer,
) -> Result<(), Status> {
    let Answer {
        email,
        password,
        code,
        answer,
    } = answer;
    let sign_in = SignInRequest {
        email,
        password,
        organization: invitation.partner.clone(),
    };
    let mut sessions = SessionServiceClient::new(upstreams.identity);
    let tokens = enter(&mut sessions, &visit, sign_in, code).await?;
    let bearer = bearer(&tokens.access_token)?;
    let invitations = PartnershipInvitationServiceClient::new(upstreams.partners);
    let answered = give(answer, invitations, invitation, &visit, &bearer).await;
    // The session was for this answer only; one that can't be ended now ends by itself.
    let sign_out = authorized(visit.call(SignOutRequest {}), &bearer);
    if let Err(status) = sessions.sign_out(sign_out).await {
        tracing::warn!(code = ?status.code(), "the session of an answered invitation could not be ended");
    }
    answered
}

/// Signs in, with the code of who has a second factor.
async fn enter(
    sessions: &mut SessionServiceClient<Client>,
    visit: &Visit,
    request: SignInRequest,
    code: String,
) -> Result<Tokens, Status> {
    let answer = sessions.sign_in(visit.call(request)).await;
    let answer = answer.map_err(of_sign_in)?.into_inner();
    let Some(challenge) = answer.challenge else {
        return Ok(answer.tokens.unwrap_or_default());
    };
    if code.is_empty() {
        return Err(Reason::MfaRequired.into());
    }
    let request = CompleteSignInRequest {
        challenge: challenge.token,
        code,
    };
    let answer = sessions.complete_sign_in(visit.call(request)).await?;
    Ok(answer.into_inner().tokens.unwrap_or_default())
}

async fn give(
    answer: Choice,
    mut invitations: PartnershipInvitationServiceClient<Client>,
    invitation: PartnershipInvitation,
    visit: &Visit,
    bearer: &AsciiMetadataValue,
) -> Result<(), Status> {
    let (organization, invitation, token) = (invitation.partner, invitation.id, visit.token.clone());
    let request_id = String::new();
    match answer {
        Choice::Accept => {
            let request = AcceptPartnershipInvitationRequest {
                organization,
                invitation,
                token,
                request_id,
            };
            let request = authorized(visit.call(request), bearer);
            invitations.accept_partnership_invitation(request).await.map(drop)
        }
        Choice::Refuse => {
            let request = RefusePartnershipInvitationRequest {
                organization,
                invitation,
                token,
                request_id,
            };
            let request = authorized(visit.call(request), bearer);
            invitations.refuse_partnership_invitation(request).await.map(drop)
        }
    }
}

fn bearer(token: &str) -> Result<AsciiMetadataValue, Status> {
    format!("Bearer {token}")
        .parse()
        .map_err(|_| Status::internal("identity gave a token that no header can carry"))
}

fn authorized<T>(mut request: Request<T>, bearer: &AsciiMetadataValue) -> Request<T> {
    request.metadata_mut().insert("authorization", bearer.clone());
    request
}

/// `what` went wrong, as HTML.
fn form(
    status: StatusCode,
    texts: &Texts,
    invitation: &PartnershipInvitation,
    email: &str,
    what: &str,
) -> Response {
    let title = format!("{} {}", invitation.client_name, texts.invites);
    let scope = match invitation.access() {
        MandateAccess::Complete => texts.complete.to_owned(),
        MandateAccess::Limited | MandateAccess::Unspecified => (texts.limited)(invitation.products.len()),
    };
    let message = match invitation.message.as_str() {
        "" => String::new(),
        message => format!("<blockquote>{}</blockquote>", paragraph(message)),
    };
    let code = Field {
        label: texts.code,
        name: "code",
        kind: "text",
        value: "",
        autocomplete: "one-time-code",
        longest: 32,
        need: Need::Optional,
    };
    let body = format!(
        "{}{message}{}{what}<form method=\"post\">{}{}<button name=\"answer\" value=\"accept\">{}</button>\
         <button name=\"answer\" value=\"refuse\">{}</button></form>",
        paragraph(&scope),
        paragraph(texts.sign_in_to_answer),
        credentials(texts, email),
        code.html(),
        escape(texts.accept),
        escape(texts.refuse),
    );
    page(status, texts, &title, &body)
}
