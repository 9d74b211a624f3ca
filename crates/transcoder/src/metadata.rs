//! Which headers become metadata of the call, and which metadata come back as headers.

use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use http::{HeaderMap, HeaderName};
use tonic::metadata::MetadataMap;

use crate::refusal::Refusal;

/// Headers that every call carries on: who calls, for which trace and request, in which language.
const ALWAYS: [HeaderName; 5] = [
    AUTHORIZATION,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-request-id"),
    ACCEPT_LANGUAGE,
];

/// The metadata of a call, from its HTTP headers: what is always passed on, and what the caller of this crate lists.
pub(crate) fn of_request(headers: &HeaderMap, listed: &[HeaderName]) -> Result<MetadataMap, Refusal> {
    if headers.get_all(AUTHORIZATION).iter().nth(1).is_some() {
        return Err(Refusal::malformed("has several authorization headers; send one"));
    }
    Ok(MetadataMap::from_headers(select(
        headers,
        ALWAYS.iter().chain(listed),
    )))
}

/// The headers of a response, from the metadata of its call.
pub(crate) fn of_response(metadata: &MetadataMap, listed: &[HeaderName]) -> HeaderMap {
    select(metadata.as_ref(), listed.iter())
}

/// Takes the named headers, but for values that gRPC could not carry.
fn select<'a>(headers: &HeaderMap, names: impl Iterator<Item = &'a HeaderName>) -> HeaderMap {
    let mut selected = HeaderMap::new();
    for name in names {
        selected.remove(name);
        for value in headers
            .get_all(name)
            .iter()
            .filter(|value| value.to_str().is_ok())
        {
            selected.append(name.clone(), value.clone());
        }
    }
    selected
}
