//! Revocations on three replicas, while one after the other is stopped, killed, or cut off from Postgres.

mod proxy;
mod replica;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entente_access::ServiceSigner;
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::{CheckRequest, Grant, PutGrantRequest, Requirement, Subject};
use entente_ids::{OrganizationId, PartnershipId, UserId};
use entente_testkit::Db;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinSet;
use tonic::Request;
use tonic::transport::Channel;
use uuid::Uuid;

use proxy::Proxy;
use replica::{Replica, make_keys, schemas};

const REVOCATIONS: usize = 2_000;
/// How many are under way at once.
const AT_ONCE: usize = 16;
/// How many are made without a disturbance first, and how many while each lasts.
const CALM: usize = 400;
const DISTURBED: usize = 200;
const DEADLINE: Duration = Duration::from_secs(120);
/// Longer than any disturbance: what is sent to a replica that is stopped is answered when it goes on.
const CALL: Duration = Duration::from_secs(20);
/// After this time a revocation is asked for elsewhere.
const ATTEMPT: Duration = Duration::from_secs(3);
const PARTNER: Uuid = Uuid::from_u128(2);
const PAUL: Uuid = Uuid::from_u128(11);

/// A partner, Paul who owns it, and a mandate of each client.
const FLEET: &str = "
  insert into identity.organization (id, kind, parent_id, display_name, name_key, created_at, updated_at)
  select lpad(to_hex(number), 32, '0')::uuid,
         case number when 1 then 'operator' when 2 then 'partner' else 'direct_client' end,
         case when number > 1 then lpad('1', 32, '0')::uuid end, number::text, number::text, now(), now()
  from generate_series(1, 6000) number where number < 3 or number >= 1000;
  insert into identity.user_account (id, email, display_name, password_hash, created_at, updated_at)
  values (lpad('b', 32, '0')::uuid, 'paul', '', '', now(), now());
  insert into identity.member
    (id, organization_id, user_id, email, role, state, invitation_expires_at, created_at, updated_at)
  values (lpad('b', 32, '0')::uuid, lpad('2', 32, '0')::uuid, lpad('b', 32, '0')::uuid, 'paul', 'owner', 'active',
          now(), now(), now());
  insert into identity.mandate_grant
    (partnership_id, client_id, partner_id, version, ended, product_ids, ceiling, updated_at)
  select lpad(to_hex(number), 32, '0')::uuid, lpad(to_hex(number), 32, '0')::uuid, lpad('2', 32, '0')::uuid, 1, false,
         null, '[{\"resource\": 3, \"action\": \"read\"}]', now()
  from generate_series(1000, 6000) number";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Allowed,
    Denied,
    None,
}

struct Site {
    replicas: [RwLock<Replica>; 3],
    /// Where a revocation got no answer lately: it isn't asked for there until the replica decides again.
    away: [AtomicBool; 3],
    proxy: Proxy,
    signer: ServiceSigner,
    /// Whether the revocation of a client's mandate was answered.
    revoked: Vec<AtomicBool>,
    answered: watch::Sender<usize>,
    /// How many calls were answered so.
    allowed: AtomicUsize,
    denied: AtomicUsize,
    unanswered: AtomicUsize,
    /// Calls that started after the answer of the revocation, and were allowed.
    wrong: AtomicUsize,
    _folder: tempfile::TempDir,
    _db: Db,
}

