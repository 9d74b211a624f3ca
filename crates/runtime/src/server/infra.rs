//! gRPC health and reflection, which every server offers beside its own services.

use anyhow::Context;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_reflection::pb::{v1, v1alpha};
use tonic_reflection::server::Builder;

use super::parts::Answering;
use crate::call::Offered;

const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: [&str; 2] = [
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// Health and reflection of one server, and the names of all that it offers.
pub(super) struct Infra {
    /// None where the server describes nothing.
    service: Option<Answering>,
    pub offered: Offered,
    reporter: HealthReporter,
    names: Vec<String>,
}

impl Infra {
    pub(super) fn new(descriptors: Option<(&'static [u8], Vec<String>)>) -> anyhow::Result<Self> {
        let reporter = HealthReporter::new();
        let Some((descriptor_set, names)) = descriptors else {
            let offered = Offered::new(&[], &[])?;
            return Ok(Self {
                service: None,
                offered,
                reporter,
                names: Vec::new(),
            });
        };

        let mut reflected = names.clone();
        reflected.push(HEALTH.to_owned());
        reflected.extend(REFLECTION.map(str::to_owned));
        let sets = [
            descriptor_set,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            v1::FILE_DESCRIPTOR_SET,
            v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let offered = Offered::new(&sets, &reflected)?;

        let builder = || {
            let builder = sets.iter().fold(Builder::configure(), |builder, set| {
                builder.register_encoded_file_descriptor_set(set)
            });
            reflected
                .iter()
                .fold(builder, |builder, name| builder.with_service_name(name))
        };
        let unreadable = "the descriptor set can't be reflected: build it again";
        let health = tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(reporter.clone()),
        );
        let routes = Routes::new(health)
            .add_service(builder().build_v1().context(unreadable)?)
            .add_service(builder().build_v1alpha().context(unreadable)?);
        Ok(Self {
            service: Some(Answering::new(routes.prepare())),
            offered,
            reporter,
            names,
        })
    }

    /// What answers for this path, if it belongs to health or reflection.
    pub(super) fn takes(&self, path: &str) -> Option<&Answering> {
        let ours = path.starts_with("/grpc.health.v1.") || path.starts_with("/grpc.reflection.");
        self.service.as_ref().filter(|_| ours)
    }

    /// Says of every service, and of the server as a whole, whether it takes calls.
    pub(super) fn reporter(&self) -> Reporter {
        Reporter {
            reporter: self.reporter.clone(),
            names: self.names.clone(),
        }
    }
}

/// Passes the state of a server on to who watches its health.
pub(super) struct Reporter {
    reporter: HealthReporter,
    names: Vec<String>,
}

impl Reporter {
    pub(super) async fn report(&self, status: ServingStatus) {
        self.reporter.set_service_status("", status).await;
        for name in &self.names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
