//! A gateway on port 0, in front of an identity and a partners whose answers the test gives.

mod script;
mod services;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{LocalKeys, Person, TokenSigner};
use entente_contracts::DESCRIPTOR_SET;
use entente_contracts::identity::v1::{GetKeySetRequest, GetKeySetResponse};
use entente_gateway::{Config, Upstreams};
use entente_ids::{OrganizationId, SessionId, UserId};
use entente_runtime::clock::ManualClock;
use entente_runtime::random::SystemRandom;
use entente_runtime::server::{self, Admin, GrpcServices, Host, Limits, Parts};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

pub use script::Script;

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

/// What a test can have otherwise.
#[derive(Default)]
pub struct Setup {
    pub config: Config,
    pub limits: Limits,
    /// Services whose port is closed.
    pub closed: Vec<&'static str>,
    /// Services that take connections and never say a word.
    pub silent: Vec<&'static str>,
}

/// The gateway and what stands behind it.
pub struct Platform {
    pub address: SocketAddr,
    pub script: Script,
    pub clock: Arc<ManualClock>,
    pub people: TokenSigner,
    pub http: reqwest::Client,
    _silent: Vec<TcpListener>,
}

impl Platform {
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let key = PrivateKey::generate(&*SystemRandom::shared());
        let script = Script::default();
        let published = LocalKeys::new(key.public(), []).json_web_keys();
        script.on(move |_: &GetKeySetRequest| {
            Ok(GetKeySetResponse {
                keys: published.clone(),
            })
        });

        let mut urls = Vec::new();
        let mut silent = Vec::new();
        for (name, services) in script.services() {
            let listener = listen().await;
            urls.push((name, format!("http://{}", listener.local_addr().unwrap())));
            if setup.silent.contains(&name) {
                silent.push(listener);
            } else if !setup.closed.contains(&name) {
                serve(listener, script.parts(name, services), Limits::default());
            }
        }
        let url = |name: &str| {
            let known = urls
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, url)| url.clone());
            // A port that was free a moment ago, and is closed.
            known.unwrap_or_else(|| "http://127.0.0.1:9".to_owned())
        };
        let upstreams = Upstreams::new(url).unwrap();
        let parts = entente_gateway::build(&upstreams, clock.clone(), &setup.config).unwrap();
        let listener = listen().await;
        let address = listener.local_addr().unwrap();
        serve(listener, parts, setup.limits);
        Self {
            address,
            script,
            people: TokenSigner::new(key, clock.clone()),
            clock,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _silent: silent,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// An access token that is good for five minutes.
    pub fn token(&self) -> String {
        self.people.sign(&Person {
            user: UserId::new(NOW, [1; 10]),
            session: SessionId::new(NOW, [2; 10]),
            organization: OrganizationId::new(NOW, [3; 10]),
            auth_time: NOW,
            second_factor: false,
        })
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, json: &Value) -> Response {
        self.request("POST", path).json(json).send().await.unwrap()
    }

    /// A gRPC channel to the gateway.
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(self.url("")).unwrap().connect_lazy()
    }

    /// What comes back for these bytes, until the gateway closes or `done` is in it.
    pub async fn raw(&self, request: &[u8], done: &str) -> String {
        within(async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(request).await.unwrap();
            let mut answer = Vec::new();
            while !String::from_utf8_lossy(&answer).contains(done) {
                match stream.read_buf(&mut answer).await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
                    Err(error) => panic!("{error}"),
                }
            }
            String::from_utf8_lossy(&answer).into_owned()
        })
        .await
    }
}

impl Script {
    fn parts(&self, name: &'static str, services: GrpcServices) -> Parts {
        Parts::grpc(name, services, DESCRIPTOR_SET, self.recorder())
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn serve(listener: TcpListener, parts: Parts, limits: Limits) {
    let host = Host {
        limits,
        random: SystemRandom::shared(),
        admin: Admin::new(),
    };
    tokio::spawn(async move { server::serve(listener, parts, &host, CancellationToken::new()).await });
}

/// The problem in an answer, after its status and its form were looked at.
pub async fn problem(response: Response, status: u16, reason: &str) -> Value {
    let url = response.url().to_string();
    assert_eq!(response.status(), status, "{url}");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json",
        "{url}"
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["reason"], reason, "{url}: {problem}");
    assert_eq!(problem["status"], status, "{url}");
    assert_eq!(problem["domain"], "entente", "{url}");
    assert_eq!(
        problem["type"],
        format!("/docs/errors#{}", reason.to_lowercase()),
        "{url}"
    );
    problem
}

/// What takes longer than this never ends.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("it did not end in time")
}

/// Waits until `condition` holds.
pub async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