impl Site {
    async fn new() -> Arc<Self> {
        let db = Db::new(&schemas()).await.unwrap();
        sqlx::raw_sql(FLEET)
            .execute(&mut db.admin().await.unwrap())
            .await
            .unwrap();
        let options: PgConnectOptions = db.url().parse().unwrap();
        let server = format!("{}:{}", options.get_host(), options.get_port());
        let proxy = Proxy::to(server.clone().leak()).await;
        let folder = tempfile::tempdir().unwrap();
        let signer = make_keys(folder.path());
        let direct = db.url().to_owned();
        let by_proxy = direct.replace(&server, &proxy.address.to_string());
        assert_ne!(direct, by_proxy);
        // The first one makes the key of links, which the others find.
        let first = Replica::start(direct.clone(), folder.path()).await;
        let (second, third) = tokio::join!(
            Replica::start(direct, folder.path()),
            Replica::start(by_proxy, folder.path())
        );
        let site = Self {
            replicas: [first, second, third].map(RwLock::new),
            away: Default::default(),
            proxy,
            signer,
            revoked: (0..REVOCATIONS).map(|_| AtomicBool::new(false)).collect(),
            answered: watch::Sender::new(0),
            allowed: AtomicUsize::new(0),
            denied: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            wrong: AtomicUsize::new(0),
            _folder: folder,
            _db: db,
        };
        for replica in 0..3 {
            site.decides(replica).await;
        }
        Arc::new(site)
    }

    async fn client(&self, replica: usize) -> DecisionServiceClient<Channel> {
        DecisionServiceClient::new(self.replicas[replica].read().await.channel.clone())
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let authorization = self.signer.authorization();
        request
            .metadata_mut()
            .insert("authorization", authorization.to_str().unwrap().parse().unwrap());
        request
    }

