//! Signing in from where one hasn't been.

use entente_contracts::identity::v1::SignInRequest;
use tonic::Request;

use crate::support::{Actor, PASSWORD, World};

async fn sign_in(world: &World, person: &Actor, address: &str, program: &str) {
    let mut request = Request::new(SignInRequest {
        email: person.email.clone(),
        password: PASSWORD.to_owned(),
        organization: String::new(),
    });
    let metadata = request.metadata_mut();
    metadata.insert("x-forwarded-for", address.parse().unwrap());
    metadata.insert("x-forwarded-user-agent", program.parse().unwrap());
    world.sessions().sign_in(request).await.unwrap();
}

/// How much was announced of the person's account. Each sign-in commits with what it announces.
async fn announced(world: &World, person: &Actor) -> i64 {
    sqlx::query_scalar("select coalesce(max(seq), 0) from identity.aggregate_sequence where key = $1")
        .bind(&person.user)
        .fetch_one(&mut world.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_sign_in_from_a_new_place_is_told_once() {
    let (world, owner) = World::new().await;
    for _ in 0..2 {
        sign_in(&world, &owner, "192.0.2.1", "Firefox/140").await;
    }
    let event = &world.events(&owner.user, 1).await[0];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("account.new_place", owner.user.as_str())
    );
    assert_eq!(announced(&world, &owner).await, 1);
}

#[tokio::test]
async fn nobody_is_told_of_their_first_sign_in_nor_of_one_from_where_they_were() {
    let (world, owner) = World::new().await;
    world.sign_in(&owner.email).await;
    assert_eq!(announced(&world, &owner).await, 0);
}

#[tokio::test]
async fn a_telephone_that_moves_within_its_network_is_no_news() {
    let (world, owner) = World::new().await;
    sign_in(&world, &owner, "192.0.2.1", "Firefox/140").await;
    sign_in(&world, &owner, "192.0.2.77", "Firefox/140").await;
    assert_eq!(announced(&world, &owner).await, 1);
    sign_in(&world, &owner, "192.0.2.78", "Chrome/140").await;
    assert_eq!(announced(&world, &owner).await, 2);
}
