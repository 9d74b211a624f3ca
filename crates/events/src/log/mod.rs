//! The event log: one port, two implementations, one suite of tests.

pub mod kafka;
pub mod postgres;

use async_trait::async_trait;

use crate::event::Topic;

/// The name and value of a header.
pub type Header = (String, String);

/// What is appended to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic's name.
    pub topic: String,
    /// The key: records of one key stay in order.
    pub key: String,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body.
    pub payload: Vec<u8>,
}

/// What a subscription hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The topic's name.
    pub topic: String,
    /// The partition of the topic.
    pub partition: i32,
    /// The place in the partition.
    pub offset: i64,
    /// The key, if the message has one.
    pub key: Option<String>,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body.
    pub payload: Vec<u8>,
}

/// How far an append got.
#[derive(Debug)]
pub struct Appended {
    /// How many records from the beginning are in the log for good. Of those behind, nothing is known.
    pub acknowledged: usize,
    /// Why it stopped there; nothing when all are acknowledged.
    pub failure: Option<LogError>,
}

/// Why the log can't do something now. All of it may pass: callers try again.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Kafka refused.
    #[error("kafka: {0}; look at the brokers, it is tried again")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// Kafka refused to create a topic.
    #[error("kafka did not create {topic}: {code}; look at the brokers and their rights, it is tried again")]
    Topic {
        /// The topic.
        topic: String,
        /// Its reason.
        code: rdkafka::types::RDKafkaErrorCode,
    },
    /// Kafka gave no answer in time.
    #[error("kafka acknowledged nothing within {0:?}; look at the brokers, it is tried again")]
    Unacknowledged(std::time::Duration),
    /// The thread that ends a consumer could not be started.
    #[error("the system gave no thread for a consumer: {0}; raise the limit of processes, it is tried again")]
    Thread(#[source] std::io::Error),
    /// The Postgres log refused.
    #[error("postgres log: {0}; look at the database, it is tried again")]
    Postgres(#[from] sqlx::Error),
    /// The Postgres log gave no answer in time, or the subscription lost its partitions.
    #[error("postgres log: {0}; it is tried again")]
    Lost(String),
    /// The topic doesn't exist.
    #[error("the topic {0} does not exist; it is created when its service starts")]
    UnknownTopic(String),
    /// A stored header can't be read.
    #[error("a stored header is not JSON: {0}; restore the record from a backup")]
    Header(#[from] serde_json::Error),
}

/// A log of topics that keep everything.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Creates the topics that don't exist.
    async fn ensure_topics(&self, topics: &[Topic]) -> Result<(), LogError>;

    /// Appends records, in order per key, and returns when they are kept for good, or at the first failure.
    async fn append(&self, records: &[Record]) -> Appended;

    /// Joins a group. A new group starts at the beginning of each topic.
    async fn subscribe(&self, group: &str, topics: &[Topic]) -> Result<Box<dyn Subscription>, LogError>;

    /// Whether the log answers.
    async fn check(&self) -> Result<(), LogError>;

    /// The name of the system, as OpenTelemetry's `messaging.system` has it.
    fn system(&self) -> &'static str;
}

/// A member of a group.
#[async_trait]
pub trait Subscription: Send {
    /// Waits for records and gives at most `most`, in order per partition. It may be dropped and called again.
    async fn poll(&mut self, most: usize) -> Result<Vec<Delivered>, LogError>;

    /// Notes that these were applied. It reaches the log soon after, or at the close; what doesn't, comes again.
    fn store(&mut self, applied: &[Delivered]);

    /// Stores what was noted, and leaves the group.
    async fn close(self: Box<Self>);
}
