//! `Check`, as the guards of the services call it, beside an echo of the same messages.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use entente_access::ServiceSigner;
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::decision_service_client::DecisionServiceClient;
use entente_contracts::identity::v1::{CheckRequest, Decision, Requirement, Subject};
use entente_ids::{OrganizationId, ProductId, SessionId, UserId};
use entente_runtime::clock::{Clock as _, SystemClock};
use tonic::transport::Channel;

use crate::ground::{Ground, authorized, connect, until_it_answers};
use crate::load::{Load, Measured};
use crate::population::Mandated;
use crate::program::{Program, beside_this};
use crate::report::Figure;
use crate::show;

/// The two take turns, so that what else runs on the machine hits both.
const ROUNDS: usize = 4;
const ROUND: Duration = Duration::from_secs(3);

/// Somebody who checks, at a server.
#[derive(Clone)]
pub(crate) struct Caller {
    client: DecisionServiceClient<Channel>,
    requests: Arc<Vec<CheckRequest>>,
    signer: Arc<ServiceSigner>,
}

impl Caller {
    /// partners, as it asks identity.
    pub(crate) async fn of(ground: &Ground) -> Result<Self> {
        Ok(Self {
            client: DecisionServiceClient::new(connect(ground.identity_url()).await?),
            requests: Arc::new(ground.mandated.iter().map(request).collect()),
            signer: Arc::new(ground.partners()?),
        })
    }

    pub(crate) async fn until_it_decides(&self) -> Result<()> {
        until_it_answers(|| async { self.check(0).await.map(drop) }).await
    }

    pub(crate) async fn check(&self, number: usize) -> Result<Decision> {
        let request = self
            .requests
            .get(number % self.requests.len())
            .context("there are requests")?;
        let authorization = self.signer.authorization().as_bytes().to_owned();
        let request = authorized(request.clone(), authorization.as_slice().try_into()?);
        let decision = self.client.clone().check(request).await?.into_inner().decision;
        let decision = decision.context("an answer has a decision")?;
        ensure!(decision.allowed, "{}", decision.reason);
        Ok(decision)
    }
}

/// Measures one caller, and sixteen.
///
/// # Errors
/// If a server doesn't start, or a call fails.
pub async fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let identity = Caller::of(ground).await?;
    identity.until_it_decides().await?;
    let answer = identity.check(0).await?;

    let arguments = ["echo".to_owned(), answer.source, answer.revision.to_string()];
    let mut echoing = Program::start(
        "echo",
        &beside_this("entente-bench")?,
        &arguments,
        &ground.folder(),
    )?;
    let url = format!("http://{}", echoing.says("echo at ").await?);
    let echo = Caller {
        client: DecisionServiceClient::new(connect(&url).await?),
        ..identity.clone()
    };

    let mut figures = Vec::new();
    for callers in [1, 16] {
        let (mut ours, mut bare) = (Load::default(), Load::default());
        for _ in 0..ROUNDS {
            let (one, other) = (identity.clone(), echo.clone());
            bare.add(callers, ROUND, &[echoing.pid()?], checks(other)).await?;
            ours.add(callers, ROUND, &[ground.identity_pid()?], checks(one))
                .await?;
        }
        figures.extend(lines(callers, &ours.done(), &bare.done()));
    }
    Ok(figures)
}

pub(crate) fn checks(
    caller: Caller,
) -> impl Fn(usize) -> futures::future::BoxFuture<'static, Result<()>> + Clone {
    move |number| {
        let caller = caller.clone();
        Box::pin(async move { caller.check(number).await.map(drop) })
    }
}

fn lines(callers: usize, ours: &Measured, bare: &Measured) -> [Figure; 3] {
    let at_once = format!("Check over gRPC, {callers} at a time");
    let (calls, most) = (ours.calls_per_cpu_second(), bare.calls_per_cpu_second());
    let share = show::percent(calls, most);
    let (p99, bare_p99) = (ours.latencies.p99(), bare.latencies.p99());
    [
        Figure::new(format!("{at_once}: calls per CPU second"), show::number(calls))
            .beside(show::number(most), format!("{share} %"))
            .target("at least 60 % of a bare tonic echo", (share >= 60).into()),
        Figure::new(format!("{at_once}: p50"), show::time(ours.latencies.p50())).beside(
            show::time(bare.latencies.p50()),
            show::times(ours.latencies.p50(), bare.latencies.p50()),
        ),
        Figure::new(format!("{at_once}: p99"), show::time(p99))
            .beside(show::time(bare_p99), show::times(p99, bare_p99))
            .target("at most 3× of the echo's", (p99 <= bare_p99 * 3).into()),
    ]
}

/// Whether somebody of a partner may read a client's product: what is asked the most on this platform.
fn request(mandated: &Mandated) -> CheckRequest {
    let now = SystemClock::new().now();
    CheckRequest {
        min_revision: 0,
        subject: Some(Subject {
            user: UserId::from_uuid(mandated.user).to_string(),
            session: SessionId::from_uuid(mandated.user).to_string(),
            organization: OrganizationId::from_uuid(mandated.partner).to_string(),
            auth_time: Some(prost_types::Timestamp {
                seconds: now.as_second(),
                nanos: 0,
            }),
            second_factor: false,
        }),
        requirement: Some(Requirement {
            resource: Resource::Product.into(),
            action: Action::Read.into(),
            organization: OrganizationId::from_uuid(mandated.client).to_string(),
            product: ProductId::from_uuid(mandated.product).to_string(),
            ..Requirement::default()
        }),
    }
}
