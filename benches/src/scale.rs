//! identity with a million members: how it starts, what it keeps in memory, its checks, a role that half a crowd has,
//! and lists of that crowd.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::member_service_client::MemberServiceClient;
use entente_contracts::identity::v1::role_service_client::RoleServiceClient;
use entente_contracts::identity::v1::{
    GetRoleRequest, ListMembersRequest, Permission, Role, UpdateRoleRequest,
};
use entente_ids::{OrganizationId, RoleId};
use prost_types::FieldMask;
use tokio_util::sync::CancellationToken;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;

use crate::check::{Caller, checks};
use crate::ground::{Ground, authorized, connect};
use crate::latencies::Latencies;
use crate::load::Load;
use crate::population::{LARGE, SMALL};
use crate::process::Memory;
use crate::report::Figure;
use crate::show;

/// How often each list is read, and the role changed.
const TIMES: usize = 50;
const ROUND: Duration = Duration::from_secs(5);
const PAGE: i32 = 50;
const FAR: usize = 1_000;
/// Callers who check while the role is changed.
const CHECKERS: usize = 4;

/// Starts identity over a million members, and asks it.
///
/// # Errors
/// If it doesn't start, or a call fails.
pub async fn measure() -> Result<Vec<Figure>> {
    let small = Ground::with(SMALL).await?;
    let identity = Caller::of(&small).await?;
    identity.until_it_decides().await?;
    let little = Memory::of(small.identity_pid()?)?.resident;
    small.stop().await?;

    let ground = Ground::with(LARGE).await?;
    let identity = Caller::of(&ground).await?;
    identity.until_it_decides().await?;
    let ready = ground.started.elapsed();
    let much = Memory::of(ground.identity_pid()?)?.resident;
    let each = much.saturating_sub(little) / u64::from(LARGE.people() - SMALL.people());
    let mut figures = vec![
        Figure::new(
            "a million members: identity starts, until it decides",
            show::time(ready),
        ),
        Figure::new(
            "a million members: resident memory of identity",
            show::megabytes(much),
        )
        .beside(
            format!("{} with 5,000", show::megabytes(little)),
            format!("{each} bytes a member"),
        ),
    ];
    for callers in [1, 16] {
        let mut load = Load::default();
        load.add(
            callers,
            ROUND,
            &[ground.identity_pid()?],
            checks(identity.clone()),
        )
        .await?;
        let measured = load.done().latencies;
        let title = format!("a million members: Check over gRPC, {callers} at a time");
        figures.push(Figure::new(format!("{title}: p50"), show::time(measured.p50())));
        figures.push(Figure::new(format!("{title}: p99"), show::time(measured.p99())));
    }
    figures.extend(role_changes(&ground, identity).await?);
    figures.extend(lists(&ground).await?);
    ground.stop().await?;
    Ok(figures)
}

/// The role is taken a right and given it back, in turn, while others check.
async fn role_changes(ground: &Ground, identity: Caller) -> Result<Vec<Figure>> {
    let undisturbed = checked_meanwhile(&identity, async |stop| {
        tokio::time::sleep(ROUND).await;
        stop.cancel();
        Ok(())
    });
    let undisturbed = undisturbed.await?;
    let mut roles = Roles::of(ground).await?;
    let mut taken = Vec::with_capacity(TIMES);
    let during = checked_meanwhile(&identity, async |stop| {
        for turn in 0..TIMES {
            let actions: &[Action] = if turn % 2 == 0 {
                &[Action::Read]
            } else {
                &[Action::Read, Action::Update]
            };
            taken.push(roles.hold(actions).await?);
        }
        stop.cancel();
        Ok(())
    });
    let during = during.await?;
    let taken = Latencies::new(taken);
    let title = "changing a role that 50,000 members have";
    Ok(vec![
        Figure::new(
            format!("{title}, until it is in force: p50"),
            show::time(taken.p50()),
        ),
        Figure::new(
            format!("{title}, until it is in force: p99"),
            show::time(taken.p99()),
        ),
        Figure::new(
            format!("p99 of Check during it, {CHECKERS} at a time"),
            show::time(during.p99()),
        )
        .beside(
            format!("{} undisturbed", show::time(undisturbed.p99())),
            show::times(during.p99(), undisturbed.p99()),
        ),
    ])
}

