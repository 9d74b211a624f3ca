//! The sessions of a person, as they see them.

use std::time::Duration;

use entente_contracts::identity::v1::{
    ListSessionsRequest, ListSessionsResponse, OrganizationType, Origin, RefreshSessionRequest,
    RevokeOtherSessionsRequest, RevokeSessionRequest, SessionEntry, SignInRequest, SignOutRequest,
    SwitchOrganizationRequest,
};
use tonic::{Request, Status};

use crate::support::{Actor, PASSWORD, World, reason};

const HOUR: Duration = Duration::from_secs(3600);

async fn page(world: &World, by: &Actor, request: ListSessionsRequest) -> ListSessionsResponse {
    let answer = world.sessions().list_sessions(by.request(request)).await;
    answer.unwrap().into_inner()
}

async fn list(world: &World, by: &Actor) -> Vec<SessionEntry> {
    page(world, by, ListSessionsRequest::default()).await.sessions
}

fn ids(sessions: &[SessionEntry]) -> Vec<&str> {
    sessions.iter().map(|session| session.id.as_str()).collect()
}

/// A request as the gateway passes it on.
fn through_the_gateway<T>(message: T, address: &str, program: &str) -> Request<T> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert("x-forwarded-for", address.parse().unwrap());
    metadata.insert("x-forwarded-user-agent", program.parse().unwrap());
    request
}

fn origin(address: &str, user_agent: &str) -> Option<Origin> {
    Some(Origin {
        address: address.to_owned(),
        user_agent: user_agent.to_owned(),
    })
}

#[tokio::test]
async fn a_person_sees_their_sessions_the_newest_first() {
    let (world, owner) = World::new().await;
    world.join(&owner, "eva@operator.example", "member").await;
    world.advance(HOUR);
    let second = world.sign_in(&owner.email).await;

    let sessions = list(&world, &second).await;

    assert_eq!(ids(&sessions), [&second.session, &owner.session]);
    assert_eq!(
        sessions.iter().map(|s| s.current).collect::<Vec<_>>(),
        [true, false]
    );
    let newest = &sessions[0];
    assert_eq!(newest.organization, owner.organization);
    assert_eq!(newest.create_time.unwrap().seconds, world.now().as_second());
    assert_eq!(newest.last_use_time, newest.create_time);
    let ninety_days = 90 * 24 * 3600;
    assert_eq!(
        newest.expire_time.unwrap().seconds,
        world.now().as_second() + ninety_days
    );
}

#[tokio::test]
async fn a_session_shows_where_it_was_opened_and_where_it_was_used_last() {
    let (world, owner) = World::new().await;
    world.advance(Duration::from_secs(60));
    let sign_in = SignInRequest {
        email: owner.email.clone(),
        password: PASSWORD.to_owned(),
        organization: String::new(),
    };
    let opened = world
        .sessions()
        .sign_in(through_the_gateway(sign_in, "192.0.2.1", "Firefox/140"))
        .await
        .unwrap()
        .into_inner();
    let at_once = &list(&world, &owner).await[0];
    assert_eq!(at_once.last_used_from, origin("192.0.2.1", "Firefox/140"));

    world.advance(HOUR);
    let refresh = RefreshSessionRequest {
        refresh_token: opened.tokens.unwrap().refresh_token,
    };
    world
        .sessions()
        .refresh_session(through_the_gateway(refresh, "198.51.100.7", "Firefox/141"))
        .await
        .unwrap();

    let owner = world.sign_in(&owner.email).await;
    let sessions = list(&world, &owner).await;
    let used = sessions.iter().find(|s| s.id == at_once.id).unwrap();
    assert_eq!(used.opened_from, origin("192.0.2.1", "Firefox/140"));
    assert_eq!(used.last_used_from, origin("198.51.100.7", "Firefox/141"));
    assert_eq!(used.last_use_time.unwrap().seconds, world.now().as_second());
}

#[tokio::test]
async fn what_has_ended_or_expired_is_no_session_any_more() {
    let (world, owner) = World::new().await;
    let ended = world.sign_in(&owner.email).await;
    world
        .sessions()
        .sign_out(ended.request(SignOutRequest {}))
        .await
        .unwrap();
    assert_eq!(ids(&list(&world, &owner).await), [&owner.session]);

    world.advance(90 * 24 * HOUR);
    let owner = world.sign_in(&owner.email).await;
    assert_eq!(ids(&list(&world, &owner).await), [&owner.session]);
}