    /// Paul calls, upon a client.
    async fn call(&self, replica: usize, number: usize) -> Answer {
        let revoked = self.revoked[number].load(Ordering::SeqCst);
        let message = CheckRequest {
            subject: Some(Subject {
                user: UserId::from_uuid(PAUL).to_string(),
                organization: OrganizationId::from_uuid(PARTNER).to_string(),
                ..Subject::default()
            }),
            requirement: Some(Requirement {
                resource: Resource::Product.into(),
                action: Action::Read.into(),
                organization: OrganizationId::from_uuid(client_id(number)).to_string(),
                ..Requirement::default()
            }),
            min_revision: 0,
        };
        let mut client = self.client(replica).await;
        let answer = tokio::time::timeout(CALL, client.check(self.request(message))).await;
        let decision = answer
            .ok()
            .and_then(Result::ok)
            .map(|answer| answer.into_inner().decision.unwrap());
        let (answer, count) = match decision {
            Some(decision) if decision.allowed => (Answer::Allowed, &self.allowed),
            Some(_) => (Answer::Denied, &self.denied),
            None => (Answer::None, &self.unanswered),
        };
        count.fetch_add(1, Ordering::Relaxed);
        if revoked && answer == Answer::Allowed {
            self.wrong.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// Ends a mandate, at one replica or, where that one doesn't answer, at another. Returns how long the answer took.
    async fn revoke(&self, number: usize) -> Duration {
        let grant = Grant {
            partnership: PartnershipId::from_uuid(client_id(number)).to_string(),
            client: OrganizationId::from_uuid(client_id(number)).to_string(),
            partner: OrganizationId::from_uuid(PARTNER).to_string(),
            version: 2,
            ended: true,
            ..Grant::default()
        };
        let begun = Instant::now();
        for attempt in 0.. {
            assert!(begun.elapsed() < DEADLINE, "a revocation is answered");
            let replica = (number + attempt) % 3;
            // If all are, this machine is slow, and they are not.
            let away = self.away.each_ref().map(|away| away.load(Ordering::Relaxed));
            if away[replica] && away != [true; 3] {
                continue;
            }
            let started = Instant::now();
            let mut client = self.client(replica).await;
            let request = self.request(PutGrantRequest {
                grant: Some(grant.clone()),
            });
            let answer = tokio::time::timeout(ATTEMPT, client.put_grant(request)).await;
            if answer.is_ok_and(|answer| answer.is_ok()) {
                self.revoked[number].store(true, Ordering::SeqCst);
                self.answered.send_modify(|count| *count += 1);
                return started.elapsed();
            }
            self.away[replica].store(true, Ordering::Relaxed);
        }
        unreachable!("attempts are counted for long")
    }

    /// Waits until this many more revocations were answered.
    async fn pass(&self, more: usize) {
        let mut answered = self.answered.subscribe();
        let until = (*answered.borrow() + more).min(REVOCATIONS);
        tokio::time::timeout(DEADLINE, answered.wait_for(|count| *count >= until))
            .await
            .expect("revocations go on")
            .unwrap();
    }

    /// Waits until a replica that was disturbed decides again.
    async fn decides(&self, replica: usize) {
        let deadline = Instant::now() + DEADLINE;
        while self.call(replica, 0).await == Answer::None {
            assert!(Instant::now() < deadline, "replica {replica} decides");
        }
        self.away[replica].store(false, Ordering::Relaxed);
    }

    /// One disturbance after the other, each for a number of revocations.
    async fn disturb(&self) -> usize {
        self.pass(CALM).await;
        let mut rounds = 0;
        while *self.answered.borrow() < REVOCATIONS {
            self.replicas[1].read().await.pause();
            self.pass(DISTURBED).await;
            self.replicas[1].read().await.resume();
            self.decides(1).await;

            self.proxy.silence();
            self.pass(DISTURBED).await;
            self.proxy.open();
            self.decides(2).await;

            self.replicas[0].write().await.kill().await;
            self.pass(DISTURBED).await;
            self.replicas[0].write().await.restart().await;
            self.decides(0).await;

            self.proxy.cut();
            self.pass(DISTURBED).await;
            self.proxy.open();
            self.decides(2).await;
            for replica in 0..3 {
                self.decides(replica).await;
            }
            rounds += 1;
        }
        rounds
    }

    /// Calls all the time, until everything is revoked.
    async fn call_on(self: Arc<Self>, replica: usize) {
        let mut number = replica;
        while *self.answered.borrow() < REVOCATIONS {
            number = (number + 7) % REVOCATIONS;
            self.call(replica, number).await;
        }
    }
}

fn client_id(number: usize) -> Uuid {
    Uuid::from_u128(0x3e8 + u128::try_from(number).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_befalls_the_replicas_no_call_after_the_answer_is_allowed() {
    let site = Site::new().await;
    let next = Arc::new(AtomicUsize::new(0));
    let mut revokers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (site, next) = (site.clone(), next.clone());
        revokers.spawn(async move {
            let (mut taken, mut calls) = (Vec::new(), JoinSet::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= REVOCATIONS {
                    break;
                }
                taken.push((number, site.revoke(number).await));
                // At once, and at every replica: also at the one that is stopped at the moment.
                for replica in 0..3 {
                    let site = site.clone();
                    calls.spawn(async move { site.call(replica, number).await });
                }
            }
            calls.join_all().await;
            taken
        });
    }
    let mut callers = JoinSet::new();
    for replica in 0..3 {
        callers.spawn(site.clone().call_on(replica));
    }
    let rounds = site.disturb().await;
    let mut taken = revokers.join_all().await.concat();
    callers.join_all().await;

    taken.sort_unstable();
    let (calm, disturbed) = taken.split_at(CALM);
    println!("revocation of {} undisturbed: {}", calm.len(), percentiles(calm));
    println!(
        "revocation of {} in {rounds} rounds: {}",
        disturbed.len(),
        percentiles(disturbed)
    );
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let (allowed, denied, unanswered) = (count(&site.allowed), count(&site.denied), count(&site.unanswered));
    println!("calls: {allowed} allowed, {denied} denied, {unanswered} not answered");
    assert_eq!(count(&site.wrong), 0, "calls after the answer were allowed");
    assert_eq!(taken.len(), REVOCATIONS);
    assert!(rounds >= 1 && allowed > 100 && denied > REVOCATIONS && unanswered > 0);
}

fn percentiles(taken: &[(usize, Duration)]) -> String {
    let mut taken: Vec<_> = taken.iter().map(|(_, taken)| *taken).collect();
    taken.sort_unstable();
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100];
    format!("p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), at(100))
}
