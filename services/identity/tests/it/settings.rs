//! The general settings of organizations, and what follows for people.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::settings_service_client::SettingsServiceClient;
use entente_contracts::identity::v1::{
    GetFrontDoorRequest, GetLocaleRequest, GetSettingsRequest, ListContactsRequest, OrganizationType,
    Profile, Settings, UpdateProfileRequest, UpdateSettingsRequest,
};
use prost_types::FieldMask;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{Actor, World, owner_of, reason};

fn settings(world: &World) -> SettingsServiceClient<Channel> {
    SettingsServiceClient::new(world.channel())
}

async fn get(world: &World, by: &Actor, organization: &str) -> Result<Settings, Status> {
    let request = GetSettingsRequest {
        organization: organization.to_owned(),
    };
    let answer = settings(world).get_settings(by.request(request)).await?;
    Ok(answer.into_inner().settings.unwrap())
}

fn change(organization: &str, language: &str, time_zone: &str) -> UpdateSettingsRequest {
    UpdateSettingsRequest {
        settings: Some(Settings {
            organization: organization.to_owned(),
            language: language.to_owned(),
            time_zone: time_zone.to_owned(),
            ..Settings::default()
        }),
        update_mask: Some(mask(&["language", "time_zone"])),
        request_id: String::new(),
    }
}

fn mask(paths: &[&str]) -> FieldMask {
    FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    }
}

async fn update(world: &World, by: &Actor, request: UpdateSettingsRequest) -> Result<Settings, Status> {
    let answer = settings(world).update_settings(by.request(request)).await?;
    Ok(answer.into_inner().settings.unwrap())
}

/// How somebody is written to: language and time zone.
async fn locale(world: &World, organization: &str, user: &str, email: &str) -> (String, String) {
    let request = GetLocaleRequest {
        organization: organization.to_owned(),
        user: user.to_owned(),
        email: email.to_owned(),
    };
    let answer = settings(world).get_locale(world.internal(request)).await.unwrap();
    let locale = answer.into_inner();
    (locale.language, locale.time_zone)
}

pub(crate) async fn chooses(world: &World, person: &Actor, language: &str) {
    let request = UpdateProfileRequest {
        profile: Some(Profile {
            language: language.to_owned(),
            ..Profile::default()
        }),
        update_mask: Some(mask(&["language"])),
        request_id: String::new(),
    };
    world
        .accounts()
        .update_profile(person.request(request))
        .await
        .unwrap();
}

fn pair(language: &str, time_zone: &str) -> (String, String) {
    (language.to_owned(), time_zone.to_owned())
}

#[tokio::test]
async fn settings_are_empty_until_they_are_set() {
    let (world, operator) = World::new().await;
    let unset = get(&world, &operator, &operator.organization).await.unwrap();
    assert_eq!(
        (
            unset.language.as_str(),
            unset.time_zone.as_str(),
            unset.update_time
        ),
        ("", "", None)
    );

    let set = update(
        &world,
        &operator,
        change(&operator.organization, "fr", "europe/zurich"),
    )
    .await
    .unwrap();

    assert_eq!(
        (set.language.as_str(), set.time_zone.as_str()),
        ("fr", "Europe/Zurich")
    );
    assert_ne!(set.etag, unset.etag);
    assert_eq!(get(&world, &operator, &operator.organization).await.unwrap(), set);
}

#[tokio::test]
async fn only_what_the_mask_names_is_set() {
    let (world, operator) = World::new().await;
    let first = change(&operator.organization, "fr", "Europe/Zurich");
    update(&world, &operator, first).await.unwrap();
    let request = UpdateSettingsRequest {
        update_mask: Some(mask(&["language"])),
        ..change(&operator.organization, "", "Asia/Tokyo")
    };
    let set = update(&world, &operator, request).await.unwrap();
    assert_eq!(
        (set.language.as_str(), set.time_zone.as_str()),
        ("", "Europe/Zurich")
    );
}

