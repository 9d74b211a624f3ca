//! A group's member on Kafka.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use rdkafka::TopicPartitionList;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::topic_partition_list::Offset;
use tokio::sync::oneshot;

use super::super::{Delivered, Header, LogError, Subscription};
use super::KafkaLogConfig;
use super::client::Client;
use crate::event::Topic;

/// The most that one poll brings, give or take a message.
const POLL_BYTES: usize = 16 << 20;

/// How long a subscription that is closed waits until its group has let it go. A broker that is there answers within
/// milliseconds; without one the session runs out by itself.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) struct KafkaSubscription {
    /// Shared with the thread of `membership`, which is the last to let it go: so it stands before that.
    consumer: Arc<StreamConsumer<Client>>,
    membership: Membership,
    group: String,
    prefix: String,
}

/// Ends a consumer on a thread of its own once this is dropped: it commits and leaves its group then, and waits for a
/// broker for as long as there is none, which no task and no shutdown may wait for.
struct Membership {
    /// Dropped, it wakes the thread.
    _held: mpsc::Sender<()>,
    left: oneshot::Receiver<()>,
}

impl Membership {
    fn of(consumer: Arc<StreamConsumer<Client>>) -> Result<Self, LogError> {
        let (held, dropped) = mpsc::channel::<()>();
        let (leave, left) = oneshot::channel();
        let end = move || {
            // Nothing is ever sent: it ends with the sender.
            let _ = dropped.recv();
            drop(consumer);
            // Nobody may wait for it any more.
            let _ = leave.send(());
        };
        thread::Builder::new()
            .name("kafka-leave".to_owned())
            .spawn(end)
            .map_err(LogError::Thread)?;
        Ok(Self { _held: held, left })
    }
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
        let consumer = Arc::new(consumer);
        Ok(Self {
            membership: Membership::of(Arc::clone(&consumer))?,
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
        let Self {
            consumer,
            membership,
            group,
            ..
        } = *self;
        let Membership { _held: held, left } = membership;
        drop(consumer);
        drop(held);
        if tokio::time::timeout(LEAVE_TIMEOUT, left).await.is_err() {
            tracing::warn!(group, "the consumer could not leave its group: no broker answers");
        }
    }
}
