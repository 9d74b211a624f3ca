//! The pages of the gateway.

mod email;
mod front_door;
mod invitation;
mod join;
mod password;
mod sign_in;

use reqwest::Response;

use crate::support::Platform;

/// The text of a page, after its status and its form were looked at.
async fn page(response: Response, status: u16) -> String {
    assert_eq!(response.status(), status);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("script-src"), "{policy}");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("set-cookie"));
    let language = headers["content-language"].to_str().unwrap().to_owned();
    let html = response.text().await.unwrap();
    assert!(
        html.starts_with(&format!("<!doctype html><html lang=\"{language}\">")),
        "{html}"
    );
    html
}

/// Which calls a page made, by their methods and in their order.
fn methods(platform: &Platform, among: &[&str]) -> Vec<(String, usize)> {
    among
        .iter()
        .map(|method| ((*method).to_owned(), platform.script.calls(method).len()))
        .collect()
}
