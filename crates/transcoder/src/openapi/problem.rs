//! The error response.

use serde_json::{Value, json};

/// What every operation answers when it fails.
pub(super) fn response() -> Value {
    json!({
        "description": "It failed; the problem says why, and what can be done.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

/// RFC 9457, with what a google.rpc.Status adds.
pub(super) fn schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "Names the kind of problem." },
            "title": text("The kind of problem in words."),
            "status": { "type": "integer", "format": "int32", "description": "The HTTP status." },
            "detail": text("What went wrong, and the mend."),
            "localizedMessage": {
                "type": "object",
                "description": "The same for people, in a language that `accept-language` asks for where there is one.",
                "required": ["locale", "message"],
                "properties": {
                    "locale": text("The language of the message, a tag of BCP 47 such as fr."),
                    "message": text("What happened, and what can be done."),
                },
            },
            "instance": { "type": "string", "format": "uri-reference", "description": "The path of the request." },
            "code": text("The gRPC code, such as PERMISSION_DENIED."),
            "reason": text("The cause, one word for programs."),
            "domain": text("Who defines the reason."),
            "metadata": {
                "type": "object",
                "additionalProperties": { "type": "string" },
                "description": "Particulars of the reason.",
            },
            "violations": {
                "type": "array",
                "description": "The fields that are wrong.",
                "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {
                        "field": text("The path of the field."),
                        "description": text("What is wrong with it, and the mend."),
                    },
                },
            },
            "retryAfter": { "type": "integer", "minimum": 0, "description": "Seconds after which to try again." },
            "requestId": text("The request's id, to quote in a report."),
        },
    })
}
