//! The pages that mailed links open, the front doors of organizations, and the pages of a sign-in with the identity
//! provider. Opening one changes nothing; only its form does.

mod email;
mod form;
mod front_door;
mod html;
mod invitation;
mod join;
mod password;
mod picture;
mod refusal;
mod same_site;
mod sign_in;
mod texts;
mod visit;

use std::borrow::Cow;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use crate::Upstreams;
use crate::routes::named;

const MAX_FORM_BYTES: usize = 16 << 10;

/// For a member invitation.
const JOIN: &str = "/join/{token}";
/// For an invitation between organizations.
const INVITATION: &str = "/invitations/{token}";
/// For a sign-in with the identity provider.
const SIGN_IN: &str = "/sign-in";
/// Where the identity provider sends people back to.
const CALLBACK: &str = "/sign-in/callback";
/// For the second factor of such a sign-in.
const CODE: &str = "/sign-in/code";
/// For a new password.
const PASSWORD: &str = "/password/{token}";
/// For another address.
const EMAIL: &str = "/email/{token}";
/// Where the people of an organization come in.
const FRONT_DOOR: &str = "/at/{slug}";

/// What the pages work with.
#[derive(Clone)]
struct Pages {
    upstreams: Upstreams,
    form_timeout: Duration,
}

/// `/join/{token}`, `/invitations/{token}`, `/password/{token}`, `/email/{token}`, `/at/{slug}`, and what begins with
/// `/sign-in`.
pub(crate) fn router(upstreams: &Upstreams, form_timeout: Duration) -> Router {
    let router = named(Router::new(), JOIN, get(join::show).post(join::submit));
    let router = named(router, SIGN_IN, get(sign_in::show).post(sign_in::begin));
    let router = named(router, CALLBACK, get(sign_in::back).post(sign_in::complete));
    let router = named(router, CODE, post(sign_in::answer));
    let router = named(router, PASSWORD, get(password::show).post(password::submit));
    let router = named(router, EMAIL, get(email::show).post(email::submit));
    let router = named(router, FRONT_DOOR, get(front_door::show).post(front_door::submit));
    named(router, INVITATION, get(invitation::show).post(invitation::submit))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(from_fn(same_site::check))
        .with_state(Pages {
            upstreams: upstreams.clone(),
            form_timeout,
        })
}

/// A path as logs and traces may show it: whoever reads a link's token there could use it. A slug is no secret.
pub(crate) fn shown(path: &str) -> Cow<'_, str> {
    let page = [JOIN, INVITATION, PASSWORD, EMAIL]
        .into_iter()
        .find(|page| path.starts_with(page.trim_end_matches("{token}")));
    Cow::Borrowed(page.unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_the_token_of_a_link() {
        assert_eq!(shown("/join/secret"), "/join/{token}");
        assert_eq!(shown("/invitations/secret/"), "/invitations/{token}");
        assert_eq!(shown("/password/secret"), "/password/{token}");
        assert_eq!(shown("/email/secret"), "/email/{token}");
        assert_eq!(shown("/at/alpina"), "/at/alpina");
        assert_eq!(shown("/v1/sessions:current"), "/v1/sessions:current");
    }
}
