//! What librdkafka tells on the side.

use entente_runtime::telemetry::names;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;

use crate::gauge;

/// Its log goes where ours goes, its statistics become the consumer's lag.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    group: String,
    prefix: String,
}

impl Client {
    pub(super) fn consumer(group: &str, prefix: &str) -> Self {
        Self {
            group: group.to_owned(),
            prefix: prefix.to_owned(),
        }
    }
}

impl ClientContext for Client {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(facility, "librdkafka: {message}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(facility, "librdkafka: {message}")
            }
            RDKafkaLogLevel::Debug => tracing::debug!(facility, "librdkafka: {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka is in trouble");
    }

    fn stats(&self, statistics: Statistics) {
        for (name, topic) in statistics.topics {
            let topic_name = name.strip_prefix(&self.prefix).unwrap_or(&name).to_owned();
            // Partition -1 is librdkafka's own; a lag of -1 is not known yet.
            for (number, partition) in topic.partitions.into_iter().filter(|(number, _)| *number >= 0) {
                if partition.consumer_lag_stored < 0 {
                    continue;
                }
                let labels = [
                    ("group", self.group.clone()),
                    ("topic", topic_name.clone()),
                    ("partition", number.to_string()),
                ];
                let lag = gauge::value(partition.consumer_lag_stored);
                metrics::gauge!(names::CONSUMER_LAG, &labels).set(lag);
            }
        }
    }
}

impl ConsumerContext for Client {}
