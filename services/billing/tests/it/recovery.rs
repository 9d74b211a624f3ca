//! What identity missed, it is told again.

use entente_contracts::billing::v1::UpdateBillingAccountRequest;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{World, complete, eventually};

#[tokio::test]
async fn while_identity_is_away_the_change_stands_and_recovery_tells_it() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.identity.go_away_for_gates();

    let unavailable = world.update(&owner, complete(organization)).await.unwrap_err();

    assert_eq!(unavailable.code(), Code::Unavailable);
    assert!(unavailable.get_details_retry_info().is_some());
    assert!(!format!("{unavailable:?}").contains("10.0.0.7"));
    assert!(
        world
            .get(&owner, &organization.to_string())
            .await
            .unwrap()
            .missing
            .is_empty()
    );
    assert!(world.identity.gates(organization).iter().all(|gate| !gate.open));

    world.identity.come_back();

    eventually(async || world.identity.gates(organization).iter().any(|gate| gate.open)).await;
    world.until_all_is_pushed().await;
}

#[tokio::test]
async fn a_repeated_request_waits_for_the_gate_again() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let request = UpdateBillingAccountRequest {
        request_id: "r-1".to_owned(),
        ..complete(organization)
    };
    world.identity.go_away_for_gates();
    for _ in 0..2 {
        let unavailable = world.update(&owner, request.clone()).await.unwrap_err();
        assert_eq!(unavailable.code(), Code::Unavailable);
    }

    world.identity.come_back();
    let account = world.update(&owner, request).await.unwrap();

    assert!(account.missing.is_empty());
    assert!(world.identity.gates(organization).pop().unwrap().open);
    assert_eq!(world.announced(organization, 2).await.len(), 2);
}

#[tokio::test]
async fn a_crash_before_the_gate_was_noted_as_pushed_pushes_it_again() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();
    let before = world.identity.gates(organization);

    sqlx::query("update billing.account set gate_pushed = false")
        .execute(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();

    eventually(async || world.identity.gates(organization).len() > before.len()).await;
    assert_eq!(world.identity.gates(organization).pop(), before.last().cloned());
    world.until_all_is_pushed().await;
}
