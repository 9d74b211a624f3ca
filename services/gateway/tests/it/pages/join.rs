//! `/join/{token}`.

use std::time::Duration;

use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, AcceptMemberInvitationResponse, LookUpMemberInvitationRequest,
    LookUpMemberInvitationResponse,
};
use entente_gateway::Config;
use entente_runtime::status::Failure;
use tonic::{Code, Status};

use super::{methods, page};
use crate::support::{Platform, Setup};

const LINK: &str = "/join/good-token";

async fn platform() -> Platform {
    with(Setup::default()).await
}

async fn with(setup: Setup) -> Platform {
    let platform = Platform::with(setup).await;
    platform.script.on(|request: &LookUpMemberInvitationRequest| {
        if request.token != "good-token" {
            return Err(Failure::new(Code::NotFound, "LINK_DEAD", "the link is not valid any more").into());
        }
        Ok(LookUpMemberInvitationResponse {
            organization_name: "Alpina & <b>Söhne</b>".to_owned(),
            email: "ann\"><script>@example.com".to_owned(),
            role: "viewer".to_owned(),
            role_display_name: "Viewer".to_owned(),
            ..LookUpMemberInvitationResponse::default()
        })
    });
    platform
}

/// Where the link leads to another role.
async fn with_role(role: &'static str, display_name: &'static str) -> Platform {
    let platform = Platform::start().await;
    platform.script.on(move |_: &LookUpMemberInvitationRequest| {
        Ok(LookUpMemberInvitationResponse {
            organization_name: "Alpina".to_owned(),
            email: "ann@example.com".to_owned(),
            role: role.to_owned(),
            role_display_name: display_name.to_owned(),
            ..LookUpMemberInvitationResponse::default()
        })
    });
    platform
}

fn accepting(platform: &Platform, answer: impl Fn() -> Result<(), Status> + Send + Sync + 'static) {
    platform.script.on(move |_: &AcceptMemberInvitationRequest| {
        answer().map(|()| AcceptMemberInvitationResponse::default())
    });
}

async fn send(platform: &Platform, fields: &[(&str, &str)]) -> reqwest::Response {
    platform.request("POST", LINK).form(fields).send().await.unwrap()
}

const ANN: [(&str, &str); 2] = [("name", "Ann"), ("password", "correct horse battery")];

#[tokio::test]
async fn opening_the_link_shows_what_it_is_about_and_changes_nothing() {
    let platform = platform().await;

    for _ in 0..2 {
        let html = page(platform.get(LINK).await, 200).await;
        assert!(
            html.contains("<h1>Join Alpina &amp; &lt;b&gt;Söhne&lt;/b&gt;</h1>"),
            "{html}"
        );
        assert!(
            html.contains("You are invited as viewer (ann&quot;&gt;&lt;script&gt;@example.com)"),
            "{html}"
        );
        assert!(
            !html.contains("<script") && !html.contains("good-token"),
            "{html}"
        );
        assert_eq!(html.matches("<form method=\"post\">").count(), 1);
        assert_eq!(html.matches(" required>").count(), 2);
    }

    let asked = methods(&platform, &["LookUpMemberInvitation", "AcceptMemberInvitation"]);
    assert_eq!(
        asked,
        [
            ("LookUpMemberInvitation".to_owned(), 2),
            ("AcceptMemberInvitation".to_owned(), 0)
        ]
    );
}

#[tokio::test]
async fn a_reader_of_french_gets_french() {
    let platform = platform().await;
    let request = platform
        .request("GET", LINK)
        .header("accept-language", "fr-CH, en;q=0.5");

    let html = page(request.send().await.unwrap(), 200).await;

    assert!(
        html.contains("<html lang=\"fr\">") && html.contains("Vous êtes invité comme lecteur"),
        "{html}"
    );
}

#[tokio::test]
async fn a_role_of_the_organizations_own_is_shown_by_its_name() {
    let platform = with_role("rol_01h455vb4pex5vsknk084sn02q", "Night <shift>").await;

    let html = page(platform.get(LINK).await, 200).await;

    assert!(
        html.contains("You are invited as Night &lt;shift&gt; (ann@example.com)"),
        "{html}"
    );
    assert!(!html.contains("rol_"), "{html}");
}

#[tokio::test]
async fn a_role_by_account_type_is_shown_in_the_readers_language() {
    let platform = with_role("account_manager", "Account manager").await;
    for (language, said) in [
        ("en", "You are invited as account manager (ann@example.com)"),
        (
            "fr",
            "Vous êtes invité comme gestionnaire du compte (ann@example.com)",
        ),
    ] {
        let request = platform.request("GET", LINK).header("accept-language", language);
        let html = page(request.send().await.unwrap(), 200).await;
        assert!(html.contains(said), "{html}");
    }
}

#[tokio::test]
async fn without_a_wish_the_page_is_in_the_language_of_who_is_invited() {
    let platform = Platform::start().await;
    platform.script.on(|_: &LookUpMemberInvitationRequest| {
        Ok(LookUpMemberInvitationResponse {
            role: "viewer".to_owned(),
            language: "fr".to_owned(),
            ..LookUpMemberInvitationResponse::default()
        })
    });

    let unasked = page(platform.get(LINK).await, 200).await;
    let english = platform.request("GET", LINK).header("accept-language", "en");
    let english = page(english.send().await.unwrap(), 200).await;

    assert!(unasked.contains("Vous êtes invité comme lecteur"), "{unasked}");
    assert!(english.contains("You are invited as viewer"), "{english}");
}

