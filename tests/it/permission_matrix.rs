//! Each public method that needs a permission, called by each built-in role upon its own, a foreign, a missing and a
//! mandating organization: exactly what the matrix of the domain allows is allowed.
//!
//! The methods come from the descriptors, so that a new one is tried by itself; what is expected comes from the second
//! statement of the matrix in the testkit. On one log only: nothing here depends on an event but the setting of the
//! scene, which other tests set on both.

mod expectation;
mod houses;

use std::collections::BTreeSet;
use std::sync::Arc;

use entente_contracts::access::v1::Caller;
use reqwest::Method as Verb;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::bad_input::method::Method;
use crate::support::{Answer, Installation, Log};
use expectation::{Place, everything_held, expected, permission_name};
use houses::{House, Houses, Player};

/// Of the right form, and nobody's.
const MISSING: &str = "org_01h455vb4pex5vsknk084sn02q";
/// What is said of what can't be told apart from what isn't there.
const HIDDEN: &str = "there is no such thing where you act";
const ALLOWED: &str = "allowed";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_may_call_what_the_matrix_allows_and_nothing_else() {
    let installation = Installation::start(Log::Postgres).await;
    let houses = Arc::new(Houses::found(&installation).await);
    let methods: Vec<_> = Method::all()
        .into_iter()
        .filter(|method| method.rule.caller == Caller::Unspecified)
        .collect();
    assert!(methods.len() > 25, "{}", methods.len());
    let methods = Arc::new(methods);

    let mut trials = JoinSet::new();
    for index in 0..houses.all.len() {
        let (houses, methods) = (houses.clone(), methods.clone());
        trials.spawn(async move { Trial::of(&houses, index).run(&methods).await });
    }
    let outcomes = trials.join_all().await;

    let tried: usize = outcomes.iter().map(|outcome| outcome.tried).sum();
    // Everybody in the 14 pairs and in the 4 roles of all 6 houses, on average at more than three places.
    assert!(tried > methods.len() * 3 * (14 + 6 * 4), "{tried}");
    let wrong: Vec<_> = outcomes.into_iter().flat_map(|outcome| outcome.wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} of {tried} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    installation.ready().await;
    installation.stop().await;
}

/// All that is tried by the people of one house.
struct Trial<'a> {
    house: &'a House,
    foreign: &'a str,
    client: Option<&'a str>,
    outcome: Outcome,
}

#[derive(Default)]
struct Outcome {
    tried: usize,
    wrong: Vec<String>,
}

impl<'a> Trial<'a> {
    fn of(houses: &'a Houses, index: usize) -> Self {
        let house = &houses.all[index];
        Self {
            house,
            foreign: houses.foreign_to(house.kind),
            client: houses.client_of(house.kind),
            outcome: Outcome::default(),
        }
    }

    async fn run(mut self, methods: &[Method]) -> Outcome {
        let own = [(Place::Own, self.house.id.as_str())];
        let client = self.client.map(|id| (Place::Client, id));
        let reached: Vec<_> = own.into_iter().chain(client).collect();
        let hidden = [(Place::Foreign, self.foreign), (Place::Missing, MISSING)];
        for player in &self.house.people {
            for (place, organization) in &reached {
                self.list(player, *place, organization).await;
            }
            let hidden = hidden.iter().filter(|_| player.tries_hidden);
            for (place, organization) in reached.iter().chain(hidden) {
                for method in methods {
                    self.call(player, method, *place, organization).await;
                }
            }
        }
        self.outcome
    }

    async fn call(&mut self, player: &Player, method: &Method, place: Place, organization: &str) {
        let (path, body) = harmless(method, organization);
        let answer = player.person.send(method.verb.clone(), &path, body).await;
        let expected = expected(self.house, player, method.rule, place);
        self.compare(
            player,
            &format!("{} upon {place:?}", method.name()),
            &expected,
            &seen(method, &answer),
        );
    }

    /// What one may do is also listed: every resource of the contract, whether a method needs it already or not.
    async fn list(&mut self, player: &Player, place: Place, organization: &str) {
        let path = format!("/v1/organizations/{organization}/permissions");
        let listed = player.person.get(&path).await.ok();
        let listed: BTreeSet<_> = listed["permissions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|held| name(&held["permission"]))
            .collect();
        let expected = everything_held(self.house, player, place);
        let differences: Vec<_> = listed.symmetric_difference(&expected).cloned().collect();
        let what = format!("ListPermissions upon {place:?}");
        self.compare(
            player,
            &what,
            "no difference",
            &match differences.as_slice() {
                [] => "no difference".to_owned(),
                some => format!("difference in {}", some.join(", ")),
            },
        );
    }

    fn compare(&mut self, player: &Player, what: &str, expected: &str, got: &str) {
        self.outcome.tried += 1;
        if expected != got {
            let (kind, role) = (self.house.kind, player.role);
            self.outcome
                .wrong
                .push(format!("{kind} {role}: {what}: expected {expected}, got {got}"));
        }
    }
}

/// A request that changes nothing where it is allowed: the fields are looked at after the decision, and the id of the
/// request is longer than any may be. What only reads is let through, and may find nothing.
fn harmless(method: &Method, organization: &str) -> (String, Option<Value>) {
    if method.verb == Verb::GET {
        return (method.path(organization), None);
    }
    let request = method.with_text(organization, "request_id", &"x".repeat(100));
    request.unwrap_or_else(|| panic!("{} changes something and takes no request_id", method.name()))
}

/// What the decision was. Behind it the answers differ, and none looks like a denial.
fn seen(method: &Method, answer: &Answer) -> String {
    let reads = method.verb == Verb::GET;
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    match (answer.status, answer.reason()) {
        (400, "INVALID_FIELD") => ALLOWED.to_owned(),
        (200, _) if reads => ALLOWED.to_owned(),
        (404, "NOT_FOUND") if reads && !detail.starts_with(HIDDEN) => ALLOWED.to_owned(),
        (status, reason) => format!("{status} {reason}"),
    }
}

/// A permission as people read it: `product:read`.
fn name(permission: &Value) -> String {
    let text = |name: &str| permission[name].as_str().unwrap_or_default();
    permission_name(text("resource"), text("action"))
}
