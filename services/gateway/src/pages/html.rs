//! HTML of the few plain pages: no script, and no file from anywhere else but the logo of a front door.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::texts::Texts;

/// Forms go nowhere but here, and nothing is loaded.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                                 frame-ancestors 'none'; base-uri 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;\
                     color:#1b1b1f;background:#fff;overflow-wrap:anywhere}label{display:block;margin:.8rem 0}\
                     input{display:block;width:100%;padding:.5rem;font:inherit;box-sizing:border-box;\
                     border:1px solid #767680}img{max-width:100%;max-height:6rem}\
                     button{padding:.5rem 1rem;font:inherit;margin-right:.5rem}\
                     .error{border-left:4px solid #b3261e;padding-left:.8rem}";

/// A whole page; `body` is HTML, `title` is text.
pub(super) fn page(status: StatusCode, texts: &Texts, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>",
        texts.language.tag()
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(texts.language.tag()),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// A paragraph of text.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}

/// What went wrong, as text.
pub(super) fn problem(text: &str) -> String {
    format!("<p class=\"error\" role=\"alert\">{}</p>", escape(text))
}

/// What went wrong, in the words of a service, which are English.
pub(super) fn foreign(introduction: &str, text: &str) -> String {
    let (introduction, text) = (escape(introduction), escape(text));
    format!("<p class=\"error\" role=\"alert\">{introduction} <span lang=\"en\">{text}</span></p>")
}

/// Whether a field may be left empty.
#[derive(Clone, Copy)]
pub(super) enum Need {
    Required,
    Optional,
}

/// A field of a form.
pub(super) struct Field<'a> {
    pub(super) label: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) value: &'a str,
    /// What browsers fill in.
    pub(super) autocomplete: &'a str,
    /// In characters, as the contract says.
    pub(super) longest: u32,
    pub(super) need: Need,
}

impl Field<'_> {
    /// The field with its label.
    pub(super) fn html(&self) -> String {
        let Self {
            label,
            name,
            kind,
            value,
            autocomplete,
            longest,
            need,
        } = self;
        let need = match need {
            Need::Required => " required",
            Need::Optional => "",
        };
        format!(
            "<label>{}<input name=\"{name}\" type=\"{kind}\" value=\"{}\" autocomplete=\"{autocomplete}\" \
             maxlength=\"{longest}\"{need}></label>",
            escape(label),
            escape(value)
        )
    }
}

/// The address and the password of who signs in.
pub(super) fn credentials(texts: &Texts, email: &str) -> String {
    let email = Field {
        label: texts.email,
        name: "email",
        kind: "email",
        value: email,
        autocomplete: "username",
        longest: 254,
        need: Need::Required,
    };
    let password = Field {
        label: texts.password,
        name: "password",
        kind: "password",
        value: "",
        autocomplete: "current-password",
        longest: 128,
        need: Need::Required,
    };
    email.html() + &password.html()
}

/// A field that the reader doesn't see.
pub(super) fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
        escape(value)
    )
}

/// A text to be copied.
pub(super) fn shown(label: &str, value: &str) -> String {
    let (label, value) = (escape(label), escape(value));
    format!("<label>{label}<input type=\"text\" value=\"{value}\" autocomplete=\"off\" readonly></label>")
}

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escape("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