#[tokio::test]
async fn a_stale_etag_is_aborted_and_sets_nothing() {
    let (world, operator) = World::new().await;
    let seen = get(&world, &operator, &operator.organization).await.unwrap();
    let conditional = |language: &str| {
        let mut request = change(&operator.organization, language, "");
        request.settings.as_mut().unwrap().etag = seen.etag.clone();
        request
    };
    update(&world, &operator, conditional("fr")).await.unwrap();

    let stale = update(&world, &operator, conditional("en")).await;

    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let kept = get(&world, &operator, &operator.organization).await.unwrap();
    assert_eq!(kept.language, "fr");
}

#[tokio::test]
async fn a_request_that_is_asked_again_gets_the_first_answer_and_sets_once() {
    let (world, operator) = World::new().await;
    let request = UpdateSettingsRequest {
        request_id: "settings-1".to_owned(),
        ..change(&operator.organization, "fr", "")
    };
    let first = update(&world, &operator, request.clone()).await.unwrap();
    update(&world, &operator, change(&operator.organization, "en", ""))
        .await
        .unwrap();
    assert_eq!(update(&world, &operator, request).await.unwrap(), first);
    let kept = get(&world, &operator, &operator.organization).await.unwrap();
    assert_eq!(kept.language, "en");
}

#[tokio::test]
async fn the_settings_of_another_tenant_are_not_there() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let read = get(&world, &alpina, &belvedere.organization).await;
    assert_eq!(reason(read), "NOT_FOUND");
    let written = update(&world, &alpina, change(&belvedere.organization, "fr", "")).await;
    assert_eq!(reason(written), "NOT_FOUND");
}

#[tokio::test]
async fn only_administrators_see_and_change_settings() {
    let (world, operator) = World::new().await;
    let admin = world.join(&operator, "ada@operator.example", "admin").await;
    let set = update(&world, &admin, change(&operator.organization, "fr", ""))
        .await
        .unwrap();
    assert_eq!(get(&world, &admin, &operator.organization).await.unwrap(), set);
    for role in ["viewer", "member"] {
        let person = world
            .join(&operator, &format!("{role}@operator.example"), role)
            .await;
        let written = update(&world, &person, change(&operator.organization, "en", "")).await;
        assert_eq!(reason(written), "PERMISSION_MISSING", "{role}");
        let read = get(&world, &person, &operator.organization).await;
        assert_eq!(reason(read), "PERMISSION_MISSING", "{role}");
    }
}

#[tokio::test]
async fn what_is_no_language_and_no_zone_is_refused_by_its_field() {
    let (world, operator) = World::new().await;
    for (language, time_zone, field) in [
        ("de", "", "settings.language"),
        ("", "Europe/Bern", "settings.time_zone"),
        ("", "+02:00", "settings.time_zone"),
    ] {
        let refused = update(
            &world,
            &operator,
            change(&operator.organization, language, time_zone),
        )
        .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field);
    }
}

#[tokio::test]
async fn the_trail_says_what_was_set_and_nothing_where_nothing_was() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    for language in ["fr", "fr", ""] {
        let request = change(&alpina.organization, language, "Europe/Paris");
        update(&world, &alpina, request).await.unwrap();
    }
    let events = world.events(&alpina.organization, 3).await;
    let told: Vec<_> = events
        .iter()
        .skip(1)
        .map(|event| {
            (
                event.kind(),
                event.header("ce_actor"),
                event.header("ce_organizations"),
                event.header("ce_changes"),
            )
        })
        .collect();
    let set = r#"[{"field":"language","after":"fr"},{"field":"time_zone","after":"Europe/Paris"}]"#;
    let unset = r#"[{"field":"language","before":"fr"}]"#;
    let of = |changes| {
        (
            "organization.settings_updated",
            alpina.user.as_str(),
            alpina.organization.as_str(),
            changes,
        )
    };
    assert_eq!(told, [of(set), of(unset)]);
}

