//! What the operator says of an organization's people, and who looks after them.

use entente_contracts::access::v1::{Action, DelegationFlag, Resource};
use entente_contracts::identity::v1::{
    CeilingPermission, Contact, CreateOrganizationRequest, GetFrontDoorRequest, GetOrganizationRequest,
    ListContactsRequest, Organization, OrganizationControls, OrganizationType, PermissionCeiling,
    ResponsibleParty, SetOrganizationControlsRequest, SetResponsiblePartyRequest,
    SetResponsiblePartyResponse, UpdateOrganizationRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::group::{create_group, delete as delete_group};
use crate::lifecycle::delete as delete_organization;
use crate::settings::chooses;
use crate::support::{Actor, World, all_delegated, organization, owner_of, reason};

pub(crate) async fn set(
    world: &World,
    by: &Actor,
    organization: &str,
    controls: OrganizationControls,
) -> Result<Organization, Status> {
    let request = SetOrganizationControlsRequest {
        operator: by.organization.clone(),
        organization: organization.to_owned(),
        controls: Some(controls),
        ..Default::default()
    };
    let answer = world
        .organizations()
        .set_organization_controls(by.request(request))
        .await?;
    Ok(answer.into_inner().organization.unwrap())
}

async fn name_responsible(
    world: &World,
    by: &Actor,
    organization: &str,
    member: &str,
    party: &str,
) -> Result<SetResponsiblePartyResponse, Status> {
    let request = SetResponsiblePartyRequest {
        operator: by.organization.clone(),
        organization: organization.to_owned(),
        member: member.to_owned(),
        responsible: Some(ResponsibleParty {
            party: party.to_owned(),
            copied: true,
        }),
        ..Default::default()
    };
    Ok(world
        .organizations()
        .set_responsible_party(by.request(request))
        .await?
        .into_inner())
}

async fn get(world: &World, by: &Actor, id: &str) -> Organization {
    let request = GetOrganizationRequest {
        organization: id.to_owned(),
    };
    let answer = world.organizations().get_organization(by.request(request)).await;
    answer.unwrap().into_inner().organization.unwrap()
}

pub(crate) fn ceiling(permissions: &[(Resource, Action)]) -> OrganizationControls {
    let permissions = permissions.iter().map(|(resource, action)| CeilingPermission {
        resource: (*resource).into(),
        action: (*action).into(),
    });
    OrganizationControls {
        ceiling: Some(PermissionCeiling {
            permissions: permissions.collect(),
        }),
        ..all_delegated()
    }
}

#[tokio::test]
async fn one_setting_covers_everybody_there_at_the_next_call() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let read_only = ceiling(&[
        (Resource::Organization, Action::Read),
        (Resource::Member, Action::Read),
    ]);
    let set_to = set(&world, &operator, &alpina.organization, read_only.clone())
        .await
        .unwrap();
    assert_eq!(set_to.controls.unwrap().ceiling, read_only.ceiling);
    world.list_members(&alpina).await.unwrap();
    assert_eq!(
        reason(world.invite(&alpina, "new@alpina.example", "viewer").await),
        "PERMISSION_MISSING"
    );
    let events = world.events(&alpina.organization, 2).await;
    assert_eq!(events[1].kind(), "organization.controls_set");
    assert!(events[1].header("ce_changes").contains("member:read"));
    assert_eq!(
        events[1].header("ce_organizations"),
        format!("{},{}", alpina.organization, operator.organization)
    );
    set(&world, &operator, &alpina.organization, all_delegated())
        .await
        .unwrap();
    world
        .invite(&alpina, "new@alpina.example", "viewer")
        .await
        .unwrap();
}

#[tokio::test]
async fn nothing_is_delegated_at_first() {
    let (world, operator) = World::new().await;
    let request = CreateOrganizationRequest {
        parent: operator.organization.clone(),
        organization: Some(Organization {
            controls: None,
            ..organization(OrganizationType::Partner, "Alpina")
        }),
        owner_email: owner_of("Alpina"),
        request_id: String::new(),
    };
    let created = world
        .organizations()
        .create_organization(operator.request(request))
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(created.controls.unwrap(), OrganizationControls::default());
}

