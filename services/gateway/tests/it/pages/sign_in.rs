//! `/sign-in`.

use entente_contracts::identity::v1::{
    BeginProviderSignInRequest, BeginProviderSignInResponse, Challenge, CompleteProviderSignInRequest,
    CompleteProviderSignInResponse, CompleteSignInRequest, CompleteSignInResponse, Tokens,
};
use entente_runtime::status::Failure;
use tonic::Code;

use super::page;
use crate::support::Platform;

const PROVIDER: &str = "https://provider.example/auth?state=s&nonce=n";
const CALLBACK: &str = "/sign-in/callback";

fn tokens() -> Option<Tokens> {
    Some(Tokens {
        access_token: "access-of-ann".to_owned(),
        refresh_token: "refresh-of-ann".to_owned(),
        expires_in: 300,
    })
}

async fn platform() -> Platform {
    let platform = Platform::start().await;
    platform.script.on(|_: &BeginProviderSignInRequest| {
        Ok(BeginProviderSignInResponse {
            authorization_url: PROVIDER.to_owned(),
            flow: "flow-of-ann".to_owned(),
            expires_in: 600,
        })
    });
    platform
}

fn completing(platform: &Platform, challenge: Option<&'static str>) {
    platform
        .script
        .on(move |request: &CompleteProviderSignInRequest| {
            let sent = (
                request.flow.as_str(),
                request.state.as_str(),
                request.code.as_str(),
            );
            assert_eq!(sent, ("flow-of-ann", "s", "c"));
            Ok(match challenge {
                Some(token) => CompleteProviderSignInResponse {
                    challenge: Some(Challenge {
                        token: token.to_owned(),
                        expires_in: 300,
                    }),
                    ..Default::default()
                },
                None => CompleteProviderSignInResponse {
                    tokens: tokens(),
                    ..Default::default()
                },
            })
        });
}

async fn submit(platform: &Platform, cookie: &str) -> reqwest::Response {
    platform
        .request("POST", CALLBACK)
        .header("cookie", cookie)
        .form(&[("state", "s"), ("code", "c")])
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_way_to_the_provider_begins_with_a_form() {
    let platform = platform().await;
    let shown = page(platform.get("/sign-in").await, 200).await;
    assert!(
        shown.contains("<form method=\"post\" action=\"/sign-in\">"),
        "{shown}"
    );
    assert!(platform.script.calls("BeginProviderSignIn").is_empty());

    let sent = platform.request("POST", "/sign-in").send().await.unwrap();

    let cookie = sent.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert_eq!(
        cookie,
        "entente_sign_in=flow-of-ann; Path=/sign-in; Max-Age=600; HttpOnly; SameSite=Lax"
    );
    let text = sent.text().await.unwrap();
    assert!(
        text.contains("url=https://provider.example/auth?state=s&amp;nonce=n"),
        "{text}"
    );
}

#[tokio::test]
async fn who_comes_back_completes_with_a_form() {
    let platform = platform().await;
    completing(&platform, None);
    let shown = page(platform.get(&format!("{CALLBACK}?state=s&code=%22c")).await, 200).await;
    assert!(shown.contains("value=\"&quot;c\""), "{shown}");
    assert!(platform.script.calls("CompleteProviderSignIn").is_empty());

    let text = page(submit(&platform, "entente_sign_in=flow-of-ann").await, 200).await;

    assert!(
        text.contains("access-of-ann") && text.contains("refresh-of-ann"),
        "{text}"
    );
}

#[tokio::test]
async fn a_browser_that_did_not_begin_completes_nothing() {
    let platform = platform().await;
    completing(&platform, None);
    page(submit(&platform, "other=1").await, 422).await;
    assert!(platform.script.calls("CompleteProviderSignIn").is_empty());
}

#[tokio::test]
async fn who_has_a_second_factor_here_is_asked_for_it() {
    let platform = platform().await;
    completing(&platform, Some("challenge-of-ann"));
    platform.script.on(|request: &CompleteSignInRequest| {
        assert_eq!(request.challenge, "challenge-of-ann");
        if request.code != "123456" {
            return Err(Failure::new(Code::Unauthenticated, "CODE_WRONG", "wrong: give another").into());
        }
        Ok(CompleteSignInResponse {
            tokens: tokens(),
            session: None,
        })
    });
    let asked = page(submit(&platform, "entente_sign_in=flow-of-ann").await, 200).await;
    assert!(
        asked.contains("challenge-of-ann") && !asked.contains("access-of-ann"),
        "{asked}"
    );

    for (code, status, said) in [
        ("000000", 422, "The code is wrong"),
        ("123456", 200, "access-of-ann"),
    ] {
        let sent = platform
            .request("POST", "/sign-in/code")
            .form(&[("challenge", "challenge-of-ann"), ("code", code)])
            .send()
            .await
            .unwrap();
        let text = page(sent, status).await;
        assert!(text.contains(said), "{text}");
    }
}

#[tokio::test]
async fn a_provider_that_refuses_leads_back_to_the_beginning() {
    let platform = platform().await;
    let text = page(
        platform
            .get(&format!("{CALLBACK}?error=access_denied&state=s"))
            .await,
        422,
    )
    .await;
    assert!(text.contains("did not sign you in"), "{text}");
}

#[tokio::test]
async fn an_installation_without_a_provider_says_so() {
    let platform = Platform::start().await;
    platform.script.on(|_: &BeginProviderSignInRequest| {
        let none = Failure::new(
            Code::FailedPrecondition,
            "PROVIDER_NOT_SET_UP",
            "none: use your password",
        );
        Err::<BeginProviderSignInResponse, _>(none.into())
    });
    let sent = platform.request("POST", "/sign-in").send().await.unwrap();
    let text = page(sent, 422).await;
    assert!(text.contains("no identity provider"), "{text}");
}
