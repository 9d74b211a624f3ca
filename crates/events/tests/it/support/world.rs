//! A service with an outbox, a log and consumers, over a database of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use entente_events::log::kafka::{KafkaLog, KafkaLogConfig};
use entente_events::log::postgres::{PostgresLog, PostgresLogConfig};
use entente_events::{
    Backoff, Change, Consumer, ConsumerConfig, Event, EventHandler, EventLog, Outbox, OutboxConfig, Relay,
    RelayConfig, Schema, Topic,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgPool, Row};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::database::{Database, LOG_ROLE, SERVICE_ROLE, WORKER_ROLE, pool};
use super::wait::{DEADLINE, until};

/// The group of most tests.
pub const GROUP: &str = "audit";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Postgres,
    Kafka,
}

/// What a process needs to know to take part.
#[derive(Clone)]
pub struct Spec {
    pub which: Which,
    pub service: PgConnectOptions,
    pub worker: PgConnectOptions,
    pub log: PgConnectOptions,
    pub brokers: String,
    pub prefix: String,
}

/// A process's part in it.
pub struct Parts {
    pub log: Arc<dyn EventLog>,
    pub outbox: Outbox,
    pub service: PgPool,
    pub worker: PgPool,
    _stop: DropGuard,
}

pub struct World {
    pub spec: Spec,
    pub parts: Parts,
    pub owner: PgPool,
    _database: Database,
    _topics: Option<Topics>,
}

/// Something that runs until it is stopped or dropped.
pub struct Running {
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub fn start<F: Future<Output = ()> + Send + 'static>(run: impl FnOnce(CancellationToken) -> F) -> Self {
        let cancel = CancellationToken::new();
        Self {
            task: tokio::spawn(run(cancel.clone())),
            cancel,
        }
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(self) {
        self.cancel.cancel();
        let task = self.task;
        tokio::time::timeout(DEADLINE, task)
            .await
            .expect("it did not end")
            .unwrap();
    }
}

impl Parts {
    pub async fn open(spec: &Spec) -> Self {
        let stop = CancellationToken::new();
        let (service, worker) = (pool(spec.service.clone()), pool(spec.worker.clone()));
        let log: Arc<dyn EventLog> = match spec.which {
            Which::Kafka => Arc::new(KafkaLog::new(kafka_config(spec)).unwrap()),
            Which::Postgres => {
                let mut config = PostgresLogConfig::new(Schema::new("eventlog").unwrap());
                config.idle_timeout = Duration::from_secs(1);
                config.claim_interval = Duration::from_millis(50);
                config.partitions = 2;
                Arc::new(PostgresLog::start(pool(spec.log.clone()), config, stop.clone()))
            }
        };
        let config = OutboxConfig {
            schema: orders(),
            topics: vec![topic()],
            shards: 2,
        };
        let outbox = Outbox::open(&worker, config).await.unwrap();
        Self {
            log,
            outbox,
            service,
            worker,
            _stop: stop.drop_guard(),
        }
    }

    pub fn relay(&self) -> Relay {
        self.relay_over(Arc::clone(&self.log))
    }

    pub fn relay_over(&self, log: Arc<dyn EventLog>) -> Relay {
        Relay::new(self.outbox.clone(), self.worker.clone(), log, relay_config())
    }

    pub fn consumer(&self, group: &str, handler: impl EventHandler) -> Consumer {
        self.consumer_over(Arc::clone(&self.log), group, handler)
    }

    pub fn consumer_over(&self, log: Arc<dyn EventLog>, group: &str, handler: impl EventHandler) -> Consumer {
        let mut config = ConsumerConfig::new(group, orders(), vec![topic()]);
        config.drain_interval = Duration::from_millis(50);
        config.backoff = Backoff {
            first: Duration::from_millis(10),
            longest: Duration::from_millis(200),
        };
        Consumer::new(config, self.worker.clone(), log, Arc::new(handler))
    }

