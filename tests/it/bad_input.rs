//! Every public method, called wrongly in every way that follows from the contract.

pub mod method;

use entente_contracts::access::v1::Caller;
use reqwest::Method as Verb;
use serde_json::{Value, json};

use crate::support::{Answer, Installation, Log, Market, Person};
use method::Method;

on_both_logs!(no_bad_input_is_taken_or_breaks_anything);

/// More than the gateway takes.
const TOO_LARGE: usize = 3 << 19;

async fn no_bad_input_is_taken_or_breaks_anything(log: Log) {
    let installation = Installation::start(log).await;
    let market = Market::open(&installation).await;
    let caller = Bad {
        installation: &installation,
        market: &market,
        bea: &market.berger.owner,
    };
    let methods = Method::all();
    assert!(methods.len() > 25, "{}", methods.len());
    for method in &methods {
        caller.without_a_good_token(method).await;
        caller.with_unknown_keys(method).await;
        caller.with_wrong_types(method).await;
        caller.with_a_body_that_cannot_be_read(method).await;
        caller.with_ids_that_are_none(method).await;
        caller.upon_another_tenant(method).await;
        caller.with_nothing_in_it(method).await;
    }
    let path = market.berger.path("members");
    assert_eq!(
        market.berger.owner.get(&path).await.ok()["members"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    installation.ready().await;
    installation.stop().await;
}

struct Bad<'a> {
    installation: &'a Installation,
    market: &'a Market,
    bea: &'a Person,
}

impl Bad<'_> {
    async fn without_a_good_token(&self, method: &Method) {
        let path = method.path(&self.market.berger.id);
        let body = method.body.is_some().then(|| json!({}));
        if method.rule.caller != Caller::Public {
            let answer = self.send(method, &path, None, body.as_ref()).await;
            is_problem(method, "no token", &answer, &[401]);
            assert_eq!(answer.reason(), "TOKEN_MISSING", "{}", method.name());
        }
        let stolen = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMDFoNDU1dmI0cGV4NXZza25rMDg0c24wMnEifQ.";
        for garbage in ["garbage", "a.b.c", stolen] {
            let answer = self.send(method, &path, Some(garbage), body.as_ref()).await;
            is_problem(method, "a garbled token", &answer, &[401]);
        }
    }

    async fn with_unknown_keys(&self, method: &Method) {
        let path = format!("{}?nonsense=1", method.path(&self.market.berger.id));
        let body = method.body.is_some().then(|| json!({}));
        let answer = self.by_bea(method, &path, body.as_ref()).await;
        is_problem(method, "an unknown query key", &answer, &[400]);
        if method.body.is_some() {
            let answer = self
                .by_bea(
                    method,
                    &method.path(&self.market.berger.id),
                    Some(&json!({ "nonsense": 1 })),
                )
                .await;
            is_problem(method, "an unknown field", &answer, &[400]);
        }
    }

    async fn with_wrong_types(&self, method: &Method) {
        let path = method.path(&self.market.berger.id);
        for (name, wrong) in method.wrong_fields() {
            let answer = self
                .by_bea(method, &path, Some(&json!({ name.clone(): wrong })))
                .await;
            is_problem(method, &format!("a wrong {name}"), &answer, &[400]);
        }
        for (name, wrong) in method.wrong_query() {
            let body = method.body.is_some().then(|| json!({}));
            let answer = self
                .by_bea(method, &format!("{path}?{name}={wrong}"), body.as_ref())
                .await;
            is_problem(method, &format!("a wrong {name} in the query"), &answer, &[400]);
        }
    }

    async fn with_a_body_that_cannot_be_read(&self, method: &Method) {
        if method.body.is_none() {
            return;
        }
        let path = method.path(&self.market.berger.id);
        let token = self.bea.token().await;
        for body in [
            "",
            "{",
            "[]",
            "null",
            "7",
            "\u{feff}{}",
            "{\"a\":1}{\"a\":1}",
            "{\"requestId\":\"\u{0}\"}",
        ] {
            let request = self
                .installation
                .rest
                .request(method.verb.clone(), &path)
                .bearer_auth(&token);
            let answer = request
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .unwrap();
            let answer = Answer::read(answer).await.unwrap();
            if body.is_empty() || body == "null" {
                never_breaks(method, body, &answer);
            } else {
                is_problem(method, body, &answer, &[400]);
            }
        }
        let request = self
            .installation
            .rest
            .request(method.verb.clone(), &path)
            .bearer_auth(&token);
        let answer = request
            .header("content-type", "text/plain")
            .body("{}")
            .send()
            .await
            .unwrap();
        is_problem(method, "plain text", &Answer::read(answer).await.unwrap(), &[415]);
        let large = json!({ "requestId": "x".repeat(TOO_LARGE) });
        is_problem(
            method,
            "a large field",
            &self.by_bea(method, &path, Some(&large)).await,
            &[413],
        );
    }

    async fn with_ids_that_are_none(&self, method: &Method) {
        for wrong in [
            "nonsense",
            "org_01h455vb4pex5vsknk084sn02",
            "ORG_01H455VB4PEX5VSKNK084SN02Q",
            "%00",
            "%ff",
            // A client resolves `..` and `%2e%2e` itself; this it sends as it stands.
            "%2e%2e%2f",
        ] {
            for path in method.paths_with(&self.market.berger.id, wrong) {
                let body = method.body.is_some().then(|| json!({}));
                let answer = self.by_bea(method, &path, body.as_ref()).await;
                is_problem(method, &path, &answer, &[400, 404]);
            }
        }
    }

    /// Whose it is isn't told: it looks like one that isn't there.
    async fn upon_another_tenant(&self, method: &Method) {
        if method.rule.organization.is_none() {
            return;
        }
        let body = method.body.is_some().then(|| json!({}));
        let theirs = self
            .by_bea(method, &method.path(&self.market.zenith.id), body.as_ref())
            .await;
        let nowhere = self
            .by_bea(
                method,
                &method.path("org_01h455vb4pex5vsknk084sn02q"),
                body.as_ref(),
            )
            .await;
        for answer in [&theirs, &nowhere] {
            is_problem(method, "another tenant", answer, &[404]);
            assert_eq!(answer.reason(), "NOT_FOUND", "{}", method.name());
        }
        assert_eq!(theirs.body["detail"], nowhere.body["detail"], "{}", method.name());
    }

    /// Some methods need nothing: then they do what they do.
    async fn with_nothing_in_it(&self, method: &Method) {
        let body = method.body.is_some().then(|| json!({}));
        let answer = self
            .by_bea(method, &method.path(&self.market.berger.id), body.as_ref())
            .await;
        never_breaks(method, "nothing", &answer);
        if method.rule.caller == Caller::Self_ {
            self.bea.sign_in().await;
        }
    }

    async fn by_bea(&self, method: &Method, path: &str, body: Option<&Value>) -> Answer {
        let token = self.bea.token().await;
        self.send(method, path, Some(&token), body).await
    }

    async fn send(&self, method: &Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        let verb: Verb = method.verb.clone();
        let rest = &self.installation.rest;
        let mut broken = 0;
        loop {
            match rest.send_until_decided(verb.clone(), path, token, body).await {
                Ok(answer) => return answer,
                // What is refused unread can break off while it is being written, and take the answer along.
                Err(error) if broken < 5 && format!("{error:?}").contains("BrokenPipe") => broken += 1,
                Err(error) => panic!("{}: {path}: {error:?}", method.name()),
            }
        }
    }
}

fn never_breaks(method: &Method, what: &str, answer: &Answer) {
    if answer.status != 200 {
        is_problem(method, what, answer, &[400, 401, 403, 404, 409, 429]);
    }
}

/// One of these statuses, with all that a program goes by.
#[track_caller]
fn is_problem(method: &Method, what: &str, answer: &Answer, statuses: &[u16]) {
    let case = format!("{} with {what}: {answer:#?}", method.name());
    assert!(statuses.contains(&answer.status), "{case}");
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{case}"
    );
    assert_eq!(answer.body["status"], answer.status, "{case}");
    for field in ["type", "title", "detail", "code", "reason"] {
        assert!(
            answer.body[field].as_str().is_some_and(|text| !text.is_empty()),
            "no {field}: {case}"
        );
    }
    assert_ne!(answer.reason(), "INTERNAL", "{case}");
}