#[tokio::test]
async fn a_partner_says_nothing_of_its_own_controls() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    for (by, of) in [(&alpina, &alpina), (&alpina, &sub), (&alpina, &operator)] {
        assert_eq!(
            reason(set(&world, by, &of.organization, all_delegated()).await),
            "NOT_FOUND"
        );
    }
    let intruder = Actor {
        organization: operator.organization.clone(),
        ..alpina
    };
    assert_eq!(
        reason(set(&world, &intruder, &sub.organization, all_delegated()).await),
        "NOT_FOUND"
    );
    assert_eq!(
        reason(set(&world, &operator, &operator.organization, all_delegated()).await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn a_sub_partner_is_bound_by_what_binds_its_partner() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    assert_eq!(
        get(&world, &sub, &sub.organization).await.controls.unwrap(),
        all_delegated()
    );
    let bound = OrganizationControls {
        delegation: vec![DelegationFlag::UserCreation.into()],
        second_factor_required: false,
        ..ceiling(&[(Resource::Organization, Action::Read)])
    };
    set(&world, &operator, &alpina.organization, bound.clone())
        .await
        .unwrap();
    assert_eq!(
        get(&world, &sub, &sub.organization).await.controls.unwrap(),
        bound
    );
    let widened = set(&world, &operator, &sub.organization, all_delegated())
        .await
        .unwrap();
    assert_eq!(widened.controls.unwrap(), bound);
    assert_eq!(
        world.events(&sub.organization, 2).await[1].kind(),
        "organization.controls_set"
    );
}

#[tokio::test]
async fn controls_that_mean_nothing_there_are_named() {
    let (world, operator) = World::new().await;
    let client = world
        .found(&operator, OrganizationType::DirectClient, "Berger")
        .await;
    let flags = set(&world, &operator, &client.organization, all_delegated()).await;
    assert_eq!(reason(flags), "INVALID_FIELD");
    let nothing = OrganizationControls {
        ceiling: Some(PermissionCeiling {
            permissions: vec![CeilingPermission::default()],
        }),
        ..Default::default()
    };
    assert_eq!(
        reason(set(&world, &operator, &client.organization, nothing).await),
        "INVALID_FIELD"
    );
    let partner = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let request = CreateOrganizationRequest {
        parent: partner.organization.clone(),
        organization: Some(Organization {
            controls: Some(all_delegated()),
            ..organization(OrganizationType::SubPartner, "Sub")
        }),
        owner_email: owner_of("Sub"),
        request_id: String::new(),
    };
    let refused = world
        .organizations()
        .create_organization(partner.request(request))
        .await
        .unwrap_err();
    assert_eq!(
        refused.get_details_bad_request().unwrap().field_violations[0].field,
        "organization.controls"
    );
}

#[tokio::test]
async fn what_is_wrong_of_a_new_organization_is_named_where_it_stands() {
    let (world, operator) = World::new().await;
    let delegated = OrganizationControls {
        delegation: all_delegated().delegation,
        ..Default::default()
    };
    let stranger = ResponsibleParty {
        party: world
            .found(&operator, OrganizationType::Partner, "Zenith")
            .await
            .user,
        copied: false,
    };
    for (kind, controls, responsible, field) in [
        (
            OrganizationType::DirectClient,
            Some(delegated),
            None,
            "organization.controls.delegation",
        ),
        (
            OrganizationType::Partner,
            None,
            Some(stranger),
            "organization.responsible.party",
        ),
    ] {
        let request = CreateOrganizationRequest {
            parent: operator.organization.clone(),
            organization: Some(Organization {
                controls,
                responsible,
                ..organization(kind, "Alpina")
            }),
            owner_email: owner_of("Alpina"),
            request_id: String::new(),
        };
        let mut client = world.organizations();
        let refused = client
            .create_organization(operator.request(request))
            .await
            .unwrap_err();
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            field
        );
    }
}

