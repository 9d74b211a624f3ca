//! The pages that mailed links open. Opening one changes nothing; only its form does.

mod html;
mod invitation;
mod join;
mod texts;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;

use crate::Upstreams;

const MAX_FORM_BYTES: usize = 16 << 10;

/// `/join/{token}` for a member invitation, `/invitations/{token}` for an invitation between organizations.
pub(crate) fn router(upstreams: &Upstreams) -> Router {
    Router::new()
        .route("/join/{token}", get(join::show).post(join::submit))
        .route("/invitations/{token}", get(invitation::show).post(invitation::submit))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .with_state(upstreams.clone())
}
