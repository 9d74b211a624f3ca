//! The logo of an organization: the one thing that a page loads from elsewhere.

use axum::response::Response;
use http::{HeaderValue, header};

use super::html::{POLICY, escape};

/// A picture, with the policy of a page that shows it.
pub(super) struct Picture<'a> {
    address: &'a str,
    policy: HeaderValue,
}

impl<'a> Picture<'a> {
    /// The picture at an https address. None elsewhere, and none where what stands for the host could say more in a policy
    /// than where pictures come from.
    pub(super) fn at(address: &'a str) -> Option<Self> {
        let rest = address.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
        if host.is_empty() || !host.chars().all(plain) {
            return None;
        }
        let policy = HeaderValue::try_from(format!("{POLICY}; img-src https://{host}")).ok()?;
        Some(Self { address, policy })
    }

    /// The picture as HTML. It tells nothing that the name beside it doesn't.
    pub(super) fn html(&self) -> String {
        format!("<img src=\"{}\" alt=\"\">", escape(self.address))
    }

    /// Lets a page load pictures from there.
    pub(super) fn allow(&self, page: &mut Response) {
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_load_from_the_place_of_its_picture_and_from_no_other() {
        let picture = Picture::at("https://cdn.example:8443/a.svg?v=2").unwrap();
        let policy = picture.policy.to_str().unwrap();
        assert_eq!(policy, format!("{POLICY}; img-src https://cdn.example:8443"));
    }

    #[test]
    fn no_picture_changes_the_rest_of_the_policy() {
        for address in [
            "",
            "http://cdn.example/a.svg",
            "data:image/svg+xml,a",
            "https://",
            "https:///a.svg",
            "https://cdn.example;sandbox/a.svg",
            "https://cdn.example,default-src/a.svg",
            "https://*/a.svg",
            "https://ann@cdn.example/a.svg",
            "https://cdn.example https://evil.example/a.svg",
            "https://bücher.example/a.svg",
        ] {
            assert!(Picture::at(address).is_none(), "{address}");
        }
    }
}
