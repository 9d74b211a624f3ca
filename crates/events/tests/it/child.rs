//! A relay or a consumer in a process of its own, to be stopped and killed, at a named point or at any.

use std::io::{BufRead, Write};
use std::process::Stdio;
use std::sync::Arc;

use async_trait::async_trait;
use entente_events::log::{Appended, Delivered, EventLog, LogError, Record, Subscription};
use entente_events::{EventHandler, HandlerError, Received, Topic};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;

use crate::support::{DEADLINE, Effects, GROUP, Parts, Spec, Which};

/// Where a process can be made to stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Nowhere,
    /// The relay has read a batch, and sent nothing.
    BeforeSend,
    /// The log has the batch, and the outbox still has it too.
    AfterSend,
    /// The consumer's transaction is open.
    BeforeEffect,
    /// The effect is written and not committed.
    AfterEffect,
    /// The effect is committed, and the offset not stored.
    AfterCommit,
}

const POINTS: [Point; 6] = [
    Point::Nowhere,
    Point::BeforeSend,
    Point::AfterSend,
    Point::BeforeEffect,
    Point::AfterEffect,
    Point::AfterCommit,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Relay,
    Consumer,
}

/// A process that runs a role.
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts this very program again, to run only [`this_is_a_process_of_another_test`].
    pub fn start(spec: &Spec, role: Role, point: Point) -> Self {
        let database = |options: &PgConnectOptions| {
            let socket = options
                .get_socket()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            [
                options.get_host().to_owned(),
                options.get_port().to_string(),
                socket,
                options.get_database().unwrap().to_owned(),
            ]
            .join("|")
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "child::this_is_a_process_of_another_test",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("EVENTS_CHILD_ROLE", format!("{role:?}"))
            .env("EVENTS_CHILD_POINT", format!("{point:?}"))
            .env("EVENTS_CHILD_LOG", format!("{:?}", spec.which))
            .env("EVENTS_CHILD_DATABASE", database(&spec.worker))
            .env("EVENTS_CHILD_PREFIX", &spec.prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            input,
            output: BufReader::new(output).lines(),
        }
    }

    /// Waits until it says so.
    pub async fn says(&mut self, what: &str) {
        let says = async {
            loop {
                let line = self.output.next_line().await.unwrap().expect("the process ended");
                if line.contains(what) {
                    return;
                }
            }
        };
        tokio::time::timeout(DEADLINE, says)
            .await
            .unwrap_or_else(|_| panic!("waited for {what:?}"));
    }

    /// Lets it go on from the point where it stands.
    pub async fn go_on(&mut self) {
        tokio::io::AsyncWriteExt::write_all(&mut self.input, b"go on\n")
            .await
            .unwrap();
    }

    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    pub fn wake(&self) {
        self.signal(Signal::CONT);
    }

    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }
}

/// Not a test of its own: what [`Process::start`] runs. Without its variables it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_is_a_process_of_another_test() {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.into_string().unwrap());
    let Some(role) = variable("EVENTS_CHILD_ROLE") else {
        return;
    };
    let point = variable("EVENTS_CHILD_POINT").unwrap();
    let point = POINTS
        .into_iter()
        .find(|known| format!("{known:?}") == point)
        .unwrap();
    let which = variable("EVENTS_CHILD_LOG").unwrap();
    let which = [Which::Postgres, Which::Kafka]
        .into_iter()
        .find(|known| format!("{known:?}") == which)
        .unwrap();
    let database = variable("EVENTS_CHILD_DATABASE").unwrap();
    let parts = Parts::open(&Spec::of_child(
        which,
        &database,
        variable("EVENTS_CHILD_PREFIX").unwrap(),
    ))
    .await;
    let log = Arc::new(Standing {
        inner: Arc::clone(&parts.log),
        point,
    });
    let forever = CancellationToken::new();
    say("started");
    if role == format!("{:?}", Role::Relay) {
        parts.relay_over(log).run(forever).await;
    } else {
        let handler = StandingEffects {
            effects: Effects::of(GROUP),
            point,
        };
        parts.consumer_over(log, GROUP, handler).run(forever).await;
    }
}

fn say(what: &str) {
    // The harness has begun a line of its own.
    println!("\n{what}");
    std::io::stdout().flush().unwrap();
}

/// Stands still as a process does on a stuck disk: the task is blocked, and whatever it should have pinged is not.
fn stand(here: Point, point: Point) {
    if here != point {
        return;
    }
    say(&format!("stands {here:?}"));
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
}

/// The real log, with points to stand still at.
struct Standing {
    inner: Arc<dyn EventLog>,
    point: Point,
}

#[async_trait]
impl EventLog for Standing {
    async fn ensure_topics(&self, topics: &[Topic]) -> Result<(), LogError> {
        self.inner.ensure_topics(topics).await
    }

    async fn append(&self, records: &[Record]) -> Appended {
        stand(Point::BeforeSend, self.point);
        // In a task of its own, so that nothing that the relay finds out on the way takes back a late send.
        let (inner, records) = (Arc::clone(&self.inner), records.to_vec());
        let sent = tokio::spawn(async move {
            let appended = inner.append(&records).await;
            say("sent");
            appended
        });
        let appended = sent.await.unwrap();
        stand(Point::AfterSend, self.point);
        appended
    }

    async fn subscribe(&self, group: &str, topics: &[Topic]) -> Result<Box<dyn Subscription>, LogError> {
        let inner = self.inner.subscribe(group, topics).await?;
        Ok(Box::new(StandingSubscription {
            inner,
            point: self.point,
        }))
    }

    async fn check(&self) -> Result<(), LogError> {
        self.inner.check().await
    }

    fn system(&self) -> &'static str {
        self.inner.system()
    }
}

struct StandingSubscription {
    inner: Box<dyn Subscription>,
    point: Point,
}

#[async_trait]
impl Subscription for StandingSubscription {
    async fn poll(&mut self, most: usize) -> Result<Vec<Delivered>, LogError> {
        self.inner.poll(most).await
    }

    fn store(&mut self, applied: &[Delivered]) {
        stand(Point::AfterCommit, self.point);
        self.inner.store(applied);
    }

    async fn close(self: Box<Self>) {
        self.inner.close().await;
    }
}

struct StandingEffects {
    effects: Effects,
    point: Point,
}

#[async_trait]
impl EventHandler for StandingEffects {
    async fn handle(&self, transaction: &mut PgConnection, event: &Received) -> Result<(), HandlerError> {
        stand(Point::BeforeEffect, self.point);
        self.effects.handle(transaction, event).await?;
        stand(Point::AfterEffect, self.point);
        Ok(())
    }
}