#[tokio::test]
async fn the_form_accepts_in_the_visitors_name() {
    let platform = platform().await;
    platform.script.on(|request: &AcceptMemberInvitationRequest| {
        assert_eq!(
            (
                request.token.as_str(),
                request.display_name.as_str(),
                request.password.as_str()
            ),
            ("good-token", "Ann", "correct horse battery")
        );
        Ok(AcceptMemberInvitationResponse::default())
    });

    let html = page(send(&platform, &ANN).await, 200).await;

    assert!(
        html.contains("You are in. You can sign in now.") && !html.contains("<form"),
        "{html}"
    );
    assert_eq!(
        platform
            .script
            .call("AcceptMemberInvitation")
            .header("x-forwarded-for"),
        "127.0.0.1"
    );
}

#[tokio::test]
async fn a_dead_link_says_what_to_do() {
    let platform = platform().await;
    for path in [
        "/join/used",
        "/join/%ff",
        &format!("/join/{}", "x".repeat(300)),
        "/join/a%2Fb",
        "/join/%3Cb%3E",
    ] {
        let html = page(platform.get(path).await, 404).await;
        assert!(
            html.contains("This link can&#39;t be used any more") && html.contains("Ask for a new"),
            "{html}"
        );
        let posted = platform.request("POST", path).form(&ANN).send().await.unwrap();
        page(posted, 404).await;
    }
    assert_eq!(platform.script.calls("AcceptMemberInvitation").len(), 0);
}

#[tokio::test]
async fn a_link_that_dies_while_the_form_is_filled_in_is_dead() {
    let platform = platform().await;
    accepting(&platform, || {
        Err(Failure::new(Code::NotFound, "LINK_DEAD", "dead: ask for a new one").into())
    });

    page(send(&platform, &ANN).await, 404).await;
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_not_the_password() {
    let platform = platform().await;
    accepting(&platform, || {
        Err(Failure::new(Code::Unauthenticated, "CREDENTIALS_WRONG", "wrong: check").into())
    });

    let html = page(send(&platform, &ANN).await, 422).await;

    assert!(
        html.contains("role=\"alert\">The address or the password is wrong."),
        "{html}"
    );
    assert!(
        html.contains("value=\"Ann\"") && !html.contains("correct horse"),
        "{html}"
    );
}

#[tokio::test]
async fn a_field_that_the_contract_refuses_is_explained_in_the_readers_language() {
    let platform = platform().await;
    let request = platform.request("POST", LINK).header("accept-language", "fr");
    let short = request.form(&[("name", "<i>"), ("password", "short")]);

    let html = page(short.send().await.unwrap(), 422).await;

    assert!(
        html.contains("Un mot de passe compte entre 12 et 128 caractères"),
        "{html}"
    );
    assert!(html.contains("value=\"&lt;i&gt;\""), "{html}");
}

#[tokio::test]
async fn a_reason_without_a_text_is_told_in_the_services_words() {
    let platform = platform().await;
    accepting(&platform, || {
        Err(Failure::new(Code::FailedPrecondition, "ODD", "<odd>: even it out").into())
    });

    let html = page(send(&platform, &ANN).await, 422).await;

    assert!(
        html.contains("This was refused: <span lang=\"en\">&lt;odd&gt;: even it out</span>"),
        "{html}"
    );
}

#[tokio::test]
async fn a_form_that_is_not_whole_is_shown_again() {
    let platform = platform().await;
    let bodies = [
        ("application/x-www-form-urlencoded", "name=Ann"),
        ("text/plain", "name=Ann"),
        ("", "name=a"),
    ];
    for (kind, body) in bodies {
        let request = platform
            .request("POST", LINK)
            .header("content-type", kind)
            .body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert!([415, 422].contains(&status), "{kind}: {status}");
        let html = page(response, status).await;
        assert!(
            html.contains("The form did not arrive whole.") && html.contains("<form"),
            "{html}"
        );
    }
    assert_eq!(platform.script.calls("AcceptMemberInvitation").len(), 0);
}

#[tokio::test]
async fn a_form_that_is_too_long_is_refused() {
    let platform = platform().await;
    let long = "x".repeat(20 << 10);

    let html = page(send(&platform, &[("name", &long), ("password", "p")]).await, 413).await;

    assert!(html.contains("The form is too long."), "{html}");
    assert_eq!(platform.script.calls("AcceptMemberInvitation").len(), 0);
}

#[tokio::test]
async fn a_form_that_does_not_come_is_not_waited_for() {
    let config = Config {
        gateway_body_timeout: Duration::from_millis(50),
        ..Config::default()
    };
    let platform = with(Setup {
        config,
        ..Setup::default()
    })
    .await;
    let head = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 9";

    let request = format!("POST {LINK} HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\nn");

    let answer = platform.raw(request.as_bytes(), "</html>").await;

    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("did not arrive in time"),
        "{answer}"
    );
}

#[tokio::test]
async fn while_identity_is_away_the_page_says_when_to_come_back() {
    let platform = Platform::with(Setup {
        closed: vec!["identity"],
        ..Setup::default()
    })
    .await;

    let response = platform.get(LINK).await;

    assert_eq!(response.headers()["retry-after"], "1");
    let html = page(response, 503).await;
    assert!(html.contains("Try again in a minute."), "{html}");
}
