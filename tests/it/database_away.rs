//! The database goes, and comes back.

use entente_runtime::server::State;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::{Answer, Installation, Log, Market, Person, eventually, trail_is};

on_both_logs!(while_the_database_is_away_calls_say_so_and_nothing_is_lost);

const AWAY: [&str; 5] = ["identity", "partners", "billing", "notifications", "audit"];

async fn while_the_database_is_away_calls_say_so_and_nothing_is_lost(log: Log) {
    let installation = Installation::start(log).await;
    let market = Market::open(&installation).await;
    let bea = &market.berger.owner;
    let before = market.berger.product("Mail", "Newsletter").await;

    let database = Database::of(&installation);
    database.takes_connections(false).await;
    eventually("unreadiness", async || {
        let states = installation.states();
        let away = |name: &str| {
            states
                .iter()
                .any(|(found, state)| *found == name && matches!(state, Some(State::NotReady(_))))
        };
        if AWAY.iter().all(|name| away(name)) {
            Ok(())
        } else {
            Err(states)
        }
    })
    .await;
    let path = market.berger.path("products");
    let body =
        json!({ "product": { "category": "Mail", "displayName": "Mail service" }, "requestId": "one" });
    is_away(bea.try_send(Method::POST, &path, Some(&body)).await.unwrap());
    for path in [path.as_str(), "/v1/notifications"] {
        is_away(bea.try_send(Method::GET, path, None).await.unwrap());
    }
    let credentials = json!({ "email": bea.email, "password": "not the right one" });
    is_away(installation.rest.post("/v1/sessions:signIn", &credentials).await);

    database.takes_connections(true).await;
    installation.ready().await;
    let created = created_in_the_end(bea, &path, &body).await;
    let again = bea.post(&path, body).await.ok();
    assert_eq!(
        again["product"]["id"],
        created.as_str(),
        "a repeated request makes nothing new"
    );
    let listed = bea.get(&path).await.ok();
    assert_eq!(listed["products"].as_array().unwrap().len(), 2, "{listed:#}");
    for product in [before, created] {
        trail_is(bea, &product, &[("product.created", &bea.id, "")]).await;
    }
    installation.stop().await;
}

/// A service may need a moment longer than its probe.
async fn created_in_the_end(bea: &Person, path: &str, body: &serde_json::Value) -> String {
    eventually("the product", async || {
        let answer = bea.post(path, body.clone()).await;
        if answer.status == 200 {
            Ok(answer.body["product"]["id"].as_str().unwrap().to_owned())
        } else {
            Err(answer)
        }
    })
    .await
}

fn is_away(answer: Answer) {
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (503, Some("UNAVAILABLE")),
        "{answer:?}"
    );
    assert!(
        answer
            .header("retry-after")
            .parse::<u32>()
            .is_ok_and(|seconds| seconds > 0),
        "{answer:?}"
    );
    assert!(
        answer
            .header("content-type")
            .starts_with("application/problem+json"),
        "{answer:?}"
    );
}

/// The database of an installation, from the server's side.
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn of(installation: &Installation) -> Self {
        let (server, name) = installation.db.url().rsplit_once("dbname=").unwrap();
        Self {
            server: server.trim_end_matches(['?', '&']).to_owned(),
            name: name.to_owned(),
        }
    }

    /// Lets connections in, or none, not even those that are there.
    async fn takes_connections(&self, allowed: bool) {
        let mut admin = PgConnection::connect(&self.server).await.unwrap();
        let statement = format!("alter database {} with allow_connections {allowed}", self.name);
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await
            .unwrap();
        if allowed {
            return;
        }
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(&self.name)
            .execute(&mut admin)
            .await
            .unwrap();
    }
}
