//! The first run.

use entente_identity::domain::member::INVITATION_LIFETIME;
use entente_identity::error::Error;

use crate::support::{PASSWORD, World, reason};

const OLGA: &str = "olga@operator.example";

#[tokio::test]
async fn the_first_owner_gets_in_by_the_link() {
    let world = World::empty().await;
    let link = world.bootstrap("Operator", OLGA).await;
    assert_eq!(link.expires_at, world.now() + INVITATION_LIFETIME);

    let member = world.accept_token(&link.link_token, PASSWORD).await.unwrap();
    assert_eq!(
        (member.role.as_str(), member.legal_representative),
        ("owner", true)
    );
    assert_eq!(
        world.sign_in(OLGA).await.organization,
        link.operator.id.to_string()
    );
}

#[tokio::test]
async fn the_link_is_shown_and_not_mailed() {
    let world = World::empty().await;
    let link = world.bootstrap("Operator", OLGA).await;
    let member = world.links.link(&link.link_token).unwrap().target;
    let events = world.events(&member.to_string(), 1).await;
    assert_eq!(events[0].kind(), "member.bootstrapped");
    assert_eq!(events[0].header("ce_actor"), "installer");
    assert!(!format!("{events:?}").contains(&link.link_token));
}

#[tokio::test]
async fn a_second_run_renews_the_link_and_kills_the_old_one() {
    let world = World::empty().await;
    let old = world.bootstrap("Operator", OLGA).await;
    let new = world.bootstrap("Operator", OLGA).await;
    assert_eq!(old.operator.id, new.operator.id);
    assert_eq!(
        reason(world.accept_token(&old.link_token, PASSWORD).await),
        "LINK_DEAD"
    );
    world.accept_token(&new.link_token, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_second_run_can_name_another_owner() {
    let world = World::empty().await;
    let old = world.bootstrap("Operator", "typo@operator.example").await;
    let new = world.bootstrap("Operator", OLGA).await;
    assert_eq!(
        reason(world.accept_token(&old.link_token, PASSWORD).await),
        "LINK_DEAD"
    );
    assert_eq!(
        world.accept_token(&new.link_token, PASSWORD).await.unwrap().email,
        OLGA
    );
}

#[tokio::test]
async fn once_there_is_an_owner_nobody_else_gets_in_that_way() {
    let (world, _) = World::new().await;
    let error = world
        .try_bootstrap("Operator", "eve@elsewhere.example")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::OperatorExists));
    assert!(error.to_string().contains("sign in as an owner"), "{error}");
}

#[tokio::test]
async fn runs_at_the_same_time_leave_one_operator_and_one_link() {
    let world = World::empty().await;
    let runs = (0..4).map(|_| world.try_bootstrap("Operator", OLGA));
    let done = futures::future::join_all(runs).await;
    let alive: Vec<_> = done.into_iter().flatten().collect();
    assert!(!alive.is_empty());
    let mut accepted = 0;
    for link in &alive {
        accepted += usize::from(world.accept_token(&link.link_token, PASSWORD).await.is_ok());
    }
    assert_eq!(accepted, 1);
}
