//! Reading a request's body, within its limits.

use std::error::Error;

use axum::body::Body;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::reason::Reason;
use crate::refusal::Refusal;

/// Reads the body whole. A body that isn't empty must be JSON in UTF-8 by its headers.
pub(crate) async fn read(headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Bytes, Refusal> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max_bytes) {
        return Err(too_large(max_bytes));
    }
    let read = Limited::new(body, max_bytes).collect().await;
    let bytes = read.map_err(|error| read_error(&*error, max_bytes))?.to_bytes();
    if !bytes.is_empty() {
        check_encoding(headers)?;
        check_media_type(headers)?;
    }
    Ok(bytes)
}

fn read_error(error: &(dyn Error + 'static), max_bytes: usize) -> Refusal {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return too_large(max_bytes);
        }
        cause = error.source();
    }
    Refusal::malformed("the body broke off; send it whole")
}

fn too_large(max_bytes: usize) -> Refusal {
    Refusal::new(
        Reason::RequestTooLarge,
        format!("the body is larger than {max_bytes} bytes; send less at once"),
    )
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    let encoded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|value| value != "identity");
    if encoded {
        let refusal = Refusal::new(
            Reason::UnsupportedMediaType,
            "the body is compressed; send it plain",
        );
        return Err(refusal.accepting(ACCEPT_ENCODING, "identity"));
    }
    Ok(())
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(CONTENT_TYPE).is_some_and(is_json) {
        return Ok(());
    }
    let detail = "the body must be JSON in UTF-8; send it with `content-type: application/json`";
    Err(Refusal::new(Reason::UnsupportedMediaType, detail).accepting(ACCEPT, "application/json"))
}

fn is_json(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    json && parts.all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.trim().eq_ignore_ascii_case("charset")
            || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf8_is_taken() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true),
            ("application/merge-patch+json", true),
            ("application/json; charset=latin1", false),
            ("text/json", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonx", false),
            ("", false),
        ] {
            assert_eq!(is_json(&HeaderValue::from_static(value)), expected, "{value}");
        }
    }
}
