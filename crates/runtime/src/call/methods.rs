//! The methods that are known by name, each with its metrics.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use metrics::{Gauge, Histogram};
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::Code;

use crate::status::code_name;
use crate::telemetry::names;

/// How many codes gRPC has, from OK (0) to UNAUTHENTICATED (16).
const CODES: usize = 17;

/// Which end of a call this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// One RPC as telemetry knows it. Its handles are kept, as a look-up by labels costs more than the rest.
pub(crate) struct Method {
    /// `package.Service/Method`.
    pub name: String,
    /// Whether the answer is a stream.
    pub streaming: bool,
    pub side: Side,
    duration: [OnceLock<Histogram>; CODES],
    active: OnceLock<Gauge>,
}

impl Method {
    fn new(name: String, streaming: bool, side: Side) -> Arc<Self> {
        Arc::new(Self {
            name,
            streaming,
            side,
            duration: [const { OnceLock::new() }; CODES],
            active: OnceLock::new(),
        })
    }

    pub(crate) fn started(&self) {
        if let Some(active) = self.active() {
            active.increment(1.0);
        }
    }

    pub(crate) fn finished(&self, code: Code, took: Duration) {
        if let Some(active) = self.active() {
            active.decrement(1.0);
        }
        let kept = usize::try_from(i32::from(code))
            .ok()
            .and_then(|code| self.duration.get(code));
        if let Some(kept) = kept {
            kept.get_or_init(|| self.histogram(code)).record(took);
        }
    }

    fn active(&self) -> Option<&Gauge> {
        match self.side {
            Side::Server => Some(self.active.get_or_init(
                || metrics::gauge!(names::RPC_SERVER_ACTIVE, names::RPC_METHOD => self.name.clone()),
            )),
            Side::Client => None,
        }
    }

    fn histogram(&self, code: Code) -> Histogram {
        let name = match self.side {
            Side::Server => names::RPC_SERVER_CALL_DURATION,
            Side::Client => names::RPC_CLIENT_CALL_DURATION,
        };
        metrics::histogram!(
            name,
            names::RPC_METHOD => self.name.clone(),
            names::RPC_RESPONSE_STATUS_CODE => code_name(code),
        )
    }
}

/// What a server offers, read from its descriptors. All else is one method named `_OTHER`, so that callers can't
/// grow the metrics.
pub(crate) struct Offered {
    by_path: HashMap<String, Arc<Method>>,
    other: Arc<Method>,
}

impl Offered {
    pub(crate) fn new(descriptor_sets: &[&[u8]], services: &[String]) -> anyhow::Result<Self> {
        let services: HashSet<&str> = services.iter().map(String::as_str).collect();
        let mut by_path = HashMap::new();
        for encoded in descriptor_sets {
            let set = FileDescriptorSet::decode(*encoded)
                .context("the descriptor set can't be read: build it again")?;
            for file in &set.file {
                for service in &file.service {
                    let service_name = format!("{}.{}", file.package(), service.name());
                    if !services.contains(service_name.as_str()) {
                        continue;
                    }
                    for method in &service.method {
                        let name = format!("{service_name}/{}", method.name());
                        let path = format!("/{name}");
                        by_path.insert(path, Method::new(name, method.server_streaming(), Side::Server));
                    }
                }
            }
        }
        Ok(Self {
            by_path,
            other: Method::new(names::OTHER.to_owned(), false, Side::Server),
        })
    }

    pub(crate) fn get(&self, path: &str) -> Arc<Method> {
        Arc::clone(self.by_path.get(path).unwrap_or(&self.other))
    }
}

/// What a client has called so far. Paths come from generated code; the bound is for a client that passes on
/// what others send.
pub(crate) struct Called {
    by_path: RwLock<HashMap<String, Arc<Method>>>,
    other: Arc<Method>,
}

impl Called {
    const MOST: usize = 1024;

    pub(crate) fn new() -> Self {
        Self {
            by_path: RwLock::default(),
            other: Method::new(names::OTHER.to_owned(), false, Side::Client),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Arc<Method> {
        if let Some(known) = self
            .by_path
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
        {
            return Arc::clone(known);
        }
        let mut by_path = self.by_path.write().unwrap_or_else(PoisonError::into_inner);
        if by_path.len() >= Self::MOST {
            return Arc::clone(&self.other);
        }
        let name = path.trim_start_matches('/').to_owned();
        Arc::clone(
            by_path
                .entry(path.to_owned())
                .or_insert_with(|| Method::new(name, false, Side::Client)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Offered {
        let services = ["grpc.health.v1.Health".to_owned()];
        Offered::new(&[tonic_health::pb::FILE_DESCRIPTOR_SET], &services).unwrap()
    }

    #[test]
    fn a_streaming_method_is_known_as_one() {
        assert!(health().get("/grpc.health.v1.Health/Watch").streaming);
        assert!(!health().get("/grpc.health.v1.Health/Check").streaming);
    }

    #[test]
    fn an_unknown_method_adds_no_name() {
        assert_eq!(health().get("/made.Up/Method").name, names::OTHER);
    }

    #[test]
    fn a_client_stops_adding_names_at_its_bound() {
        let called = Called::new();
        for n in 0..Called::MOST {
            called.get(&format!("/s/{n}"));
        }

        assert_eq!(called.get("/s/new").name, names::OTHER);
        assert_eq!(called.get("/s/0").name, "s/0");
    }
}
