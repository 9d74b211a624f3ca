//! A group's member on Kafka.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::FutureExt;
use rdkafka::TopicPartitionList;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::Offset;

use super::super::{Delivered, Header, LogError, Subscription};
use super::KafkaLogConfig;
use super::client::Client;
use crate::event::Topic;

/// The most that one poll brings, give or take a message.
const POLL_BYTES: usize = 16 << 20;

pub(super) struct KafkaSubscription {
    consumer: StreamConsumer<Client>,
    group: String,
    prefix: String,
}

impl KafkaSubscription {
    pub(super) fn join(config: &KafkaLogConfig, group: &str, topics: &[Topic]) -> Result<Self, LogError> {
        let context = Client::consumer(group, &config.prefix);
        let consumer = StreamConsumer::from_config_and_context(&config.consumer(group), context)?;
        let names: Vec<String> = topics
            .iter()
            .map(|topic| config.full_name(topic.as_str()))
            .collect();
        consumer.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self {
            consumer,
            group: group.to_owned(),
            prefix: config.prefix.clone(),
        })
    }

    fn delivered(&self, message: &BorrowedMessage<'_>) -> Delivered {
        let topic = message.topic();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let header = |header: rdkafka::message::Header<'_, &[u8]>| -> Header {
            (header.key.to_owned(), header.value.map(text).unwrap_or_default())
        };
        Delivered {
            topic: topic.strip_prefix(&self.prefix).unwrap_or(topic).to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(text),
            headers: message
                .headers()
                .map(|headers| headers.iter().map(header).collect())
                .unwrap_or_default(),
            payload: message.payload().map(<[u8]>::to_vec).unwrap_or_default(),
        }
    }

    fn offsets(&self, applied: &[Delivered]) -> Result<TopicPartitionList, KafkaError> {
        let mut next: BTreeMap<(&str, i32), i64> = BTreeMap::new();
        for record in applied {
            let next = next.entry((&record.topic, record.partition)).or_default();
            *next = record.offset.saturating_add(1).max(*next);
        }
        let mut list = TopicPartitionList::new();
        for ((topic, partition), next) in next {
            list.add_partition_offset(
                &format!("{}{topic}", self.prefix),
                partition,
                Offset::Offset(next),
            )?;
        }
        Ok(list)
    }
}

#[async_trait]
impl Subscription for KafkaSubscription {
    async fn poll(&mut self, most: usize) -> Result<Vec<Delivered>, LogError> {
        let first = loop {
            match self.consumer.recv().await {
                Ok(message) => break self.delivered(&message),
                Err(error @ KafkaError::MessageConsumptionFatal(_)) => return Err(error.into()),
                // librdkafka goes on by itself: a broker is away, a topic is not known to it yet.
                Err(error) => tracing::debug!(%error, group = self.group, "the consumer was interrupted"),
            }
        };
        let mut bytes = first.payload.len();
        let mut batch = vec![first];
        // Nothing is awaited here, so a poll that is dropped has taken nothing.
        while batch.len() < most && bytes < POLL_BYTES {
            let Some(Ok(message)) = self.consumer.recv().now_or_never() else {
                break;
            };
            bytes += message.payload_len();
            batch.push(self.delivered(&message));
        }
        Ok(batch)
    }

    fn store(&mut self, applied: &[Delivered]) {
        let stored = self
            .offsets(applied)
            .and_then(|offsets| self.consumer.store_offsets(&offsets));
        if let Err(error) = stored {
            // The partition went to another member meanwhile, which gets these again and drops them.
            tracing::debug!(%error, group = self.group, "offsets were not stored");
        }
    }

    async fn close(self: Box<Self>) {
        // Dropping it commits what is stored and leaves the group, and waits for both.
        let closed = tokio::task::spawn_blocking(move || drop(self)).await;
        if let Err(error) = closed {
            tracing::debug!(%error, "the consumer was not closed in order");
        }
    }
}
