//! `/email/{token}`.

use entente_contracts::identity::v1::{
    ConfirmEmailChangeRequest, ConfirmEmailChangeResponse, LookUpEmailChangeRequest,
    LookUpEmailChangeResponse,
};
use entente_runtime::status::Failure;
use tonic::{Code, Status};

use super::{methods, page};
use crate::support::Platform;

const LINK: &str = "/email/good-token";

fn dead() -> Status {
    Failure::new(Code::NotFound, "LINK_DEAD", "dead: ask for a new one").into()
}

async fn platform() -> Platform {
    let platform = Platform::start().await;
    platform.script.on(|request: &LookUpEmailChangeRequest| {
        if request.token != "good-token" {
            return Err(dead());
        }
        Ok(LookUpEmailChangeResponse {
            new_email: "<ann>@example.com".to_owned(),
            expire_time: None,
        })
    });
    platform.script.on(|request: &ConfirmEmailChangeRequest| {
        if request.token != "good-token" {
            return Err(dead());
        }
        Ok(ConfirmEmailChangeResponse {
            email: "<ann>@example.com".to_owned(),
        })
    });
    platform
}

async fn send(platform: &Platform, path: &str) -> reqwest::Response {
    platform.request("POST", path).send().await.unwrap()
}

#[tokio::test]
async fn opening_the_link_shows_the_address_and_changes_nothing() {
    let platform = platform().await;
    let html = page(platform.get(LINK).await, 200).await;
    assert!(html.contains("<h1>Confirm your new address</h1>"), "{html}");
    assert!(
        html.contains("&lt;ann&gt;@example.com") && !html.contains("good-token"),
        "{html}"
    );
    assert_eq!(
        methods(&platform, &["ConfirmEmailChange"]),
        [("ConfirmEmailChange".to_owned(), 0)]
    );
}

#[tokio::test]
async fn the_form_takes_the_address_over() {
    let platform = platform().await;
    let html = page(send(&platform, LINK).await, 200).await;
    assert!(
        html.contains("This is your address now.") && !html.contains("<form"),
        "{html}"
    );
    assert_eq!(platform.script.calls("ConfirmEmailChange").len(), 1);
}

#[tokio::test]
async fn a_dead_link_says_what_to_do() {
    let platform = platform().await;
    let html = page(platform.get("/email/used").await, 404).await;
    assert!(html.contains("Ask for a new one."), "{html}");
    page(send(&platform, "/email/used").await, 404).await;
}