    /// Announces the events in one transaction.
    pub async fn announce(&self, keys: &[&str]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut transaction = self.service.begin().await?;
        for key in keys {
            self.outbox.append(&mut transaction, &event(key)).await?;
        }
        transaction.commit().await?;
        self.outbox.wake();
        Ok(())
    }

    /// Announces an event in a transaction that is rolled back.
    async fn announce_nothing(&self, key: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut transaction = self.service.begin().await?;
        self.outbox.append(&mut transaction, &event(key)).await?;
        Ok(transaction.rollback().await?)
    }
}

impl World {
    pub async fn new(which: Which) -> Self {
        Self::over(which, Database::create().await).await
    }

    pub async fn over(which: Which, database: Database) -> Self {
        let mut world = Self::made_of(which, database, kafka_brokers()).await;
        world._topics = (which == Which::Kafka).then(|| Topics {
            brokers: world.spec.brokers.clone(),
            prefix: world.spec.prefix.clone(),
        });
        world
    }

    /// On a Kafka of its own, whose topics go with it.
    pub async fn on_broker(brokers: String) -> Self {
        Self::made_of(Which::Kafka, Database::create().await, brokers).await
    }

    async fn made_of(which: Which, database: Database, brokers: String) -> Self {
        let prefix = format!("{}.", database.name);
        let spec = Spec {
            which,
            service: database.role_options(SERVICE_ROLE),
            worker: database.role_options(WORKER_ROLE),
            log: database.role_options(LOG_ROLE),
            brokers,
            prefix,
        };
        let parts = Parts::open(&spec).await;
        let owner = pool(database.options());
        Self {
            spec,
            parts,
            owner,
            _database: database,
            _topics: None,
        }
    }

    pub fn relay(&self) -> Running {
        let relay = self.parts.relay();
        Running::start(|cancel| relay.run(cancel))
    }

    pub fn consume(&self, group: &str, handler: impl EventHandler) -> Running {
        let consumer = self.parts.consumer(group, handler);
        Running::start(|cancel| consumer.run(cancel))
    }

    pub async fn announce(&self, keys: &[&str]) {
        self.parts.announce(keys).await.unwrap();
    }

    /// Announces `each` events for each of `keys` from so many writers at once; some of their transactions are
    /// rolled back, and some go on until they come through.
    pub async fn announce_concurrently(&self, writers: usize, keys: usize, each: usize) {
        let write = async |writer: usize| {
            for number in 0..each {
                let key = format!("ord_{}", (writer + number * 7) % keys);
                if number % 5 == 0 {
                    // Where the database is away, it is undone without our help.
                    let _ = self.parts.announce_nothing(&key).await;
                }
                until("the event to be announced", async || {
                    self.parts.announce(&[key.as_str()]).await.ok()
                })
                .await;
            }
        };
        futures::future::join_all((0..writers).map(write)).await;
    }

    pub async fn effects(&self, group: &str) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM orders.effect WHERE grp = $1").bind(group);
        count.fetch_one(&self.owner).await.unwrap_or(0)
    }

    pub async fn wait_for_effects(&self, group: &str, least: i64) {
        until("effects", async || {
            (self.effects(group).await >= least).then_some(())
        })
        .await;
    }

    /// Waits until the group has applied all that was announced, and looks that it did so once and in order per key.
    pub async fn all_applied_once_in_order(&self, group: &str) {
        let announced = until("what was announced", async || {
            self.number("SELECT coalesce(sum(seq), 0)::bigint FROM orders.aggregate_sequence")
                .await
        })
        .await;
        until("the outbox to be empty", async || {
            self.number("SELECT count(*) FROM orders.outbox")
                .await
                .filter(|left| *left == 0)
        })
        .await;
        self.wait_for_effects(group, announced).await;
        let sequences = self.sequences(group).await;
        for (key, applied) in &sequences {
            let expected: Vec<i64> = (1..).take(applied.len()).collect();
            assert_eq!(applied, &expected, "{key} was not applied once and in order");
        }
        let applied: usize = sequences.values().map(Vec::len).sum();
        assert_eq!(i64::try_from(applied).unwrap(), announced, "not all was applied");
    }

    /// The sequences that the group applied, per key, in the order of their effects.
    pub async fn sequences(&self, group: &str) -> BTreeMap<String, Vec<i64>> {
        let sql = "SELECT key, array_agg(seq ORDER BY id) FROM orders.effect WHERE grp = $1 GROUP BY key";
        let rows = until("the effects", async || {
            sqlx::query(sql).bind(group).fetch_all(&self.owner).await.ok()
        })
        .await;
        rows.into_iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// The number that a statement gives, if the database answers.
    pub async fn number(&self, sql: &'static str) -> Option<i64> {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.ok()
    }
}

