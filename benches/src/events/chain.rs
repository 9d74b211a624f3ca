//! The whole way of an event, as the services have it: outbox, relay, log, consumer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use entente_events::log::kafka::{KafkaLog, KafkaLogConfig};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig};
use entente_events::{
    Change, Consumer, ConsumerConfig, Event, EventLog, Outbox, OutboxConfig, Relay, RelayConfig, Schema,
    Topic,
};
use entente_ids::{EventId, OrganizationId, UserId};
use entente_pg::Database;
use entente_runtime::clock::{SharedClock, SystemClock};
use entente_runtime::random::{SharedRandom, SystemRandom};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Log;
use super::effects::Effects;
use super::place::{LOG, Place, SERVICE, SHARDS};

const BROKERS: &str = "ENTENTE_TEST_KAFKA_BROKERS";

/// An announcer and a hearer in this process, each with pools of its own, as two services of `entente up`.
pub(super) struct Chain {
    pub(super) effects: Effects,
    announcing: Database,
    outbox: Outbox,
    log: Arc<dyn EventLog>,
    topic: Topic,
    kafka: Option<Kafka>,
    clock: SharedClock,
    random: SharedRandom,
    /// How many were announced so far.
    announced: AtomicU64,
    consumer: JoinHandle<()>,
    stop: CancellationToken,
}

/// Topics of our own, to be removed from brokers that stay.
struct Kafka {
    brokers: String,
    prefix: String,
}

impl Chain {
    /// Everything but the relay runs then.
    pub(super) async fn start(place: &Place, log: Log) -> Result<Self> {
        let stop = CancellationToken::new();
        let random = SystemRandom::shared();
        let kafka = match log {
            Log::Postgres => None,
            Log::Kafka => Some(Kafka::new(&random)?),
        };
        let log = open_log(place, kafka.as_ref(), &stop)?;
        let topic = Topic::new(SERVICE, "thing")?;
        let announcing = place.open(SERVICE)?;
        let config = OutboxConfig {
            schema: Schema::new(SERVICE)?,
            topics: vec![topic.clone()],
            shards: SHARDS,
        };
        let outbox = Outbox::open(announcing.worker_pool(), config).await?;
        let effects = Effects::new();
        let config = ConsumerConfig::new("bench", Schema::new(SERVICE)?, vec![topic.clone()]);
        let pool = place.open(SERVICE)?.worker_pool().clone();
        let consumer = Consumer::new(config, pool, log.clone(), Arc::new(effects.clone()));
        Ok(Self {
            effects,
            announcing,
            outbox,
            log,
            topic,
            kafka,
            clock: SystemClock::shared(),
            random,
            announced: AtomicU64::new(0),
            consumer: tokio::spawn(consumer.run(stop.clone())),
            stop,
        })
    }

    /// Carries events until it is stopped.
    pub(super) fn relay(&self) -> Carrying {
        let pool = self.announcing.worker_pool().clone();
        let relay = Relay::new(
            self.outbox.clone(),
            pool,
            self.log.clone(),
            RelayConfig::default(),
        );
        let stop = self.stop.child_token();
        Carrying {
            task: tokio::spawn(relay.run(stop.clone())),
            stop,
        }
    }

    /// Announces an event for each of these aggregates, in one transaction. Gives the ids of the events, and how long
    /// the commit took that ended just now.
    pub(super) async fn announce(&self, aggregates: &[u64]) -> Result<(Vec<String>, Duration)> {
        let mut tx = self
            .announcing
            .tenant("bench.announce", Uuid::from_u128(1))
            .await?;
        let mut ids = Vec::with_capacity(aggregates.len());
        for aggregate in aggregates {
            let event = self.event(*aggregate);
            self.outbox.append(&mut tx, &event).await?;
            ids.push(event.id);
        }
        let started = Instant::now();
        tx.commit().await?;
        let took = started.elapsed();
        self.announced
            .fetch_add(u64::try_from(aggregates.len())?, Ordering::Relaxed);
        Ok((ids, took))
    }

    /// Tells the relay, as after each commit.
    pub(super) fn wake(&self) {
        self.outbox.wake();
    }

    pub(super) fn announced(&self) -> u64 {
        self.announced.load(Ordering::Relaxed)
    }

    /// A database as the hearer has it.
    pub(super) fn database(&self) -> &Database {
        &self.announcing
    }

    pub(super) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        self.consumer.await?;
        self.announcing.close().await;
        match self.kafka {
            Some(kafka) => kafka.clean_up(&self.topic).await,
            None => Ok(()),
        }
    }

    /// Of the size that changes of an aggregate have.
    fn event(&self, aggregate: u64) -> Event {
        let mut random = [0; 10];
        self.random.fill(&mut random);
        let now = self.clock.now();
        let id = |number: u64| Uuid::from_u128(u128::from(number));
        Event {
            id: EventId::new(now, random).to_string(),
            topic: self.topic.clone(),
            kind: "thing.updated".to_owned(),
            key: format!("thing_{aggregate:026}"),
            time: now,
            actor: UserId::from_uuid(id(aggregate)).to_string(),
            on_behalf_of: None,
            organizations: vec![
                OrganizationId::from_uuid(id(aggregate)).to_string(),
                OrganizationId::from_uuid(id(aggregate + 1)).to_string(),
            ],
            resource: format!("thing_{aggregate:026}"),
            request_id: Some(format!("{aggregate:032x}")),
            changes: vec![Change {
                field: "state".to_owned(),
                before: Some("active".into()),
                after: Some("ended".into()),
            }],
            traceparent: None,
            payload: vec![7; 120],
        }
    }
}

/// A relay that runs.
pub(super) struct Carrying {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Carrying {
    pub(super) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        Ok(self.task.await?)
    }
}

fn open_log(place: &Place, kafka: Option<&Kafka>, stop: &CancellationToken) -> Result<Arc<dyn EventLog>> {
    let Some(kafka) = kafka else {
        let pool = place.open(LOG)?.worker_pool().clone();
        let config = PostgresLogConfig::new(Schema::new(LOG)?);
        return Ok(Arc::new(PostgresLog::start(pool, config, stop.clone())));
    };
    let mut config = KafkaLogConfig::new(kafka.brokers.clone());
    config.prefix.clone_from(&kafka.prefix);
    Ok(Arc::new(KafkaLog::new(config)?))
}

impl Kafka {
    #[expect(
        clippy::disallowed_methods,
        reason = "as a test, it has no configuration but this"
    )]
    fn new(random: &SharedRandom) -> Result<Self> {
        let brokers =
            std::env::var(BROKERS).with_context(|| format!("{BROKERS} isn't set: run `make bench`"))?;
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        Ok(Self {
            brokers,
            prefix: format!("bench-{:016x}.", u64::from_be_bytes(bytes)),
        })
    }

    async fn clean_up(&self, topic: &Topic) -> Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        let admin: AdminClient<DefaultClientContext> = config.create()?;
        let name = format!("{}{topic}", self.prefix);
        admin.delete_topics(&[&name], &AdminOptions::new()).await?;
        Ok(())
    }
}