#[tokio::test]
async fn the_pages_of_a_list_follow_each_other() {
    let (world, mut owner) = World::new().await;
    for _ in 0..4 {
        world.advance(Duration::from_millis(1));
        owner = world.sign_in(&owner.email).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListSessionsRequest {
            page_size: 2,
            page_token: token,
        };
        let answer = page(&world, &owner, request).await;
        assert!(answer.sessions.len() <= 2);
        seen.extend(answer.sessions);
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, list(&world, &owner).await);
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_page_of_somebody_elses_list_is_refused() {
    let (world, owner) = World::new().await;
    let eva = world.join(&owner, "eva@operator.example", "member").await;
    world.sign_in(&owner.email).await;
    let first = ListSessionsRequest {
        page_size: 1,
        ..Default::default()
    };
    let page_token = page(&world, &owner, first).await.next_page_token;
    let foreign = ListSessionsRequest {
        page_token,
        ..Default::default()
    };
    let refused = world.sessions().list_sessions(eva.request(foreign)).await;
    assert_eq!(reason(refused), "INVALID_FIELD");
}

async fn revoke(world: &World, by: &Actor, session: &str) -> Result<(), Status> {
    let request = RevokeSessionRequest {
        session: session.to_owned(),
    };
    world.sessions().revoke_session(by.request(request)).await?;
    Ok(())
}

#[tokio::test]
async fn a_revoked_session_is_dead_when_the_answer_comes() {
    let (world, owner) = World::new().await;
    let other = world.sign_in(&owner.email).await;
    revoke(&world, &owner, &other.session).await.unwrap();

    assert_eq!(reason(world.list_members(&other).await), "SESSION_REVOKED");
    let refresh = RefreshSessionRequest {
        refresh_token: other.refresh.clone(),
    };
    let refused = world.sessions().refresh_session(refresh).await;
    assert_eq!(reason(refused), "SESSION_REVOKED");
    assert_eq!(ids(&list(&world, &owner).await), [&owner.session]);
    let events = world.events(&other.session, 2).await;
    assert_eq!(
        (events[1].kind(), events[1].header("ce_actor")),
        ("session.closed", owner.user.as_str())
    );
}

#[tokio::test]
async fn a_session_that_has_ended_can_be_revoked_again() {
    let (world, owner) = World::new().await;
    let other = world.sign_in(&owner.email).await;
    for _ in 0..2 {
        revoke(&world, &owner, &other.session).await.unwrap();
    }
    assert_eq!(world.events(&other.session, 2).await.len(), 2);
}

#[tokio::test]
async fn somebody_elses_session_is_not_there() {
    let (world, owner) = World::new().await;
    let eva = world.join(&owner, "eva@operator.example", "member").await;
    assert_eq!(reason(revoke(&world, &owner, &eva.session).await), "NOT_FOUND");
    let unknown = "ses_01h455vb4pex5vsknk084sn02q";
    assert_eq!(reason(revoke(&world, &owner, unknown).await), "NOT_FOUND");
    assert_eq!(reason(revoke(&world, &owner, "mine").await), "INVALID_FIELD");
    world.list_members(&eva).await.unwrap();
}

async fn revoke_others(world: &World, by: &Actor) -> i32 {
    let request = by.request(RevokeOtherSessionsRequest {});
    let answer = world.sessions().revoke_other_sessions(request).await;
    answer.unwrap().into_inner().revoked_count
}

#[tokio::test]
async fn all_other_sessions_of_a_person_end_wherever_they_act() {
    let (world, owner) = World::new().await;
    let eva = world.join(&owner, "eva@operator.example", "member").await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &owner.email, "viewer").await.unwrap();
    world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();
    let there = world.sign_in(&owner.email).await;
    let switch = SwitchOrganizationRequest {
        organization: alpina.organization.clone(),
    };
    world
        .sessions()
        .switch_organization(there.request(switch))
        .await
        .unwrap();

    assert_eq!(revoke_others(&world, &owner).await, 1);

    assert_eq!(reason(world.list_members(&there).await), "SESSION_REVOKED");
    assert_eq!(ids(&list(&world, &owner).await), [&owner.session]);
    world.list_members(&eva).await.unwrap();
    assert_eq!(world.events(&there.session, 2).await[1].kind(), "session.closed");
    assert_eq!(revoke_others(&world, &owner).await, 0);
}
