//! What every service runs beside its calls, and needs to be ready.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use entente_contracts::DESCRIPTOR_SET;
use entente_events::{Consumer, ConsumerConfig, EventHandler, Health, Relay, RelayConfig, Schema, Topic};
use entente_runtime::server::{GrpcServices, Parts, Readiness, readiness};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Layer, Service};

use crate::Context;

const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

impl Context {
    /// The service with its calls behind `authentication`, its relay, and the sweeper of old answers. It is ready when
    /// its database answers with the right schema and its relay carries.
    pub fn parts<A>(&self, services: GrpcServices, authentication: A) -> Parts
    where
        A: Layer<Routes>,
        A::Service: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let pool = self.database.worker_pool().clone();
        let relay = Relay::new(
            self.outbox.clone(),
            pool,
            self.log.clone(),
            RelayConfig::default(),
        );
        let sweeper = self.clone();
        Parts::grpc(self.name, services, DESCRIPTOR_SET, authentication)
            .needs(self.schema_is_right())
            .needs(is_healthy("relay", relay.health()))
            .task("relay", move |stop| async move {
                relay.run(stop).await;
                Ok(())
            })
            .task("request_sweeper", move |stop| async move {
                sweeper.sweep_requests(stop).await;
                Ok(())
            })
    }

    /// Adds a group of consumers: `handler` gets each event of the topics once, in order per aggregate.
    ///
    /// # Errors
    /// When a topic has another form than `entente.<service>.<aggregate>.v1`.
    pub fn consumer(
        &self,
        parts: Parts,
        group: &'static str,
        topics: &[&str],
        handler: impl EventHandler,
    ) -> anyhow::Result<Parts> {
        let topics = topics
            .iter()
            .map(|topic| Topic::parse(topic))
            .collect::<Result<Vec<_>, _>>()?;
        let config = ConsumerConfig::new(group, Schema::new(self.name)?, topics);
        let pool = self.database.worker_pool().clone();
        let consumer = Consumer::new(config, pool, self.log.clone(), Arc::new(handler));
        Ok(parts
            .needs(is_healthy(group, consumer.health()))
            .task(group, move |stop| async move {
                consumer.run(stop).await;
                Ok(())
            }))
    }

    fn schema_is_right(&self) -> Arc<dyn Readiness> {
        let context = self.clone();
        readiness("schema", move || {
            let context = context.clone();
            async move {
                context
                    .migrations
                    .check(&context.database)
                    .await
                    .map_err(|error| error.to_string())
            }
        })
    }

    async fn sweep_requests(&self, stop: CancellationToken) {
        let mut interval = tokio::time::interval(SWEEP_INTERVAL);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            if let Err(error) = self.sweep_once().await {
                tracing::warn!(%error, "old answers were not swept, it is tried again");
            }
        }
    }

    async fn sweep_once(&self) -> anyhow::Result<()> {
        let mut tx = self.database.system("service.sweep_requests").await?;
        entente_idempotency::sweep(&mut tx, self.name, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

fn is_healthy(name: &'static str, health: Health) -> Arc<dyn Readiness> {
    readiness(name, move || {
        let reasons = health.reasons();
        async move {
            if reasons.is_empty() {
                Ok(())
            } else {
                Err(reasons.join("; "))
            }
        }
    })
}