/// What checks take until `work` cancels.
async fn checked_meanwhile(
    identity: &Caller,
    work: impl AsyncFnOnce(CancellationToken) -> Result<()>,
) -> Result<Latencies> {
    let stop = CancellationToken::new();
    let mut running = tokio::task::JoinSet::new();
    for caller in 0..CHECKERS {
        let (identity, stop) = (identity.clone(), stop.clone());
        running.spawn(async move {
            let mut taken = Vec::new();
            let mut number = caller;
            while !stop.is_cancelled() {
                let started = Instant::now();
                identity.check(number).await?;
                taken.push(started.elapsed());
                number = number.wrapping_add(17);
            }
            anyhow::Ok(taken)
        });
    }
    work(stop).await?;
    let taken: Result<Vec<_>> = running.join_all().await.into_iter().collect();
    Ok(Latencies::new(taken?.concat()))
}

/// The crowd's owner, who changes its role.
struct Roles {
    client: RoleServiceClient<Channel>,
    authorization: AsciiMetadataValue,
    organization: String,
    role: Role,
}

impl Roles {
    async fn of(ground: &Ground) -> Result<Self> {
        let crowd = ground.crowd;
        let authorization = bearer(ground)?;
        let mut client = RoleServiceClient::new(connect(ground.identity_url()).await?);
        let organization = OrganizationId::from_uuid(crowd.owner.organization).to_string();
        let request = GetRoleRequest {
            organization: organization.clone(),
            role: RoleId::from_uuid(crowd.role).to_string(),
        };
        let got = client
            .get_role(authorized(request, authorization.clone()))
            .await?;
        let role = got.into_inner().role.context("a role is answered")?;
        ensure!(
            role.member_count == i64::from(crowd.holders),
            "{} have the role",
            role.member_count
        );
        Ok(Self {
            client,
            authorization,
            organization,
            role,
        })
    }

    async fn hold(&mut self, actions: &[Action]) -> Result<Duration> {
        let permissions = actions.iter().map(|action| Permission {
            resource: Resource::Product.into(),
            action: (*action).into(),
        });
        let role = Role {
            permissions: permissions.collect(),
            ..self.role.clone()
        };
        let request = UpdateRoleRequest {
            organization: self.organization.clone(),
            role: Some(role),
            update_mask: Some(FieldMask {
                paths: vec!["permissions".to_owned()],
            }),
            request_id: String::new(),
        };
        let request = authorized(request, self.authorization.clone());
        let started = Instant::now();
        let answer = self.client.update_role(request).await?;
        let took = started.elapsed();
        self.role = answer.into_inner().role.context("a role is answered")?;
        Ok(took)
    }
}

/// The first page and a far one, in turn.
async fn lists(ground: &Ground) -> Result<Vec<Figure>> {
    let organization = OrganizationId::from_uuid(ground.crowd.owner.organization).to_string();
    let authorization = bearer(ground)?;
    let client = MemberServiceClient::new(connect(ground.identity_url()).await?);
    let page = async |token: &str| -> Result<(String, Duration)> {
        let request = ListMembersRequest {
            organization: organization.clone(),
            page_size: PAGE,
            page_token: token.to_owned(),
            ..ListMembersRequest::default()
        };
        let request = authorized(request, authorization.clone());
        let started = Instant::now();
        let listed = client.clone().list_members(request).await?.into_inner();
        let took = started.elapsed();
        ensure!(
            listed.members.len() == usize::try_from(PAGE)?,
            "a page isn't full"
        );
        Ok((listed.next_page_token, took))
    };
    let mut far = String::new();
    for _ in 1..FAR {
        far = page(&far).await?.0;
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        first.push(page("").await?.1);
        last.push(page(&far).await?.1);
    }
    let (first, last) = (Latencies::new(first).p50(), Latencies::new(last).p50());
    Ok(vec![
        Figure::new("page 1,000 of 100,000 members: p50", show::time(last))
            .beside(
                format!("{} the first page", show::time(first)),
                show::times(last, first),
            )
            .target("as the first page (at most 1.5×)", (last * 2 <= first * 3).into()),
    ])
}

fn bearer(ground: &Ground) -> Result<AsciiMetadataValue> {
    let token = ground.token(&ground.crowd.owner)?;
    Ok(format!("Bearer {token}").parse()?)
}