#[tokio::test]
async fn stale_controls_are_aborted_and_asked_again_answered() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let request = SetOrganizationControlsRequest {
        operator: operator.organization.clone(),
        organization: alpina.organization.clone(),
        controls: Some(OrganizationControls::default()),
        etag: "7".to_owned(),
        request_id: String::new(),
    };
    let mut client = world.organizations();
    let stale = client
        .set_organization_controls(operator.request(request.clone()))
        .await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    let request = SetOrganizationControlsRequest {
        etag: String::new(),
        request_id: "c-1".to_owned(),
        ..request
    };
    let first = client
        .set_organization_controls(operator.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    set(&world, &operator, &alpina.organization, all_delegated())
        .await
        .unwrap();
    let second = client
        .set_organization_controls(operator.request(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
}

#[tokio::test]
async fn naming_who_is_named_already_changes_nothing() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    for member in ["", &alpina.member] {
        let name = || name_responsible(&world, &operator, &alpina.organization, member, &operator.user);
        let first = name().await.unwrap();
        assert_eq!(name().await.unwrap(), first, "{member}");
    }
    assert_eq!(world.events(&alpina.organization, 2).await.len(), 2);
}

#[tokio::test]
async fn only_the_operators_own_people_look_after_a_partner() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let ines = world.join(&operator, "ines@operator.example", "member").await;
    let named = name_responsible(&world, &operator, &alpina.organization, "", &ines.user)
        .await
        .unwrap();
    assert_eq!(
        named.organization.unwrap().responsible.unwrap(),
        ResponsibleParty {
            party: ines.user.clone(),
            copied: true,
        }
    );
    assert_eq!(
        get(&world, &alpina, &alpina.organization)
            .await
            .responsible
            .unwrap()
            .party,
        ines.user
    );
    let unknown = entente_ids::GroupId::new(world.now(), [1; 10]).to_string();
    for party in [alpina.user.as_str(), unknown.as_str(), "ines"] {
        let refused = name_responsible(&world, &operator, &alpina.organization, "", party).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (
                refused.code(),
                refused.get_details_bad_request().unwrap().field_violations[0]
                    .field
                    .as_str()
            ),
            (Code::InvalidArgument, "responsible.party"),
            "{party}"
        );
    }
    assert_eq!(
        reason(name_responsible(&world, &alpina, &alpina.organization, "", &ines.user).await),
        "NOT_FOUND"
    );
    assert_eq!(
        world.events(&alpina.organization, 2).await[1].kind(),
        "organization.responsible_set"
    );
}

#[tokio::test]
async fn a_group_that_looks_after_somebody_is_not_deleted_until_somebody_else_does() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let group = create_group(&world, &operator, "Success", &[]).await.unwrap().id;
    for member in ["", &alpina.member] {
        name_responsible(&world, &operator, &alpina.organization, member, &group)
            .await
            .unwrap();
        let refused = delete_group(&world, &operator, &group).await;
        assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(reason(refused), "GROUP_RESPONSIBLE");
        name_responsible(&world, &operator, &alpina.organization, member, &operator.user)
            .await
            .unwrap();
    }
    delete_group(&world, &operator, &group).await.unwrap();
}

#[tokio::test]
async fn a_group_that_looked_after_a_deleted_organization_can_be_deleted() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let group = create_group(&world, &operator, "Success", &[]).await.unwrap().id;
    name_responsible(&world, &operator, &alpina.organization, "", &group)
        .await
        .unwrap();
    delete_organization(&world, &operator, &alpina.organization)
        .await
        .unwrap();
    delete_group(&world, &operator, &group).await.unwrap();
}

#[tokio::test]
async fn one_person_is_looked_after_by_somebody_else() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let named = name_responsible(
        &world,
        &operator,
        &alpina.organization,
        &alpina.member,
        &operator.user,
    )
    .await
    .unwrap();
    assert_eq!(named.member.unwrap().responsible.unwrap().party, operator.user);
    assert!(named.organization.unwrap().responsible.is_none());
    let foreign = name_responsible(
        &world,
        &operator,
        &alpina.organization,
        &belvedere.member,
        &operator.user,
    )
    .await;
    assert_eq!(reason(foreign), "NOT_FOUND");
}

#[tokio::test]
async fn who_looks_after_people_is_copied_on_what_they_are_told() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let sub = world.found(&alpina, OrganizationType::SubPartner, "Sub").await;
    let ines = world.join(&operator, "ines@operator.example", "member").await;
    let copied = async |organization: &str| {
        let request = ListContactsRequest {
            organization: organization.to_owned(),
            ..Default::default()
        };
        let answer = world.members().list_contacts(world.internal(request)).await;
        let copied = answer.unwrap().into_inner().copied;
        copied
            .into_iter()
            .map(|contact| contact.email)
            .collect::<Vec<_>>()
    };
    name_responsible(&world, &operator, &sub.organization, "", &ines.user)
        .await
        .unwrap();
    assert_eq!(copied(&sub.organization).await, ["ines@operator.example"]);
    assert!(copied(&alpina.organization).await.is_empty());
    // Who looks after this one person stands in for who looks after all.
    name_responsible(&world, &operator, &sub.organization, &sub.member, &operator.user)
        .await
        .unwrap();
    assert_eq!(copied(&sub.organization).await, ["olga@operator.example"]);
}

