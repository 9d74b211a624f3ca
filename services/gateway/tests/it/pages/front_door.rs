//! `/at/{slug}`.

use entente_contracts::identity::v1::{
    Challenge, CompleteSignInRequest, CompleteSignInResponse, FrontDoor, GetFrontDoorRequest,
    GetFrontDoorResponse, SignInRequest, SignInResponse, Tokens,
};
use entente_runtime::status::Failure;
use tonic::Code;

use super::page;
use crate::support::Platform;

const DOOR: &str = "/at/alpina";
const PASSWORD: &str = "seven brown lanterns";

async fn platform() -> Platform {
    with_logo("").await
}

async fn with_logo(logo_uri: &'static str) -> Platform {
    with(logo_uri, "").await
}

async fn with(logo_uri: &'static str, language: &'static str) -> Platform {
    let platform = Platform::start().await;
    platform.script.on(move |request: &GetFrontDoorRequest| {
        if request.slug != "alpina" {
            return Err(Failure::new(Code::NotFound, "NOT_FOUND", "no such front door: check it").into());
        }
        Ok(GetFrontDoorResponse {
            front_door: Some(FrontDoor {
                slug: "alpina".to_owned(),
                organization: "org_alpina".to_owned(),
                display_name: "Alpina & <b>Söhne</b>".to_owned(),
                logo_uri: logo_uri.to_owned(),
                language: language.to_owned(),
            }),
        })
    });
    platform
}

fn tokens() -> Option<Tokens> {
    Some(Tokens {
        access_token: "access-of-ann".to_owned(),
        refresh_token: "refresh-of-ann".to_owned(),
        expires_in: 300,
    })
}

/// Ann's password opens the door, or leads to the question for her second factor.
fn letting_in(platform: &Platform, challenge: Option<&'static str>) {
    platform.script.on(move |request: &SignInRequest| {
        let sent = (request.email.as_str(), request.organization.as_str());
        assert_eq!(sent, ("ann@example.com", "org_alpina"));
        if request.password != PASSWORD {
            return Err(Failure::new(Code::Unauthenticated, "CREDENTIALS_WRONG", "wrong: check").into());
        }
        Ok(match challenge {
            Some(token) => SignInResponse {
                challenge: Some(Challenge {
                    token: token.to_owned(),
                    expires_in: 300,
                }),
                ..SignInResponse::default()
            },
            None => SignInResponse {
                tokens: tokens(),
                ..SignInResponse::default()
            },
        })
    });
}

async fn send(platform: &Platform, path: &str, password: &str) -> reqwest::Response {
    let fields = [("email", "ann@example.com"), ("password", password)];
    platform.request("POST", path).form(&fields).send().await.unwrap()
}

#[tokio::test]
async fn opening_the_door_shows_whose_it_is_and_signs_nobody_in() {
    let platform = platform().await;
    let html = page(platform.get(DOOR).await, 200).await;
    assert!(
        html.contains("<h1>Sign in at Alpina &amp; &lt;b&gt;Söhne&lt;/b&gt;</h1>"),
        "{html}"
    );
    assert!(!html.contains("<img"), "{html}");
    assert_eq!(html.matches("<form method=\"post\">").count(), 1);
    assert_eq!(html.matches(" required>").count(), 2);
    assert!(platform.script.calls("SignIn").is_empty());
}

#[tokio::test]
async fn the_logo_is_all_that_the_page_loads_from_elsewhere() {
    let platform = with_logo("https://cdn.example/a&b.svg").await;
    let response = platform.get(DOOR).await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.ends_with("; img-src https://cdn.example"), "{policy}");
    let html = page(response, 200).await;
    assert!(
        html.contains("<img src=\"https://cdn.example/a&amp;b.svg\" alt=\"\">"),
        "{html}"
    );
}

#[tokio::test]
async fn a_logo_that_would_loosen_the_policy_is_left_out() {
    let platform = with_logo("https://cdn.example;sandbox/a.svg").await;
    let response = platform.get(DOOR).await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        !policy.contains("img-src") && !policy.contains("sandbox"),
        "{policy}"
    );
    let html = page(response, 200).await;
    assert!(!html.contains("<img"), "{html}");
}

