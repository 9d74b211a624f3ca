//! The guard, with the rules of the contract and a decider made by hand.

use std::sync::{Arc, Mutex};

use entente_access::{Access, AccessGuard, Decider, Principal, Reason};
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{Decision, Requirement, Subject};
use entente_contracts::{Guard, METHODS, MethodRule, Target};
use entente_ids::{OrganizationId, ProductId};
use entente_runtime::clock::SystemClock;
use entente_runtime::status;
use tonic::{Code, Extensions, Request, Status};
use tonic_types::StatusExt;

use crate::support::*;

/// Gives one answer to everything, and keeps what it was asked.
struct Scripted {
    answer: Result<Decision, Status>,
    asked: Mutex<Vec<(Subject, Requirement)>>,
}

impl Scripted {
    fn new(answer: Result<Decision, Status>) -> Arc<Self> {
        Arc::new(Self {
            answer,
            asked: Mutex::default(),
        })
    }

    fn allowing() -> Arc<Self> {
        let decision = Decision {
            allowed: true,
            source: "role:owner".to_owned(),
            revision: 7,
            ..Decision::default()
        };
        Self::new(Ok(decision))
    }

    fn denying(reason: &str) -> Arc<Self> {
        Self::new(Ok(Decision {
            reason: reason.to_owned(),
            ..Decision::default()
        }))
    }

    fn asked(&self) -> Vec<(Subject, Requirement)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Decider for Scripted {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        self.asked
            .lock()
            .unwrap()
            .push((subject.clone(), requirement.clone()));
        self.answer.clone()
    }
}

fn rule(service: &str, method: &str) -> &'static MethodRule {
    METHODS
        .iter()
        .find(|rule| rule.service.ends_with(service) && rule.method == method)
        .unwrap()
}

fn public() -> &'static MethodRule {
    rule("SessionService", "SignIn")
}

fn own() -> &'static MethodRule {
    rule("SessionService", "SignOut")
}

fn internal() -> &'static MethodRule {
    rule("DecisionService", "Check")
}

/// For one service alone.
fn for_billing() -> &'static MethodRule {
    rule("DecisionService", "PutGate")
}

fn scoped() -> &'static MethodRule {
    rule("ProductService", "GetProduct")
}

fn service() -> Principal {
    Principal::Service {
        name: Arc::from("partners"),
    }
}

fn somebody() -> Principal {
    Principal::Person(person())
}

const NOTHING: Target<'static> = Target {
    organization: None,
    product: None,
};

async fn check(
    decider: &Arc<Scripted>,
    rule: &'static MethodRule,
    target: Target<'_>,
    principal: Option<Principal>,
) -> Result<Access, Status> {
    let guard = AccessGuard::new(Arc::clone(decider), SystemClock::shared());
    let mut extensions = Extensions::new();
    if let Some(principal) = principal {
        extensions.insert(principal);
    }
    guard.check(rule, target, &mut extensions).await?;
    let mut request = Request::new(());
    *request.extensions_mut() = extensions;
    Access::of(&request)
}

async fn refusal(
    decider: &Arc<Scripted>,
    rule: &'static MethodRule,
    target: Target<'_>,
    principal: Principal,
) -> String {
    let status = check(decider, rule, target, Some(principal)).await.unwrap_err();
    status::reason(&status).unwrap()
}

#[tokio::test]
async fn a_public_method_takes_everybody() {
    let decider = Scripted::denying("PERMISSION_MISSING");
    for principal in [Principal::Anonymous, somebody(), service()] {
        let access = check(&decider, public(), NOTHING, Some(principal.clone()))
            .await
            .unwrap();
        assert_eq!((access.principal, access.source.as_str()), (principal, "public"));
    }
    assert_eq!(decider.asked(), []);
}

#[tokio::test]
async fn an_internal_method_takes_services_only() {
    let decider = Scripted::allowing();

    let access = check(&decider, internal(), NOTHING, Some(service()))
        .await
        .unwrap();
    assert_eq!(access.actor(), "service:partners");
    assert_eq!(
        refusal(&decider, internal(), NOTHING, somebody()).await,
        "INTERNAL_ONLY"
    );
    assert_eq!(
        refusal(&decider, internal(), NOTHING, Principal::Anonymous).await,
        "TOKEN_MISSING"
    );
    assert_eq!(decider.asked(), []);
}

