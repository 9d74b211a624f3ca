//! What the edge adds: the same read as REST through the gateway, straight to identity over gRPC, and as REST through
//! Envoy.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use entente_contracts::identity::v1::GetOrganizationRequest;
use entente_contracts::identity::v1::organization_service_client::OrganizationServiceClient;
use entente_ids::OrganizationId;
use futures::future::BoxFuture;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;

use crate::envoy;
use crate::ground::{Ground, authorized, connect, until_it_answers};
use crate::load::{Load, Measured};
use crate::program::Program;
use crate::report::Figure;
use crate::show;

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
/// People who read their own organization, in turn.
const READERS: usize = 16;

struct Reader {
    organization: String,
    token: String,
}

/// Measures one caller, and sixteen.
///
/// # Errors
/// If the gateway doesn't start, or a call fails.
pub async fn measure(ground: &Ground) -> Result<Vec<Figure>> {
    let edge = ground.gateway().await?;
    let envoy = envoy::start(&ground.folder(), ground.identity_url())?;
    let mut figures = Vec::new();
    for callers in [1, 16] {
        figures.extend(measure_for(ground, callers, &edge, envoy.as_ref()).await?);
    }
    edge.0.stop().await?;
    Ok(figures)
}

async fn measure_for(
    ground: &Ground,
    callers: usize,
    (gateway, gateway_url): &(Program, String),
    envoy: Option<&(Program, String)>,
) -> Result<Vec<Figure>> {
    let identity = ground.identity_pid()?;
    let client = OrganizationServiceClient::new(connect(ground.identity_url()).await?);
    let http = reqwest::Client::new();
    let (mut direct, mut edge, mut theirs) = (Load::default(), Load::default(), Load::default());
    for _ in 0..ROUNDS {
        // Anew each round: a token lasts for five minutes.
        let readers = Arc::new(readers(ground)?);
        let call = grpc(client.clone(), readers.clone());
        until_it_answers(|| call(0)).await?;
        direct.add(callers, ROUND, &[identity], call).await?;
        let call = rest(http.clone(), gateway_url.clone(), readers.clone());
        until_it_answers(|| call(0)).await?;
        edge.add(callers, ROUND, &[gateway.pid()?, identity], call)
            .await?;
        if let Some((envoy, url)) = envoy {
            let call = rest(http.clone(), url.clone(), readers);
            until_it_answers(|| call(0)).await?;
            theirs
                .add(callers, ROUND, &[envoy.pid()?, identity], call)
                .await?;
        }
    }
    let theirs = envoy.map(|_| theirs.done());
    Ok(lines(callers, &edge.done(), &direct.done(), theirs.as_ref()))
}

fn readers(ground: &Ground) -> Result<Vec<Reader>> {
    let readers = ground.owners.iter().take(READERS).map(|owner| {
        Ok(Reader {
            organization: OrganizationId::from_uuid(owner.organization).to_string(),
            token: format!("Bearer {}", ground.token(owner)?),
        })
    });
    readers.collect()
}

fn rest(
    http: reqwest::Client,
    url: String,
    readers: Arc<Vec<Reader>>,
) -> impl Fn(usize) -> BoxFuture<'static, Result<()>> + Clone {
    move |number| {
        let (http, url, readers) = (http.clone(), url.clone(), readers.clone());
        Box::pin(async move {
            let reader = readers.get(number % READERS).context("there are readers")?;
            let request = http
                .get(format!("{url}/v1/organizations/{}", reader.organization))
                .header("authorization", &reader.token);
            let answer = request.send().await?.error_for_status()?.bytes().await?;
            ensure!(!answer.is_empty(), "the answer is empty");
            Ok(())
        })
    }
}

fn grpc(
    client: OrganizationServiceClient<Channel>,
    readers: Arc<Vec<Reader>>,
) -> impl Fn(usize) -> BoxFuture<'static, Result<()>> + Clone {
    move |number| {
        let (mut client, readers) = (client.clone(), readers.clone());
        Box::pin(async move {
            let reader = readers.get(number % READERS).context("there are readers")?;
            let message = GetOrganizationRequest {
                organization: reader.organization.clone(),
            };
            let authorization: AsciiMetadataValue = reader.token.parse()?;
            let answer = client
                .get_organization(authorized(message, authorization))
                .await?;
            ensure!(answer.into_inner().organization.is_some(), "the answer is empty");
            Ok(())
        })
    }
}

fn lines(callers: usize, edge: &Measured, direct: &Measured, envoy: Option<&Measured>) -> Vec<Figure> {
    let at_once = format!("REST through the gateway, {callers} at a time");
    let (calls, most) = (edge.calls_per_cpu_second(), direct.calls_per_cpu_second());
    let beside = |what: &str, ours: Duration, theirs: Duration| {
        Figure::new(format!("{at_once}: {what}"), show::time(ours))
            .beside(show::time(theirs), show::times(ours, theirs))
    };
    let mut figures = vec![
        Figure::new(format!("{at_once}: calls per CPU second"), show::number(calls))
            .beside(show::number(most), format!("{} %", show::percent(calls, most))),
        beside("p50", edge.latencies.p50(), direct.latencies.p50()),
        beside("p99", edge.latencies.p99(), direct.latencies.p99()),
    ];
    if let Some(envoy) = envoy {
        let (ours, theirs) = (edge.cpu_per_call_of(0), envoy.cpu_per_call_of(0));
        let figure = beside("CPU time of the gateway for a call", ours, theirs);
        figures.push(figure.target("under Envoy's transcoder", (ours < theirs).into()));
        figures.push(beside(
            "p50, beside Envoy",
            edge.latencies.p50(),
            envoy.latencies.p50(),
        ));
        figures.push(beside(
            "p99, beside Envoy",
            edge.latencies.p99(),
            envoy.latencies.p99(),
        ));
    } else {
        let figure = Figure::new(
            format!("{at_once}: CPU time of the gateway for a call"),
            show::time(edge.cpu_per_call_of(0)),
        );
        figures.push(figure.beside("no Envoy installed", ""));
    }
    figures
}