#[tokio::test]
async fn who_is_copied_is_written_to_in_their_own_language() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let ines = world.join(&operator, "ines@operator.example", "member").await;
    chooses(&world, &ines, "fr").await;
    name_responsible(&world, &operator, &alpina.organization, "", &ines.user)
        .await
        .unwrap();
    let request = ListContactsRequest {
        organization: alpina.organization.clone(),
        ..Default::default()
    };
    let answer = world.members().list_contacts(world.internal(request)).await;
    let answer = answer.unwrap().into_inner();
    let languages = |contacts: &[Contact]| -> Vec<String> {
        contacts.iter().map(|contact| contact.language.clone()).collect()
    };
    assert_eq!(languages(&answer.contacts), ["en"]);
    assert_eq!(languages(&answer.copied), ["fr"]);
}

async fn front_door(world: &World, slug: &str) -> Result<(String, String), Status> {
    let request = GetFrontDoorRequest {
        slug: slug.to_owned(),
    };
    let door = world
        .organizations()
        .get_front_door(request)
        .await?
        .into_inner()
        .front_door
        .unwrap();
    Ok((door.display_name, door.logo_uri))
}

#[tokio::test]
async fn a_front_door_shows_whose_it_is_to_anybody() {
    let (world, operator) = World::new().await;
    let alpina = world
        .found(&operator, OrganizationType::Partner, "Alpina Conseil")
        .await;
    assert_eq!(
        front_door(&world, "Alpina-Conseil").await.unwrap(),
        ("Alpina Conseil".to_owned(), String::new())
    );
    let changed = Organization {
        id: alpina.organization.clone(),
        slug: "alpina".to_owned(),
        logo_uri: "https://alpina.example/logo.svg".to_owned(),
        ..Default::default()
    };
    let request = UpdateOrganizationRequest {
        organization: Some(changed),
        update_mask: Some(FieldMask {
            paths: vec!["slug".to_owned(), "logo_uri".to_owned()],
        }),
        request_id: String::new(),
    };
    world
        .organizations()
        .update_organization(alpina.request(request.clone()))
        .await
        .unwrap();
    assert_eq!(
        front_door(&world, "alpina").await.unwrap().1,
        "https://alpina.example/logo.svg"
    );
    assert_eq!(reason(front_door(&world, "alpina-conseil").await), "NOT_FOUND");
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let taken = UpdateOrganizationRequest {
        organization: Some(Organization {
            id: belvedere.organization.clone(),
            slug: "alpina".to_owned(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["slug".to_owned()],
        }),
        ..request
    };
    let refused = world
        .organizations()
        .update_organization(belvedere.request(taken))
        .await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(refused), "SLUG_TAKEN");
}

#[tokio::test]
async fn a_root_folder_is_safe_in_a_path_and_stands_once_below_a_parent() {
    let (world, operator) = World::new().await;
    let create = |name: &str, folder: &str| {
        let request = CreateOrganizationRequest {
            parent: operator.organization.clone(),
            organization: Some(Organization {
                root_folder: folder.to_owned(),
                ..organization(OrganizationType::Partner, name)
            }),
            owner_email: "owner@alpina.example".to_owned(),
            request_id: String::new(),
        };
        let (mut client, request) = (world.organizations(), operator.request(request));
        async move {
            client
                .create_organization(request)
                .await
                .map(|answer| answer.into_inner().organization.unwrap())
        }
    };
    assert_eq!(
        create("Alpina", "alpina-files").await.unwrap().root_folder,
        "alpina-files"
    );
    assert_eq!(
        reason(create("Belvedere", "alpina-files").await),
        "ROOT_FOLDER_TAKEN"
    );
    for folder in ["../etc", "a/b", "Alpina", ".hidden", "é"] {
        assert_eq!(
            reason(create("Belvedere", folder).await),
            "INVALID_FIELD",
            "{folder}"
        );
    }
    // Two names of which the same is left.
    assert_eq!(create("Zürich", "").await.unwrap().root_folder, "zurich");
    let other = create("Zurich!", "").await.unwrap();
    assert!(other.root_folder.starts_with("zurich-") && other.slug.starts_with("zurich-"));
}
