//! The description of the API, made from the contract.

use entente_contracts::METHODS;
use entente_contracts::access::v1::Caller;
use entente_transcoder::openapi::{Info, document};
use entente_transcoder::{BuildError, Exposed};
use prost_reflect::{DescriptorPool, MethodDescriptor};

/// The document that `/openapi.json` gives.
pub(crate) fn describe(pool: &DescriptorPool, exposed: &Exposed) -> Result<serde_json::Value, BuildError> {
    let info = Info {
        title: "Entente".to_owned(),
        version: "v1".to_owned(),
        description: "The open platform for companies that reach their customers through partners. Sign in at \
                      /v1/sessions:signIn, then send `Authorization: Bearer` with the access token. Lists page by \
                      `pageToken`; an update is conditional on the `etag` sent; a write with a `requestId` can be \
                      repeated for 24 hours. Errors are problem documents (RFC 9457) with a stable `reason`."
            .to_owned(),
        servers: vec!["/".to_owned()],
    };
    document(pool, exposed.methods(), &info, |method| {
        caller(method) == Some(Caller::Public)
    })
}

/// What kind of caller the access rule of a method names.
pub(crate) fn caller(method: &MethodDescriptor) -> Option<Caller> {
    let service = method.parent_service();
    let rule = METHODS
        .iter()
        .find(|rule| rule.service == service.full_name() && rule.method == method.name())?;
    Some(rule.caller)
}
