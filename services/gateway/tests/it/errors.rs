//! Failures of services, as HTTP tells them.

use std::time::Duration;

use entente_access::Reason;
use entente_contracts::identity::v1::{
    GetCurrentSessionRequest, GetCurrentSessionResponse, InviteMemberRequest, InviteMemberResponse,
};
use entente_gateway::Config;
use entente_runtime::server::Limits;
use entente_runtime::status::{Failure, Layer};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::support::{Platform, Setup, problem};

const SESSION: &str = "/v1/sessions:current";

/// What the reasons of access become.
const STATUSES: [(Code, u16); 5] = [
    (Code::Unauthenticated, 401),
    (Code::PermissionDenied, 403),
    (Code::NotFound, 404),
    (Code::FailedPrecondition, 400),
    (Code::Unavailable, 503),
];

#[tokio::test]
async fn a_refusal_of_a_service_keeps_all_that_it_says() {
    let platform = Platform::start().await;
    platform.script.on(
        |_: &InviteMemberRequest| -> Result<InviteMemberResponse, Status> {
            Err(Failure::new(
                Code::FailedPrecondition,
                "BILLING_REQUIRED",
                "billing is not set up: name a payer",
            )
            .mend("name a payer")
            .metadata("missing", "payer")
            .violation("email", "is taken: give another")
            .retry_after(Duration::from_millis(2500))
            .into())
        },
    );

    let path = "/v1/organizations/org_a/members:invite";
    let response = platform
        .post(path, &json!({ "email": "a@example.com", "role": "viewer" }))
        .await;

    assert_eq!(response.headers()["retry-after"], "3");
    let mut problem = problem(response, 400, "BILLING_REQUIRED").await;
    problem.as_object_mut().unwrap().remove("requestId");
    assert_eq!(
        problem,
        json!({
            "type": "/docs/errors#billing_required",
            "title": "Billing required",
            "status": 400,
            "detail": "billing is not set up: name a payer",
            "localizedMessage": {
                "locale": "en",
                "message": "The organization has not set up its billing, which this needs. Complete its billing account.",
            },
            "instance": path,
            "code": "FAILED_PRECONDITION",
            "reason": "BILLING_REQUIRED",
            "domain": "entente",
            "metadata": { "mend": "name a payer", "missing": "payer" },
            "violations": [{ "field": "email", "description": "is taken: give another" }],
            "retryAfter": 3,
        })
    );
}

#[tokio::test]
async fn a_problem_speaks_the_language_of_its_reader_whoever_refused() {
    let platform = Platform::start().await;
    platform.script.on(
        |_: &GetCurrentSessionRequest| -> Result<GetCurrentSessionResponse, Status> {
            Err(Reason::MandateEnded.into())
        },
    );
    let french = [
        ("GET", SESSION, "", "Votre mandat a pris fin."),
        (
            "GET",
            SESSION,
            "Bearer nonsense",
            "Votre connexion n'est pas reconnue ici.",
        ),
        ("GET", "/nothing", "", "Il n'y a rien à cette adresse."),
        (
            "DELETE",
            "/openapi.json",
            "",
            "Cela n'est pas possible à cette adresse.",
        ),
    ];
    for (method, path, authorization, said) in french {
        let mut request = platform
            .request(method, path)
            .header("accept-language", "fr-CH, fr;q=0.9, en;q=0.5");
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-language"], "fr", "{method} {path}");
        assert_eq!(response.headers()["vary"], "accept-language", "{method} {path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["localizedMessage"]["locale"], "fr", "{problem}");
        let message = problem["localizedMessage"]["message"].as_str().unwrap();
        assert!(message.starts_with(said), "{problem}");
    }

    let response = platform.get(SESSION).await;

    assert_eq!(response.headers()["content-language"], "en");
    let problem = problem(response, 403, "MANDATE_ENDED").await;
    assert_eq!(
        problem["localizedMessage"],
        json!({ "locale": "en", "message": "Your mandate has ended. Ask the client for a new one." })
    );
}

#[tokio::test]
async fn what_a_problem_varies_by_is_kept_beside_what_cors_varies_by() {
    let config = Config {
        gateway_cors_origins: vec!["https://portal.example.com".parse().unwrap()],
        ..Config::default()
    };
    let platform = Platform::with(Setup {
        config,
        ..Setup::default()
    })
    .await;

    let response = platform.get("/nothing").await;

    let vary: Vec<_> = response
        .headers()
        .get_all("vary")
        .iter()
        .map(|names| names.to_str().unwrap().to_lowercase())
        .collect();
    let vary = vary.join(", ");
    assert!(
        vary.contains("accept-language") && vary.contains("origin"),
        "{vary}"
    );
}

#[tokio::test]
async fn every_reason_of_access_has_its_status() {
    let platform = Platform::start().await;
    for reason in Reason::ALL {
        platform.script.on(
            |_: &GetCurrentSessionRequest| -> Result<GetCurrentSessionResponse, Status> {
                Err((*reason).into())
            },
        );
        let (_, status) = STATUSES.iter().find(|(code, _)| *code == reason.code()).unwrap();
        problem(platform.get(SESSION).await, *status, reason.as_str()).await;
    }
}

#[tokio::test]
async fn a_field_out_of_bounds_is_named() {
    let platform = Platform::start().await;

    let response = platform
        .get("/v1/organizations/org_a/members?pageSize=1000")
        .await;

    let problem = problem(response, 400, "INVALID_FIELD").await;
    assert_eq!(problem["violations"][0]["field"], "page_size");
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_and_its_address_stays_here() {
    let platform = Platform::start().await;

    let response = platform.get("/v1/notifications").await;

    assert_eq!(response.headers()["retry-after"], "1");
    let problem = problem(response, 503, "UNAVAILABLE").await;
    assert_eq!(problem["retryAfter"], 1);
    assert!(!problem.to_string().contains("127.0.0.1"), "{problem}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up_at_the_deadline() {
    let limits = Limits {
        max_deadline: Duration::from_millis(100),
        ..Limits::default()
    };
    let platform = Platform::with(Setup {
        limits,
        silent: vec!["partners"],
        ..Setup::default()
    })
    .await;

    let response = platform
        .get("/v1/organizations/org_a/partnershipInvitations")
        .await;

    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    problem(response, 504, "TIMEOUT").await;
}

#[tokio::test]
async fn where_a_problem_leads_its_reason_is_explained() {
    let platform = Platform::start().await;
    let response = platform.get("/docs/errors").await;
    assert_eq!(response.headers()["content-type"], "text/markdown; charset=utf-8");
    let page = response.text().await.unwrap();

    let layers = [
        Layer::Timeout,
        Layer::Overloaded,
        Layer::Unavailable,
        Layer::Draining,
        Layer::Internal,
    ];
    let reasons = Reason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .chain(
            entente_transcoder::Reason::ALL
                .iter()
                .map(|reason| reason.as_str()),
        )
        .chain(layers.into_iter().map(|layer| layer.failure().reason()))
        .chain(["INVALID_FIELD", "STALE_ETAG"]);
    for reason in reasons {
        let sections = page
            .lines()
            .filter(|line| line.strip_prefix("## ") == Some(reason))
            .count();
        assert_eq!(
            sections, 1,
            "docs/errors.md has {sections} sections named {reason}: write one"
        );
    }
}
