//! What a person says of themselves.

use entente_contracts::identity::v1::{GetProfileRequest, Profile};
use tonic::Status;

use crate::support::{Actor, World, reason};

async fn profile(world: &World, by: &Actor) -> Result<Profile, Status> {
    let request = by.request(GetProfileRequest {});
    let answer = world.accounts().get_profile(request).await?;
    Ok(answer.into_inner().profile.unwrap())
}

#[tokio::test]
async fn a_person_reads_their_profile() {
    let (world, owner) = World::new().await;
    let found = profile(&world, &owner).await.unwrap();
    assert_eq!((&found.user, &found.email), (&owner.user, &owner.email));
    assert_eq!(
        (found.display_name.as_str(), found.language.as_str()),
        ("Some Body", "")
    );
    assert_eq!(found.create_time.unwrap().seconds, world.now().as_second());
}

#[tokio::test]
async fn who_is_not_signed_in_has_no_profile() {
    let (world, _) = World::new().await;
    let refused = world.accounts().get_profile(GetProfileRequest {}).await;
    assert_eq!(reason(refused), "TOKEN_MISSING");
}
