//! `/invitations/{token}`.

use std::sync::Arc;
use std::sync::mpsc;

use entente_contracts::identity::v1::{
    Challenge, CompleteSignInRequest, CompleteSignInResponse, SignInRequest, SignInResponse, SignOutRequest,
    SignOutResponse, Tokens,
};
use entente_contracts::partners::v1::{
    AcceptPartnershipInvitationRequest, AcceptPartnershipInvitationResponse,
    LookUpPartnershipInvitationRequest, LookUpPartnershipInvitationResponse, MandateAccess,
    PartnershipInvitation, RefusePartnershipInvitationRequest, RefusePartnershipInvitationResponse,
};
use entente_runtime::status::Failure;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tonic::{Code, Status};

use super::{methods, page};
use crate::support::{Platform, eventually};

const LINK: &str = "/invitations/good-token";
const STEPS: [&str; 4] = [
    "SignIn",
    "AcceptPartnershipInvitation",
    "RefusePartnershipInvitation",
    "SignOut",
];

fn invitation() -> PartnershipInvitation {
    PartnershipInvitation {
        id: "pin_1".to_owned(),
        client: "org_berger".to_owned(),
        client_name: "Berger <SA>".to_owned(),
        partner: "org_alpina".to_owned(),
        access: MandateAccess::Limited.into(),
        products: vec!["prd_1".to_owned(), "prd_2".to_owned()],
        message: "<img src=x>".to_owned(),
        ..PartnershipInvitation::default()
    }
}

async fn platform() -> Platform {
    let platform = Platform::start().await;
    platform
        .script
        .on(|request: &LookUpPartnershipInvitationRequest| {
            if request.token != "good-token" {
                return Err(
                    Failure::new(Code::NotFound, "LINK_DEAD", "the link is not valid any more").into(),
                );
            }
            Ok(LookUpPartnershipInvitationResponse {
                invitation: Some(invitation()),
            })
        });
    platform.script.on(|request: &SignInRequest| {
        if request.password != "right" {
            return Err(Failure::new(Code::Unauthenticated, "CREDENTIALS_WRONG", "wrong: check both").into());
        }
        assert_eq!(
            (request.email.as_str(), request.organization.as_str()),
            ("ann@example.com", "org_alpina")
        );
        let tokens = Tokens {
            access_token: "of-ann".to_owned(),
            ..Tokens::default()
        };
        Ok(SignInResponse {
            tokens: Some(tokens),
            session: None,
            challenge: None,
        })
    });
    platform.script.on(|_: &SignOutRequest| Ok(SignOutResponse {}));
    platform
}

fn accepting(platform: &Platform, answer: impl Fn() -> Result<(), Status> + Send + Sync + 'static) {
    platform
        .script
        .on(move |request: &AcceptPartnershipInvitationRequest| {
            let asked = (
                request.organization.as_str(),
                request.invitation.as_str(),
                request.token.as_str(),
            );
            assert_eq!(asked, ("org_alpina", "pin_1", "good-token"));
            answer().map(|()| AcceptPartnershipInvitationResponse::default())
        });
}

async fn send(platform: &Platform, password: &str, answer: &str) -> reqwest::Response {
    send_with_code(platform, password, "", answer).await
}

async fn send_with_code(platform: &Platform, password: &str, code: &str, answer: &str) -> reqwest::Response {
    let fields = [
        ("email", "ann@example.com"),
        ("password", password),
        ("code", code),
        ("answer", answer),
    ];
    platform.request("POST", LINK).form(&fields).send().await.unwrap()
}

fn counts(platform: &Platform) -> [usize; 4] {
    let counts: Vec<_> = methods(platform, &STEPS)
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    counts.try_into().unwrap()
}

