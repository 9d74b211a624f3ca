//! The log on Kafka.

mod client;
mod subscription;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;

use self::client::Client;
use self::subscription::KafkaSubscription;
use super::{Appended, EventLog, LogError, Record, Subscription};
use crate::event::Topic;

/// How long an administrative request may take.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a broker may take to answer at all.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Settings of the Kafka log.
#[derive(Clone, Debug)]
pub struct KafkaLogConfig {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Stands before the name of every topic and group, so that installations can share a cluster.
    pub prefix: String,
    /// Partitions of a topic that is created now. They must not be changed later: keys would change theirs.
    pub partitions: i32,
    /// Copies of a topic that is created now.
    pub replication: i32,
    /// How long the group waits for a member that went without a word.
    pub session_timeout: Duration,
    /// How long the producer may go without an acknowledgement before it is replaced.
    pub watchdog: Duration,
    /// Anything else that librdkafka takes, as the security of the connection.
    pub settings: BTreeMap<String, String>,
}

impl KafkaLogConfig {
    /// The defaults for these brokers.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            prefix: String::new(),
            partitions: 4,
            replication: 1,
            session_timeout: Duration::from_secs(10),
            watchdog: Duration::from_secs(30),
            settings: BTreeMap::new(),
        }
    }
}

/// The log on Kafka; cheap to clone.
#[derive(Clone)]
pub struct KafkaLog {
    inner: Arc<Inner>,
}

struct Inner {
    config: KafkaLogConfig,
    admin: AdminClient<Client>,
    /// Replaced when it is stuck or broken for good.
    producer: Mutex<FutureProducer<Client>>,
}

impl KafkaLog {
    /// Prepares the clients. It doesn't wait for a broker.
    ///
    /// # Errors
    /// [`LogError::Kafka`] where librdkafka refuses a setting.
    pub fn new(config: KafkaLogConfig) -> Result<Self, LogError> {
        let admin = AdminClient::from_config_and_context(&config.client(), Client::default())?;
        let producer = Mutex::new(config.producer()?);
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                admin,
                producer,
            }),
        })
    }
}

#[async_trait]
impl EventLog for KafkaLog {
    async fn ensure_topics(&self, topics: &[Topic]) -> Result<(), LogError> {
        // The brokers' client refuses to be asked for none, and there are services that announce nothing.
        if topics.is_empty() {
            return Ok(());
        }
        let config = &self.inner.config;
        let names: Vec<String> = topics
            .iter()
            .map(|topic| config.full_name(topic.as_str()))
            .collect();
        // One broker may be away without stopping the topic; the others have what was acknowledged.
        let in_sync = (config.replication - 1).max(1).to_string();
        let new = |name| {
            let replication = TopicReplication::Fixed(config.replication);
            // They keep everything, whatever the cluster's defaults are.
            NewTopic::new(name, config.partitions, replication)
                .set("retention.ms", "-1")
                .set("retention.bytes", "-1")
                .set("cleanup.policy", "delete")
                .set("min.insync.replicas", &in_sync)
        };
        let new: Vec<NewTopic<'_>> = names.iter().map(|name| new(name)).collect();
        let options = AdminOptions::new()
            .request_timeout(Some(ADMIN_TIMEOUT))
            .operation_timeout(Some(ADMIN_TIMEOUT));
        for created in self.inner.admin.create_topics(&new, &options).await? {
            match created {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(LogError::Topic { topic, code }),
            }
        }
        Ok(())
    }

    async fn append(&self, records: &[Record]) -> Appended {
        let producer = self.inner.producer();
        let (mut sent, mut failure) = self.inner.send(&producer, records);
        let mut acknowledged = 0;
        for delivery in sent.drain(..) {
            match tokio::time::timeout(self.inner.config.watchdog, delivery).await {
                Ok(Ok(Ok(_))) => acknowledged += 1,
                Ok(Ok(Err((error, _)))) => {
                    failure = Some(error.into());
                    break;
                }
                Ok(Err(_)) => {
                    failure = Some(KafkaError::Canceled.into());
                    break;
                }
                Err(_) => {
                    failure = Some(LogError::Unacknowledged(self.inner.config.watchdog));
                    self.inner.replace(&producer);
                    break;
                }
            }
        }
        if producer.client().fatal_error().is_some() {
            self.inner.replace(&producer);
        }
        Appended {
            acknowledged,
            failure,
        }
    }

