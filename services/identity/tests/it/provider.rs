//! A real OpenID Connect provider beside the test (tests/provider), and a browser that visits it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use entente_identity::config::ProviderConfig;
use jiff::Timestamp;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:8080/sign-in/callback";
/// A sign-in at the provider takes some six hops.
const MOST_HOPS: usize = 20;

/// The provider. It ends with its test.
pub(crate) struct Provider {
    process: Child,
    origin: String,
}

/// Who signs in there.
pub(crate) struct Who<'a> {
    pub(crate) sub: &'a str,
    pub(crate) email: &'a str,
    pub(crate) verified: bool,
    /// How, in the words of RFC 8176.
    pub(crate) amr: &'a str,
    /// Seconds since they signed in there.
    pub(crate) ago: i64,
}

/// What the browser comes back with.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    pub(crate) state: String,
    pub(crate) code: String,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider");
        assert!(
            folder.join("node_modules").exists(),
            "the provider is missing: run `scripts/install test`"
        );
        let mut process = Command::new("node")
            .args(["server.mjs", REDIRECT])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().unwrap();
        Self {
            process,
            origin: format!("http://127.0.0.1:{port}"),
        }
    }

    pub(crate) fn config(&self) -> ProviderConfig {
        ProviderConfig {
            issuer: Some(self.origin.clone()),
            client_id: Some("entente".to_owned()),
            client_secret: Some("secret of entente".into()),
            redirect_url: REDIRECT.to_owned(),
        }
    }

    /// The provider's clock: it can't be set, so the test goes by it.
    pub(crate) async fn now(&self) -> Timestamp {
        let answer = browser()
            .get(format!("{}/now", self.origin))
            .send()
            .await
            .unwrap();
        let seconds = answer.text().await.unwrap().parse().unwrap();
        Timestamp::from_second(seconds).unwrap()
    }

    pub(crate) async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Visits the provider as that person, up to where it sends them back.
    pub(crate) async fn visit(&self, authorization_url: &str, who: &Who<'_>) -> Return {
        let hint = reqwest::Url::parse_with_params(
            "hint:",
            [
                ("sub", who.sub),
                ("email", who.email),
                ("verified", if who.verified { "true" } else { "false" }),
                ("amr", who.amr),
                ("ago", &who.ago.to_string()),
            ],
        );
        let hint = hint.unwrap().query().unwrap().to_owned();
        let mut url = reqwest::Url::parse_with_params(authorization_url, [("login_hint", hint)]).unwrap();
        let (browser, mut cookies) = (browser(), BTreeMap::new());
        for _ in 0..MOST_HOPS {
            if url.as_str().starts_with(REDIRECT) {
                return came_back(&url);
            }
            let sent: Vec<String> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let answer = browser
                .get(url.clone())
                .header(COOKIE, sent.join("; "))
                .send()
                .await
                .unwrap();
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let status = answer.status();
            let Some(next) = answer.headers().get(LOCATION) else {
                panic!("{status} at {url}: {}", answer.text().await.unwrap());
            };
            url = url.join(next.to_str().unwrap()).unwrap();
        }
        panic!("the provider leads nowhere");
    }
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

fn came_back(url: &reqwest::Url) -> Return {
    let parameters: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let read = |name: &str| {
        parameters
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {url}"))
            .clone()
    };
    Return {
        state: read("state"),
        code: read("code"),
    }
}
