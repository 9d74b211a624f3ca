//! Response messages as JSON.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use prost_reflect::{DynamicMessage, FieldDescriptor, SerializeOptions};
use serde_json::{Serializer, Value};

/// Fields without presence stand in a response with their default too: a client needs no knowledge of defaults.
const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// The response with a message, or one field of it, as its body.
pub(crate) fn of(
    message: &DynamicMessage,
    field: Option<&FieldDescriptor>,
) -> Result<Response<Body>, serde_json::Error> {
    let body = match field {
        None => {
            let mut body = Vec::new();
            message.serialize_with_options(&mut Serializer::new(&mut body), &OPTIONS)?;
            body
        }
        Some(field) => {
            let mut whole = message.serialize_with_options(serde_json::value::Serializer, &OPTIONS)?;
            serde_json::to_vec(&whole.get_mut(field.json_name()).map_or(Value::Null, Value::take))?
        }
    };
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