pub fn orders() -> Schema {
    Schema::new("orders").unwrap()
}

pub fn topic() -> Topic {
    Topic::new("orders", "order").unwrap()
}

pub fn event(key: &str) -> Event {
    Event {
        id: format!("evt_{key}"),
        topic: topic(),
        kind: "entente.orders.events.v1.OrderPlaced".into(),
        key: key.into(),
        time: "2024-05-01T10:00:00Z".parse().unwrap(),
        actor: "usr_1".into(),
        on_behalf_of: None,
        organizations: vec!["org_1".into(), "org_2".into()],
        resource: format!("orders/{key}"),
        request_id: Some("req_1".into()),
        changes: vec![Change {
            field: "state".into(),
            before: None,
            after: Some("placed".into()),
        }],
        traceparent: None,
        payload: vec![1, 2, 3],
    }
}

pub fn relay_config() -> RelayConfig {
    RelayConfig {
        poll_interval: Duration::from_millis(20),
        idle_timeout: Duration::from_secs(1),
        acquire_interval: Duration::from_millis(50),
        backoff: Backoff {
            first: Duration::from_millis(10),
            longest: Duration::from_millis(200),
        },
        monitor_interval: Duration::from_millis(100),
        ..RelayConfig::default()
    }
}

pub fn kafka_brokers() -> String {
    std::env::var_os("ENTENTE_TEST_KAFKA_BROKERS")
        .expect("ENTENTE_TEST_KAFKA_BROKERS is not set: run the tests by `make test`")
        .into_string()
        .unwrap()
}

fn kafka_config(spec: &Spec) -> KafkaLogConfig {
    let mut config = KafkaLogConfig::new(&spec.brokers);
    config.prefix.clone_from(&spec.prefix);
    config.partitions = 2;
    config.session_timeout = Duration::from_millis(1500);
    config
}

/// Deletes the topics of a test, so that a Kafka that stays doesn't fill up.
struct Topics {
    brokers: String,
    prefix: String,
}

impl Drop for Topics {
    fn drop(&mut self) {
        let (name, brokers) = (format!("{}{}", self.prefix, topic()), self.brokers.clone());
        let deleted = std::thread::spawn(move || {
            let mut client = ClientConfig::new();
            let admin: AdminClient<DefaultClientContext> =
                client.set("bootstrap.servers", brokers).create().unwrap();
            let options = AdminOptions::new();
            let _ = futures::executor::block_on(admin.delete_topics(&[&name], &options));
        });
        let _ = deleted.join();
    }
}

impl Spec {
    /// What a process of another test is told: host, port, socket and database.
    pub fn of_child(which: Which, database: &str, prefix: String) -> Self {
        let fields: Vec<&str> = database.split('|').collect();
        let [host, port, socket, name] = fields.as_slice() else {
            panic!("{database} names no database")
        };
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(host)
            .port(port.parse().unwrap())
            .database(name);
        if !socket.is_empty() {
            options = options.socket(socket);
        }
        let role = |role: &str| options.clone().username(role).password(super::database::PASSWORD);
        Self {
            which,
            service: role(SERVICE_ROLE),
            worker: role(WORKER_ROLE),
            log: role(LOG_ROLE),
            brokers: kafka_brokers(),
            prefix,
        }
    }
}
