//! What a person says of themselves.

use entente_contracts::identity::v1::{GetProfileRequest, OrganizationType, Profile, UpdateProfileRequest};
use prost_types::FieldMask;
use tonic::Status;

use crate::support::{Actor, PASSWORD, World, reason};

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

fn to(profile: Profile, paths: &[&str]) -> UpdateProfileRequest {
    UpdateProfileRequest {
        profile: Some(profile),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    }
}

fn named(name: &str) -> UpdateProfileRequest {
    let profile = Profile {
        display_name: name.to_owned(),
        language: "fr".to_owned(),
        ..Profile::default()
    };
    to(profile, &["display_name"])
}

async fn update(world: &World, by: &Actor, request: UpdateProfileRequest) -> Result<Profile, Status> {
    let answer = world.accounts().update_profile(by.request(request)).await?;
    Ok(answer.into_inner().profile.unwrap())
}

#[tokio::test]
async fn only_what_the_mask_names_changes() {
    let (world, owner) = World::new().await;
    let named = update(&world, &owner, named("  Olga   Berg ")).await.unwrap();
    assert_eq!(
        (named.display_name.as_str(), named.language.as_str()),
        ("Olga Berg", "")
    );
    assert_eq!(profile(&world, &owner).await.unwrap(), named);

    let spoken = Profile {
        language: "fr".to_owned(),
        ..Profile::default()
    };
    let french = update(&world, &owner, to(spoken, &["language"])).await.unwrap();
    assert_eq!(
        (french.display_name.as_str(), french.language.as_str()),
        ("Olga Berg", "fr")
    );
    let silent = update(&world, &owner, to(Profile::default(), &["language"])).await;
    assert_eq!(silent.unwrap().language, "");
}

#[tokio::test]
async fn organizations_see_the_new_name_of_their_members() {
    let (world, owner) = World::new().await;
    update(&world, &owner, named("Olga Berg")).await.unwrap();
    let members = world.list_members(&owner).await.unwrap();
    assert_eq!(members[0].display_name, "Olga Berg");
}

#[tokio::test]
async fn a_change_stands_in_the_trail_of_every_organization_of_the_person() {
    let (world, owner) = World::new().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &owner.email, "viewer").await.unwrap();
    world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();

    update(&world, &owner, named("Olga Berg")).await.unwrap();

    let events = world.events(&owner.user, 2).await;
    let changes = r#"[{"field":"display_name","before":"Some Body","after":"Olga Berg"}]"#;
    for event in &events {
        assert_eq!(
            (event.kind(), event.header("ce_actor"), event.header("ce_changes")),
            ("account.updated", owner.user.as_str(), changes)
        );
    }
    // One each: an employer doesn't learn of the others.
    let mut trails: Vec<_> = events
        .iter()
        .map(|event| event.header("ce_organizations"))
        .collect();
    let mut places = [owner.organization.as_str(), alpina.organization.as_str()];
    trails.sort_unstable();
    places.sort_unstable();
    assert_eq!(trails, places);
}

#[tokio::test]
async fn what_does_not_change_is_not_announced() {
    let (world, owner) = World::new().await;
    let before = profile(&world, &owner).await.unwrap();
    let same = update(&world, &owner, named("Some Body")).await.unwrap();
    assert_eq!(same, before);
    update(&world, &owner, named("Olga Berg")).await.unwrap();
    assert_eq!(world.events(&owner.user, 1).await.len(), 1);
}

#[tokio::test]
async fn a_stale_profile_changes_nothing() {
    let (world, owner) = World::new().await;
    let read = profile(&world, &owner).await.unwrap();
    update(&world, &owner, named("Olga Berg")).await.unwrap();
    let stale = Profile {
        display_name: "Olga Stern".to_owned(),
        ..read
    };
    let refused = update(&world, &owner, to(stale, &["display_name"])).await;
    assert_eq!(reason(refused), "STALE_ETAG");
    assert_eq!(profile(&world, &owner).await.unwrap().display_name, "Olga Berg");
}

#[tokio::test]
async fn the_same_request_is_answered_once() {
    let (world, owner) = World::new().await;
    let request = |name| UpdateProfileRequest {
        request_id: "r-1".to_owned(),
        ..named(name)
    };
    let first = update(&world, &owner, request("Olga Berg")).await.unwrap();
    update(&world, &owner, named("Olga Stern")).await.unwrap();
    assert_eq!(update(&world, &owner, request("Olga Berg")).await.unwrap(), first);
    assert_eq!(profile(&world, &owner).await.unwrap().display_name, "Olga Stern");
    assert_eq!(
        reason(update(&world, &owner, request("Olga Stern")).await),
        "INVALID_FIELD"
    );
}

#[tokio::test]
async fn a_name_that_shows_nothing_and_an_unknown_language_are_refused() {
    let (world, owner) = World::new().await;
    assert_eq!(reason(update(&world, &owner, named(" ")).await), "INVALID_FIELD");
    let german = Profile {
        language: "de".to_owned(),
        ..Profile::default()
    };
    let refused = update(&world, &owner, to(german, &["language"])).await;
    assert_eq!(reason(refused), "INVALID_FIELD");
    let address = update(&world, &owner, to(Profile::default(), &["email"])).await;
    assert_eq!(reason(address), "INVALID_FIELD");
}