#[tokio::test]
async fn a_person_is_written_to_in_their_own_language_then_their_organizations_then_the_operators() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let of_alpina = async || locale(&world, &alpina.organization, &alpina.user, "").await;
    assert_eq!(of_alpina().await, pair("en", "UTC"));

    let request = change(&operator.organization, "fr", "Europe/Paris");
    update(&world, &operator, request).await.unwrap();
    assert_eq!(of_alpina().await, pair("fr", "Europe/Paris"));

    let request = change(&alpina.organization, "en", "Europe/Zurich");
    update(&world, &alpina, request).await.unwrap();
    assert_eq!(of_alpina().await, pair("en", "Europe/Zurich"));

    chooses(&world, &alpina, "fr").await;
    assert_eq!(of_alpina().await, pair("fr", "Europe/Zurich"));
}

#[tokio::test]
async fn a_front_door_has_the_language_of_its_organization_then_the_operators() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let language = async || {
        let request = GetFrontDoorRequest {
            slug: "alpina".to_owned(),
        };
        let answer = world.organizations().get_front_door(request).await.unwrap();
        answer.into_inner().front_door.unwrap().language
    };
    assert_eq!(language().await, "en");

    let request = change(&operator.organization, "fr", "");
    update(&world, &operator, request).await.unwrap();
    assert_eq!(language().await, "fr");

    let request = change(&alpina.organization, "en", "");
    update(&world, &alpina, request).await.unwrap();
    assert_eq!(language().await, "en");
}

#[tokio::test]
async fn an_address_is_written_to_as_its_holder_or_as_its_organization() {
    let (world, operator) = World::new().await;
    let request = change(&operator.organization, "fr", "");
    update(&world, &operator, request).await.unwrap();
    let at = async |email: &str| locale(&world, &operator.organization, "", email).await.0;
    assert_eq!(at("nobody@operator.example").await, "fr");
    chooses(&world, &operator, "en").await;
    assert_eq!(at(&operator.email).await, "en");
}

#[tokio::test]
async fn contacts_come_with_the_language_of_each() {
    let (world, operator) = World::new().await;
    let vera = world.join(&operator, "vera@operator.example", "viewer").await;
    let request = change(&operator.organization, "fr", "Europe/Paris");
    update(&world, &operator, request).await.unwrap();
    chooses(&world, &vera, "en").await;

    let request = ListContactsRequest {
        organization: operator.organization.clone(),
        ..ListContactsRequest::default()
    };
    let found = world.members().list_contacts(world.internal(request)).await;
    let found = found.unwrap().into_inner();

    let languages: Vec<_> = found
        .contacts
        .iter()
        .map(|contact| (contact.email.as_str(), contact.language.as_str()))
        .collect();
    assert_eq!(
        languages,
        [(operator.email.as_str(), "fr"), (vera.email.as_str(), "en")]
    );
    assert_eq!(found.time_zone, "Europe/Paris");
}

#[tokio::test]
async fn who_is_only_invited_is_written_to_in_the_language_chosen_elsewhere() {
    let (world, operator) = World::new().await;
    let vera = world.join(&operator, &owner_of("Alpina"), "viewer").await;
    chooses(&world, &vera, "fr").await;
    let alpina = world
        .create(&operator, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();

    let request = ListContactsRequest {
        organization: alpina.id,
        resource: Resource::Partnership.into(),
        action: Action::Update.into(),
    };
    let found = world.members().list_contacts(world.internal(request)).await;
    let contacts = found.unwrap().into_inner().contacts;
    assert_eq!(contacts.len(), 1);
    assert_eq!(
        (contacts[0].user.as_str(), contacts[0].language.as_str()),
        ("", "fr")
    );
}

#[tokio::test]
async fn people_do_not_ask_how_others_are_written_to() {
    let (world, operator) = World::new().await;
    let request = GetLocaleRequest {
        organization: operator.organization.clone(),
        ..GetLocaleRequest::default()
    };
    let refused = settings(&world).get_locale(operator.request(request)).await;
    assert_eq!(reason(refused), "INTERNAL_ONLY");
}