#[tokio::test]
async fn an_internal_method_may_be_for_some_services_only() {
    let decider = Scripted::allowing();

    let refused = refusal(&decider, for_billing(), NOTHING, service()).await;
    assert_eq!(refused, "INTERNAL_ONLY");

    let billing = Principal::Service {
        name: Arc::from("billing"),
    };
    let access = check(&decider, for_billing(), NOTHING, Some(billing)).await;
    assert_eq!(access.unwrap().actor(), "service:billing");
}

#[tokio::test]
async fn a_method_about_oneself_asks_whether_the_session_lives_and_for_no_right() {
    let decider = Scripted::allowing();

    let access = check(&decider, own(), NOTHING, Some(somebody())).await.unwrap();

    assert_eq!((access.organization, access.revision), (None, 7));
    let (subject, requirement) = decider.asked().pop().unwrap();
    assert_eq!(subject.session, person().session.to_string());
    let expected = Requirement {
        exempt: own().exempt,
        ..Requirement::default()
    };
    assert_eq!(requirement, expected);
}

#[tokio::test]
async fn a_method_about_oneself_takes_no_revoked_session_and_nobody_but_people() {
    let decider = Scripted::denying("SESSION_REVOKED");

    assert_eq!(
        refusal(&decider, own(), NOTHING, somebody()).await,
        "SESSION_REVOKED"
    );
    assert_eq!(
        refusal(&decider, own(), NOTHING, Principal::Anonymous).await,
        "TOKEN_MISSING"
    );
    assert_eq!(
        refusal(&decider, own(), NOTHING, service()).await,
        "PERMISSION_MISSING"
    );
    assert_eq!(decider.asked().len(), 1);
}

#[tokio::test]
async fn a_service_account_is_decided_on_as_itself_and_is_no_person() {
    let decider = Scripted::allowing();
    let organization = OrganizationId::new(NOW, [8; 10]);
    let product = ProductId::new(NOW, [9; 10]);
    let (organization_text, product_text) = (organization.to_string(), product.to_string());
    let target = Target {
        organization: Some(&organization_text),
        product: Some(&product_text),
    };
    let caller = Principal::ServiceAccount(program());

    let access = check(&decider, scoped(), target, Some(caller.clone()))
        .await
        .unwrap();

    let (subject, _) = decider.asked().pop().unwrap();
    assert_eq!(subject.user, program().account.to_string());
    assert_eq!(subject.session, program().session.to_string());
    assert_eq!((subject.auth_time, subject.second_factor), (None, false));
    assert_eq!(access.actor(), program().account.to_string());
    assert_eq!(access.on_behalf_of(), Some(program().organization));
    assert!(access.person().is_err());
    assert_eq!(
        refusal(&decider, internal(), NOTHING, caller).await,
        "INTERNAL_ONLY"
    );
}

#[tokio::test]
async fn a_permission_is_decided_on_with_the_whole_rule() {
    let decider = Scripted::allowing();
    let organization = OrganizationId::new(NOW, [8; 10]);
    let product = ProductId::new(NOW, [9; 10]);
    let (organization_text, product_text) = (organization.to_string(), product.to_string());
    let target = Target {
        organization: Some(&organization_text),
        product: Some(&product_text),
    };

    let access = check(&decider, scoped(), target, Some(somebody())).await.unwrap();

    let (subject, requirement) = decider.asked().pop().unwrap();
    assert_eq!(subject.user, person().user.to_string());
    assert_eq!(subject.organization, person().organization.to_string());
    assert_eq!(subject.auth_time.unwrap().seconds, NOW.as_second());
    assert_eq!(subject.second_factor, person().second_factor);
    assert_eq!(
        (requirement.resource(), requirement.action()),
        (Resource::Product, Action::Read)
    );
    assert_eq!(
        (requirement.organization, requirement.product),
        (organization_text, product_text)
    );
    assert_eq!(access.target().unwrap(), organization);
    assert_eq!(access.person().unwrap(), &person());
    assert_eq!(access.actor(), person().user.to_string());
    assert_eq!(access.on_behalf_of(), Some(person().organization));
    assert_eq!((access.source.as_str(), access.revision), ("role:owner", 7));
}