#[tokio::test]
async fn opening_the_link_shows_what_it_is_about_and_changes_nothing() {
    let platform = platform().await;

    let html = page(platform.get(LINK).await, 200).await;

    assert!(
        html.contains("<h1>Berger &lt;SA&gt; invites you to a partnership</h1>"),
        "{html}"
    );
    assert!(html.contains("You will look after 2 products."), "{html}");
    assert!(
        html.contains("&lt;img src=x&gt;") && !html.contains("<img"),
        "{html}"
    );
    assert_eq!(html.matches(" required>").count(), 2);
    assert!(!html.contains("good-token"), "{html}");
    assert_eq!(counts(&platform), [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_complete_mandate_is_called_that_in_french_too() {
    let platform = platform().await;
    platform.script.on(|_: &LookUpPartnershipInvitationRequest| {
        let complete = PartnershipInvitation {
            access: MandateAccess::Complete.into(),
            ..invitation()
        };
        Ok(LookUpPartnershipInvitationResponse {
            invitation: Some(complete),
        })
    });
    let request = platform.request("GET", LINK).header("accept-language", "fr");

    let html = page(request.send().await.unwrap(), 200).await;

    assert!(
        html.contains("Vous vous occuperez de toute l&#39;organisation."),
        "{html}"
    );
}

#[tokio::test]
async fn accepting_signs_in_for_this_one_step_and_out_again() {
    let platform = platform().await;
    accepting(&platform, || Ok(()));

    let html = page(send(&platform, "right", "accept").await, 200).await;

    assert!(html.contains("The partnership has started."), "{html}");
    assert_eq!(counts(&platform), [1, 1, 0, 1]);
    for method in ["AcceptPartnershipInvitation", "SignOut"] {
        assert_eq!(
            platform.script.call(method).header("authorization"),
            "Bearer of-ann",
            "{method}"
        );
    }
    assert_eq!(platform.script.call("SignIn").header("authorization"), "");
    assert_eq!(
        platform.script.call("SignIn").header("x-forwarded-for"),
        "127.0.0.1"
    );
}

#[tokio::test]
async fn refusing_refuses() {
    let platform = platform().await;
    platform
        .script
        .on(|_: &RefusePartnershipInvitationRequest| Ok(RefusePartnershipInvitationResponse::default()));

    let html = page(send(&platform, "right", "refuse").await, 200).await;

    assert!(html.contains("The invitation is refused."), "{html}");
    assert_eq!(counts(&platform), [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_wrong_password_answers_nothing() {
    let platform = platform().await;
    accepting(&platform, || Ok(()));

    let html = page(send(&platform, "wrong", "accept").await, 422).await;

    assert!(html.contains("The address or the password is wrong."), "{html}");
    assert!(
        html.contains("value=\"ann@example.com\"") && !html.contains("value=\"wrong\""),
        "{html}"
    );
    assert_eq!(counts(&platform), [1, 0, 0, 0]);
}

#[tokio::test]
async fn a_password_that_is_too_long_to_be_one_is_wrong_like_any_other() {
    let platform = platform().await;
    accepting(&platform, || Ok(()));
    let html = page(send(&platform, &"x".repeat(129), "accept").await, 422).await;
    assert!(html.contains("The address or the password is wrong."), "{html}");
}

#[tokio::test]
async fn a_partner_without_billing_is_told_so_and_signed_out() {
    let platform = platform().await;
    accepting(&platform, || {
        Err(Failure::new(
            Code::FailedPrecondition,
            "BILLING_REQUIRED",
            "billing is not set up: complete it",
        )
        .into())
    });

    let html = page(send(&platform, "right", "accept").await, 422).await;

    assert!(
        html.contains("has not set up its billing yet") && html.contains("<form"),
        "{html}"
    );
    assert_eq!(counts(&platform), [1, 1, 0, 1]);
}

#[tokio::test]
async fn a_dead_link_is_not_even_signed_in_for() {
    let platform = platform().await;
    let fields = [
        ("email", "ann@example.com"),
        ("password", "right"),
        ("answer", "accept"),
    ];

    page(platform.get("/invitations/used").await, 404).await;
    page(
        platform
            .request("POST", "/invitations/used")
            .form(&fields)
            .send()
            .await
            .unwrap(),
        404,
    )
    .await;

    assert_eq!(counts(&platform), [0, 0, 0, 0]);
}

#[tokio::test]
async fn an_answer_that_is_none_is_asked_for_again() {
    let platform = platform().await;

    let html = page(send(&platform, "right", "perhaps").await, 422).await;

    assert!(html.contains("The form did not arrive whole."), "{html}");
    assert_eq!(counts(&platform), [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_partners_that_breaks_down_is_told_without_detail_and_signed_out() {
    let platform = platform().await;
    accepting(&platform, || Err(Status::internal("the table is broken")));

    let html = page(send(&platform, "right", "accept").await, 503).await;

    assert!(
        html.contains("Try again in a minute.") && !html.contains("table"),
        "{html}"
    );
    assert_eq!(counts(&platform), [1, 1, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_the_browser_has_answered_all_the_same() {
    let platform = platform().await;
    let (go, gate) = mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    accepting(&platform, move || {
        // Without it the tasks that wait behind this one on its thread would never run.
        tokio::task::block_in_place(|| gate.lock().unwrap().recv().ok());
        Ok(())
    });
    let body = "email=ann%40example.com&password=right&answer=accept";
    let head = "content-type: application/x-www-form-urlencoded";
    let request = format!(
        "POST {LINK} HTTP/1.1\r\nhost: a\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut browser = TcpStream::connect(platform.address).await.unwrap();
    browser.write_all(request.as_bytes()).await.unwrap();
    eventually(async || counts(&platform)[1] == 1).await;

    drop(browser);
    go.send(()).unwrap();

    eventually(async || counts(&platform) == [1, 1, 0, 1]).await;
}

/// Ann has a second factor: only the code 123456 lets her in.
fn with_second_factor(platform: &Platform) {
    platform.script.on(|_: &SignInRequest| {
        Ok(SignInResponse {
            challenge: Some(Challenge {
                token: "challenge-of-ann".to_owned(),
                expires_in: 300,
            }),
            ..SignInResponse::default()
        })
    });
    platform.script.on(|request: &CompleteSignInRequest| {
        assert_eq!(request.challenge, "challenge-of-ann");
        if request.code != "123456" {
            return Err(Failure::new(Code::Unauthenticated, "CODE_WRONG", "wrong: give another").into());
        }
        let tokens = Tokens {
            access_token: "of-ann".to_owned(),
            ..Tokens::default()
        };
        Ok(CompleteSignInResponse {
            tokens: Some(tokens),
            session: None,
        })
    });
}

#[tokio::test]
async fn who_has_a_second_factor_answers_with_its_code() {
    let platform = platform().await;
    with_second_factor(&platform);
    accepting(&platform, || Ok(()));

    for (code, said) in [
        ("", "asks for a code too"),
        ("000000", "The code is wrong"),
        ("123456", "The partnership has started"),
    ] {
        let page = send_with_code(&platform, "right", code, "accept").await;
        let text = page.text().await.unwrap();
        assert!(text.contains(said), "{code}: {text}");
    }
}