#[tokio::test]
async fn the_form_signs_in_at_the_organization_in_the_visitors_name() {
    let platform = platform().await;
    letting_in(&platform, None);
    let html = page(send(&platform, DOOR, PASSWORD).await, 200).await;
    assert!(
        html.contains("access-of-ann") && html.contains("refresh-of-ann") && !html.contains("<form"),
        "{html}"
    );
    let call = platform.script.call("SignIn");
    assert_eq!(call.header("x-forwarded-for"), "127.0.0.1");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_address_and_not_the_password() {
    let platform = platform().await;
    letting_in(&platform, None);
    let html = page(send(&platform, DOOR, "four grey lanterns").await, 422).await;
    assert!(
        html.contains(
            "role=\"alert\">The address or the password is wrong, or you have no place in this organization."
        ),
        "{html}"
    );
    assert!(
        html.contains("value=\"ann@example.com\"") && !html.contains("lanterns"),
        "{html}"
    );
}

#[tokio::test]
async fn a_password_that_is_too_long_to_be_one_is_wrong_like_any_other() {
    let platform = platform().await;
    letting_in(&platform, None);
    let html = page(send(&platform, DOOR, &"x".repeat(129)).await, 422).await;
    assert!(
        html.contains("role=\"alert\">The address or the password is wrong"),
        "{html}"
    );
}

#[tokio::test]
async fn who_has_a_second_factor_is_asked_for_it() {
    let platform = platform().await;
    letting_in(&platform, Some("challenge-of-ann"));
    platform.script.on(|request: &CompleteSignInRequest| {
        assert_eq!(
            (request.challenge.as_str(), request.code.as_str()),
            ("challenge-of-ann", "123456")
        );
        Ok(CompleteSignInResponse {
            tokens: tokens(),
            session: None,
        })
    });

    let asked = page(send(&platform, DOOR, PASSWORD).await, 200).await;
    let code = platform
        .request("POST", "/sign-in/code")
        .form(&[("challenge", "challenge-of-ann"), ("code", "123456")]);
    let entered = page(code.send().await.unwrap(), 200).await;

    assert!(
        asked.contains("action=\"/sign-in/code\"") && asked.contains("value=\"challenge-of-ann\""),
        "{asked}"
    );
    assert!(!asked.contains("access-of-ann"), "{asked}");
    assert!(entered.contains("access-of-ann"), "{entered}");
}

#[tokio::test]
async fn a_slug_of_nobody_leads_nowhere() {
    let platform = platform().await;
    letting_in(&platform, None);
    for path in ["/at/nobody", "/at/%ff", &format!("/at/{}", "x".repeat(100))] {
        let html = page(platform.get(path).await, 404).await;
        assert!(
            html.contains("There is no front door here") && !html.contains("<form"),
            "{html}"
        );
        page(send(&platform, path, PASSWORD).await, 404).await;
    }
    assert!(platform.script.calls("SignIn").is_empty());
}

#[tokio::test]
async fn a_form_that_is_not_whole_is_shown_again() {
    let platform = platform().await;
    let request = platform
        .request("POST", DOOR)
        .form(&[("email", "ann@example.com")]);
    let html = page(request.send().await.unwrap(), 422).await;
    assert!(
        html.contains("The form did not arrive whole.") && html.contains("<form"),
        "{html}"
    );
    assert!(platform.script.calls("SignIn").is_empty());
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let platform = platform().await;
    letting_in(&platform, None);
    let from = async |site: &str| {
        let request = platform
            .request("POST", DOOR)
            .header("sec-fetch-site", site)
            .form(&[("email", "ann@example.com"), ("password", PASSWORD)]);
        request.send().await.unwrap()
    };
    for site in ["cross-site", "same-site"] {
        let html = page(from(site).await, 403).await;
        assert!(html.contains("This form came from another site"), "{html}");
    }
    assert!(platform.script.calls("SignIn").is_empty());
    page(from("same-origin").await, 200).await;
}

#[tokio::test]
async fn a_reader_of_french_gets_french() {
    let platform = platform().await;
    letting_in(&platform, None);
    let french = |method: &str, path: &str| {
        platform
            .request(method, path)
            .header("accept-language", "fr")
            .form(&[("email", "ann@example.com"), ("password", "wrong")])
            .send()
    };
    for (method, path, status, said) in [
        ("GET", DOOR, 200, "Se connecter chez Alpina"),
        (
            "POST",
            DOOR,
            422,
            "L&#39;adresse ou le mot de passe est faux, ou vous n&#39;avez pas de place dans cette organisation.",
        ),
        (
            "GET",
            "/at/nobody",
            404,
            "Aucune organisation n&#39;a cette adresse",
        ),
    ] {
        let html = page(french(method, path).await.unwrap(), status).await;
        assert!(html.contains(said), "{html}");
    }
}

#[tokio::test]
async fn without_a_wish_the_door_speaks_the_language_of_the_organization() {
    let platform = with("", "fr").await;
    letting_in(&platform, None);
    let asking_for = |language: &'static str| {
        let request = platform.request("GET", DOOR);
        request.header("accept-language", language).send()
    };

    let unasked = page(platform.get(DOOR).await, 200).await;
    let unknown = page(asking_for("de").await.unwrap(), 200).await;
    let refused = page(send(&platform, DOOR, "four grey lanterns").await, 422).await;
    let english = page(asking_for("en").await.unwrap(), 200).await;

    for html in [unasked, unknown] {
        assert!(html.contains("Se connecter chez Alpina"), "{html}");
    }
    assert!(refused.contains("ou le mot de passe est faux"), "{refused}");
    assert!(english.contains("Sign in at Alpina"), "{english}");
}

#[tokio::test]
async fn a_language_that_there_are_no_words_in_is_english() {
    let platform = with("", "rm").await;
    let html = page(platform.get(DOOR).await, 200).await;
    assert!(html.contains("Sign in at Alpina"), "{html}");
}