    async fn subscribe(&self, group: &str, topics: &[Topic]) -> Result<Box<dyn Subscription>, LogError> {
        Ok(Box::new(KafkaSubscription::join(
            &self.inner.config,
            group,
            topics,
        )?))
    }

    async fn check(&self) -> Result<(), LogError> {
        let log = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            log.inner
                .admin
                .inner()
                .fetch_metadata(Some("__consumer_offsets"), CHECK_TIMEOUT)
                .map(|_| ())
        });
        // It fails only while the runtime goes down.
        Ok(asked.await.unwrap_or(Err(KafkaError::Canceled))?)
    }

    fn system(&self) -> &'static str {
        "kafka"
    }
}

impl Inner {
    fn producer(&self) -> FutureProducer<Client> {
        self.producer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Hands all records to librdkafka, which keeps their order per partition through every retry.
    fn send(
        &self,
        producer: &FutureProducer<Client>,
        records: &[Record],
    ) -> (Vec<DeliveryFuture>, Option<LogError>) {
        let mut sent = Vec::with_capacity(records.len());
        for record in records {
            let topic = self.config.full_name(&record.topic);
            let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
            for (key, value) in &record.headers {
                headers = headers.insert(KafkaHeader {
                    key,
                    value: Some(value),
                });
            }
            let message = FutureRecord::to(&topic)
                .key(&record.key)
                .payload(&record.payload)
                .headers(headers);
            match producer.send_result(message) {
                Ok(delivery) => sent.push(delivery),
                Err((error, _)) => return (sent, Some(error.into())),
            }
        }
        (sent, None)
    }

    /// What the old one still has under way is purged as its last user drops it; what got through comes twice and
    /// is dropped by its sequence.
    fn replace(&self, stuck: &FutureProducer<Client>) {
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if producer.client().native_ptr() != stuck.client().native_ptr() {
            return;
        }
        tracing::warn!("the producer is replaced; look at the brokers");
        match self.config.producer() {
            Ok(new) => *producer = new,
            Err(error) => tracing::error!(%error, "no new producer can be made"),
        }
    }
}

impl KafkaLogConfig {
    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "entente")
            .set("socket.nagle.disable", "true");
        for (name, value) in &self.settings {
            client.set(name, value);
        }
        client
    }

    fn producer(&self) -> Result<FutureProducer<Client>, LogError> {
        let mut client = self.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("partitioner", "murmur2_random")
            // Never given up by a clock of its own: a message dropped in the middle would leave a gap. The watchdog
            // looks at it from outside.
            .set("message.timeout.ms", "0")
            // The relay sends in batches already.
            .set("linger.ms", "0")
            .set("reconnect.backoff.max.ms", "1000");
        Ok(FutureProducer::from_config_and_context(
            &client,
            Client::default(),
        )?)
    }

    fn consumer(&self, group: &str) -> ClientConfig {
        let millis = |duration: Duration| duration.as_millis().to_string();
        let mut client = self.client();
        client
            .set("group.id", self.full_name(group))
            .set("auto.offset.reset", "earliest")
            // Stored by hand once the effect is committed, committed by librdkafka in the background.
            .set("enable.auto.offset.store", "false")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "500")
            .set("allow.auto.create.topics", "false")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", millis(self.session_timeout))
            .set("heartbeat.interval.ms", millis(self.session_timeout / 5))
            .set("fetch.wait.max.ms", "10")
            .set("reconnect.backoff.max.ms", "1000")
            .set("topic.metadata.refresh.interval.ms", "60000")
            .set("statistics.interval.ms", "5000");
        client
    }

    fn full_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
