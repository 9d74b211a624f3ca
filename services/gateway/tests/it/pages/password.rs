//! `/password/{token}`.

use entente_contracts::identity::v1::{
    LookUpPasswordResetRequest, LookUpPasswordResetResponse, ResetPasswordRequest, ResetPasswordResponse,
};
use entente_runtime::status::Failure;
use tonic::{Code, Status};

use super::{methods, page};
use crate::support::Platform;

const LINK: &str = "/password/good-token";
const CHOICE: [(&str, &str); 1] = [("password", "seven brown lanterns")];

async fn platform(answer: impl Fn() -> Result<(), Status> + Send + Sync + 'static) -> Platform {
    let platform = Platform::start().await;
    platform.script.on(|request: &LookUpPasswordResetRequest| {
        if request.token != "good-token" {
            return Err(Failure::new(Code::NotFound, "LINK_DEAD", "dead: ask for a new one").into());
        }
        Ok(LookUpPasswordResetResponse {
            email: "<ann>@example.com".to_owned(),
            expire_time: None,
        })
    });
    platform.script.on(move |request: &ResetPasswordRequest| {
        assert_eq!(request.token, "good-token");
        answer().map(|()| ResetPasswordResponse::default())
    });
    platform
}

async fn send(platform: &Platform, path: &str) -> reqwest::Response {
    platform.request("POST", path).form(&CHOICE).send().await.unwrap()
}

#[tokio::test]
async fn opening_the_link_shows_whose_it_is_and_changes_nothing() {
    let platform = platform(|| Ok(())).await;
    let html = page(platform.get(LINK).await, 200).await;
    assert!(html.contains("<h1>Choose a new password</h1>"), "{html}");
    assert!(
        html.contains("&lt;ann&gt;@example.com") && !html.contains("good-token"),
        "{html}"
    );
    assert_eq!(
        methods(&platform, &["ResetPassword"]),
        [("ResetPassword".to_owned(), 0)]
    );
}

#[tokio::test]
async fn the_form_sets_the_password() {
    let platform = platform(|| Ok(())).await;
    let html = page(send(&platform, LINK).await, 200).await;
    assert!(
        html.contains("Your new password is set") && !html.contains("<form"),
        "{html}"
    );
    let call = platform.script.call("ResetPassword");
    assert_eq!(call.header("x-forwarded-for"), "127.0.0.1");
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_can_be_chosen_anew() {
    let refusal = || {
        Failure::new(Code::InvalidArgument, "INVALID_FIELD", "weak: choose").violation("new_password", "weak")
    };
    let platform = platform(move || Err(refusal().into())).await;
    let html = page(send(&platform, LINK).await, 422).await;
    assert!(
        html.contains("not easy to guess. Choose another.") && html.contains("<form"),
        "{html}"
    );
    assert!(!html.contains("lanterns"), "{html}");
}

#[tokio::test]
async fn a_dead_link_says_what_to_do() {
    let platform = platform(|| Ok(())).await;
    let html = page(platform.get("/password/used").await, 404).await;
    assert!(html.contains("Ask for a new one."), "{html}");
    page(send(&platform, "/password/used").await, 404).await;
}

#[tokio::test]
async fn a_reader_of_french_gets_french() {
    let platform = platform(|| Ok(())).await;
    let request = platform.request("GET", LINK).header("accept-language", "fr");
    let html = page(request.send().await.unwrap(), 200).await;
    assert!(html.contains("Choisir un nouveau mot de passe"), "{html}");
}