#[tokio::test]
async fn every_flag_of_a_rule_reaches_the_decision() {
    let organization = OrganizationId::new(NOW, [8; 10]).to_string();
    let product = ProductId::new(NOW, [9; 10]).to_string();
    let target = Target {
        organization: Some(&organization),
        product: Some(&product),
    };
    let permissions = METHODS.iter().filter(|rule| rule.organization.is_some());

    for rule in permissions {
        let decider = Scripted::allowing();
        check(&decider, rule, target, Some(somebody())).await.unwrap();
        let asked = decider.asked().pop().unwrap().1;
        assert_eq!(
            (asked.resource(), asked.action(), asked.gate()),
            (rule.resource, rule.action, rule.gate)
        );
        let flags = (asked.recent_auth, asked.legal_representative, asked.exempt);
        assert_eq!(flags, (rule.recent_auth, rule.legal_representative, rule.exempt));
        assert_eq!(asked.product.is_empty(), rule.scope.is_none(), "{rule:?}");
    }
}

#[tokio::test]
async fn who_acts_upon_their_own_organization_acts_on_nobodys_behalf() {
    let organization = person().organization.to_string();
    let product = ProductId::new(NOW, [9; 10]).to_string();
    let target = Target {
        organization: Some(&organization),
        product: Some(&product),
    };

    let access = check(&Scripted::allowing(), scoped(), target, Some(somebody()))
        .await
        .unwrap();

    assert_eq!(access.on_behalf_of(), None);
}

#[tokio::test]
async fn a_permission_is_for_people_only() {
    let decider = Scripted::allowing();

    assert_eq!(
        refusal(&decider, scoped(), NOTHING, Principal::Anonymous).await,
        "TOKEN_MISSING"
    );
    assert_eq!(
        refusal(&decider, scoped(), NOTHING, service()).await,
        "PERMISSION_MISSING"
    );
    assert_eq!(decider.asked(), []);
}

#[tokio::test]
async fn a_server_without_the_layer_knows_nobody() {
    let status = check(&Scripted::allowing(), scoped(), NOTHING, None)
        .await
        .unwrap_err();

    assert_eq!(status::reason(&status).as_deref(), Some("TOKEN_MISSING"));
}

#[tokio::test]
async fn a_target_that_is_missing_or_malformed_is_named_and_not_decided_on() {
    let decider = Scripted::allowing();
    let organization = OrganizationId::new(NOW, [8; 10]).to_string();
    let product = ProductId::new(NOW, [9; 10]).to_string();
    let wrong = [
        (None, Some(product.as_str()), "organization"),
        (Some(""), Some(product.as_str()), "organization"),
        (Some("org_"), Some(product.as_str()), "organization"),
        (Some(product.as_str()), Some(product.as_str()), "organization"),
        (Some(organization.as_str()), None, "product"),
        (Some(organization.as_str()), Some(""), "product"),
        (Some(organization.as_str()), Some("prd_\u{e9}"), "product"),
    ];
    for (organization, product, field) in wrong {
        let target = Target {
            organization,
            product,
        };
        let status = check(&decider, scoped(), target, Some(somebody()))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(
            status.get_details_bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    assert_eq!(decider.asked(), []);
}

#[tokio::test]
async fn every_denial_reaches_the_caller_with_its_code() {
    let organization = OrganizationId::new(NOW, [8; 10]).to_string();
    let product = ProductId::new(NOW, [9; 10]).to_string();
    let target = Target {
        organization: Some(&organization),
        product: Some(&product),
    };

    for reason in Reason::ALL {
        let decider = Scripted::denying(reason.as_str());
        let status = check(&decider, scoped(), target, Some(somebody()))
            .await
            .unwrap_err();
        assert_eq!(status.code(), reason.code());
        assert_eq!(status::reason(&status).as_deref(), Some(reason.as_str()));
    }
}

#[tokio::test]
async fn a_call_that_nobody_could_decide_on_does_not_pass() {
    let decider = Scripted::new(Err(Reason::DecisionUnavailable.into()));

    assert_eq!(
        refusal(&decider, own(), NOTHING, somebody()).await,
        "DECISION_UNAVAILABLE"
    );
}

#[tokio::test]
async fn a_handler_that_no_guard_stands_before_learns_nothing() {
    let status = Access::of(&Request::new(())).unwrap_err();

    assert_eq!(status.code(), Code::Internal);
}
