//! Organizations and their hierarchy.

use entente_contracts::identity::v1::{
    CreateOrganizationRequest, GetOrganizationRequest, ListOrganizationsRequest, Organization,
    OrganizationType, UpdateOrganizationRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{Actor, World, organization, owner_of, reason};

fn create(by: &Actor, kind: OrganizationType, name: &str) -> CreateOrganizationRequest {
    CreateOrganizationRequest {
        parent: by.organization.clone(),
        organization: Some(organization(kind, name)),
        owner_email: owner_of(name),
        request_id: String::new(),
    }
}

async fn get(world: &World, by: &Actor, id: &str) -> Result<Organization, Status> {
    let request = GetOrganizationRequest {
        organization: id.to_owned(),
    };
    Ok(world
        .organizations()
        .get_organization(by.request(request))
        .await?
        .into_inner()
        .organization
        .unwrap())
}

async fn update(
    world: &World,
    by: &Actor,
    organization: Organization,
    paths: &[&str],
) -> Result<Organization, Status> {
    let request = UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    };
    Ok(world
        .organizations()
        .update_organization(by.request(request))
        .await?
        .into_inner()
        .organization
        .unwrap())
}

fn violated(status: &Status) -> String {
    status.get_details_bad_request().unwrap().field_violations[0]
        .field
        .clone()
}

#[tokio::test]
async fn a_new_partner_is_found_by_its_owners_address_and_invites_that_owner() {
    let (world, operator) = World::new().await;
    let partner = world
        .create(&operator, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();
    assert_eq!(partner.contact_email, "owner@alpina.example");
    assert_eq!(partner.parent, operator.organization);

    let created = world.events(&partner.id, 1).await;
    assert_eq!(created[0].kind(), "organization.created");
    assert_eq!(created[0].header("ce_actor"), operator.user);
    assert_eq!(
        created[0].header("ce_organizations"),
        format!("{},{}", partner.id, operator.organization)
    );
    assert!(created[0].header("ce_changes").contains("Alpina"));
    let owner = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let invited = world.events(&owner.member, 2).await;
    assert_eq!(
        invited.iter().map(|event| event.kind()).collect::<Vec<_>>(),
        ["member.invited", "member.joined"]
    );
    assert_eq!(invited[1].header("ce_actor"), owner.user);
}

#[tokio::test]
async fn all_that_stands_in_the_directory_has_an_address_to_be_found_by_and_keeps_it() {
    let (world, operator) = World::new().await;
    let partner = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    for (creator, kind, name) in [
        (&operator, OrganizationType::Affiliate, "Zenith"),
        (&partner, OrganizationType::SubPartner, "Belvedere"),
    ] {
        let owner = world.found(creator, kind, name).await;
        let created = get(&world, &owner, &owner.organization).await.unwrap();
        assert_eq!(created.contact_email, owner_of(name));
        let without = Organization {
            contact_email: String::new(),
            ..created.clone()
        };
        let lost = update(&world, &owner, without, &["contact_email"])
            .await
            .unwrap_err();
        assert_eq!(violated(&lost), "organization.contact_email");
        let kept = get(&world, &owner, &owner.organization).await.unwrap();
        assert_eq!(kept, created);
    }
}

#[tokio::test]
async fn an_affiliate_of_before_without_an_address_is_renamed_all_the_same() {
    let (world, operator) = World::new().await;
    let zenith = world
        .found(&operator, OrganizationType::Affiliate, "Zenith")
        .await;
    sqlx::query("update identity.organization set contact_email = null where display_name = 'Zenith'")
        .execute(&mut world.admin().await)
        .await
        .unwrap();
    let read = get(&world, &zenith, &zenith.organization).await.unwrap();
    assert_eq!(read.contact_email, "");
    let renamed = Organization {
        display_name: "Zenith SA".to_owned(),
        ..read
    };
    let renamed = update(&world, &zenith, renamed, &["display_name"]).await.unwrap();
    assert_eq!(renamed.display_name, "Zenith SA");
}

#[tokio::test]
async fn a_name_that_differs_only_in_case_and_spaces_is_taken() {
    let (world, operator) = World::new().await;
    world
        .create(&operator, OrganizationType::Partner, "Alpina SA")
        .await
        .unwrap();
    let again = world
        .create(&operator, OrganizationType::Affiliate, " alpina  sa")
        .await;
    assert_eq!(again.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(again), "NAME_TAKEN");
}

#[tokio::test]
async fn a_child_that_doesnt_fit_its_parent_is_refused() {
    let (world, operator) = World::new().await;
    let client = world.create(&operator, OrganizationType::Client, "Berger").await;
    assert_eq!(client.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(client), "HIERARCHY_VIOLATION");
    let second = world
        .create(&operator, OrganizationType::Operator, "Other operator")
        .await;
    assert_eq!(reason(second), "HIERARCHY_VIOLATION");
}

#[tokio::test]
async fn a_partner_creates_its_clients() {
    let (world, operator) = World::new().await;
    let partner = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let client = world
        .create(&partner, OrganizationType::Client, "Berger")
        .await
        .unwrap();
    assert_eq!(
        (client.parent.as_str(), client.contact_email.as_str()),
        (partner.organization.as_str(), "")
    );
}

#[tokio::test]
async fn a_request_that_is_asked_again_gets_the_first_answer() {
    let (world, operator) = World::new().await;
    let mut request = create(&operator, OrganizationType::Partner, "Alpina");
    request.request_id = "r-1".to_owned();
    let mut client = world.organizations();
    let first = client
        .create_organization(operator.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    let second = client
        .create_organization(operator.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);

    let other = CreateOrganizationRequest {
        owner_email: "eve@alpina.example".to_owned(),
        ..request
    };
    let refused = client
        .create_organization(operator.request(other))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), violated(&refused).as_str()),
        (Code::InvalidArgument, "request_id")
    );
}

#[tokio::test]
async fn one_request_asked_four_times_at_once_is_done_once() {
    let (world, operator) = World::new().await;
    let mut request = create(&operator, OrganizationType::Partner, "Alpina");
    request.request_id = "r-1".to_owned();
    let calls = (0..4).map(|_| {
        let (mut client, request) = (world.organizations(), operator.request(request.clone()));
        async move { client.create_organization(request).await.unwrap().into_inner() }
    });
    let answers = futures::future::join_all(calls).await;
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn each_missing_or_wrong_field_is_named() {
    let (world, operator) = World::new().await;
    let good = create(&operator, OrganizationType::Partner, "Alpina");
    let broken: [(&str, CreateOrganizationRequest); 6] = [
        (
            "parent",
            CreateOrganizationRequest {
                parent: String::new(),
                ..good.clone()
            },
        ),
        (
            "parent",
            CreateOrganizationRequest {
                parent: operator.user.clone(),
                ..good.clone()
            },
        ),
        (
            "organization",
            CreateOrganizationRequest {
                organization: None,
                ..good.clone()
            },
        ),
        (
            "owner_email",
            CreateOrganizationRequest {
                owner_email: "nobody".to_owned(),
                ..good.clone()
            },
        ),
        (
            "organization.type",
            CreateOrganizationRequest {
                organization: Some(organization(OrganizationType::Unspecified, "Alpina")),
                ..good.clone()
            },
        ),
        (
            "organization.display_name",
            CreateOrganizationRequest {
                organization: Some(organization(OrganizationType::Partner, " ")),
                ..good
            },
        ),
    ];
    for (field, request) in broken {
        let refused = world
            .organizations()
            .create_organization(operator.request(request))
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code(), violated(&refused).as_str()),
            (Code::InvalidArgument, field)
        );
    }
}

#[tokio::test]
async fn anothers_organization_and_one_that_isnt_there_look_the_same() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let unknown = entente_ids::OrganizationId::new(world.now(), [7; 10]).to_string();
    for id in [&belvedere.organization, &operator.organization, &unknown] {
        let read = get(&world, &alpina, id).await;
        assert_eq!(read.as_ref().unwrap_err().code(), Code::NotFound);
        assert_eq!(reason(read), "NOT_FOUND");
        let changed = Organization {
            id: id.clone(),
            display_name: "Mine".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            reason(update(&world, &alpina, changed, &["display_name"]).await),
            "NOT_FOUND"
        );
    }
}

#[tokio::test]
async fn an_update_of_a_stale_version_is_aborted() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let read = get(&world, &alpina, &alpina.organization).await.unwrap();
    let renamed = Organization {
        display_name: "Alpina SA".to_owned(),
        ..read.clone()
    };
    let new = update(&world, &alpina, renamed.clone(), &["display_name"])
        .await
        .unwrap();
    assert_eq!(
        (new.display_name.as_str(), new.create_time),
        ("Alpina SA", read.create_time)
    );
    assert_ne!(new.etag, read.etag);

    let stale = update(&world, &alpina, renamed, &["display_name"]).await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let events = world.events(&alpina.organization, 2).await;
    assert_eq!(
        events[1].header("ce_changes"),
        r#"[{"field":"display_name","before":"Alpina","after":"Alpina SA"}]"#
    );
}

#[tokio::test]
async fn an_update_changes_only_what_its_mask_names() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let new = Organization {
        id: alpina.organization.clone(),
        display_name: "Other".to_owned(),
        contact_email: "Hello@Alpina.example".to_owned(),
        ..Default::default()
    };
    let updated = update(&world, &alpina, new.clone(), &["contact_email"])
        .await
        .unwrap();
    assert_eq!(
        (updated.display_name.as_str(), updated.contact_email.as_str()),
        ("Alpina", "hello@alpina.example")
    );

    let unknown = update(&world, &alpina, new.clone(), &["type"]).await.unwrap_err();
    assert_eq!(
        (unknown.code(), violated(&unknown).as_str()),
        (Code::InvalidArgument, "update_mask")
    );
    let empty = update(&world, &alpina, new.clone(), &[]).await.unwrap_err();
    assert_eq!(violated(&empty), "update_mask");
    let without = Organization {
        contact_email: String::new(),
        ..new
    };
    let lost = update(&world, &alpina, without, &["contact_email"])
        .await
        .unwrap_err();
    assert_eq!(violated(&lost), "organization.contact_email");
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let (world, operator) = World::new().await;
    let viewer = world.join(&operator, "vera@operator.example", "viewer").await;
    let read = get(&world, &viewer, &operator.organization).await.unwrap();
    assert_eq!(
        reason(update(&world, &viewer, read, &["display_name"]).await),
        "PERMISSION_MISSING"
    );
    assert_eq!(
        reason(world.create(&viewer, OrganizationType::Partner, "Alpina").await),
        "PERMISSION_MISSING"
    );
}

#[tokio::test]
async fn a_list_is_in_the_order_of_names_and_goes_on_by_pages() {
    let (world, operator) = World::new().await;
    for name in ["Delta", "alpha", "Charlie", "Bravo"] {
        world
            .create(&operator, OrganizationType::Partner, name)
            .await
            .unwrap();
    }
    world
        .create(&operator, OrganizationType::Affiliate, "Echo")
        .await
        .unwrap();
    let first = ListOrganizationsRequest {
        parent: operator.organization.clone(),
        page_size: 3,
        r#type: OrganizationType::Partner.into(),
        ..Default::default()
    };
    let page = list(&world, &operator, first.clone()).await.unwrap();
    assert_eq!(names(&page.0), ["alpha", "Bravo", "Charlie"]);
    let second = ListOrganizationsRequest {
        page_token: page.1.clone(),
        ..first.clone()
    };
    let (rest, end) = list(&world, &operator, second.clone()).await.unwrap();
    assert_eq!((names(&rest), end.as_str()), (vec!["Delta".to_owned()], ""));

    let foreign = ListOrganizationsRequest { r#type: 0, ..second };
    let refused = list(&world, &operator, foreign).await.unwrap_err();
    assert_eq!(
        (refused.code(), violated(&refused).as_str()),
        (Code::InvalidArgument, "page_token")
    );
    let search = ListOrganizationsRequest {
        query: "LPH".to_owned(),
        ..first
    };
    assert_eq!(
        names(&list(&world, &operator, search).await.unwrap().0),
        ["alpha"]
    );
}

async fn list(
    world: &World,
    by: &Actor,
    request: ListOrganizationsRequest,
) -> Result<(Vec<Organization>, String), Status> {
    let page = world
        .organizations()
        .list_organizations(by.request(request))
        .await?
        .into_inner();
    Ok((page.organizations, page.next_page_token))
}

fn names(organizations: &[Organization]) -> Vec<String> {
    organizations
        .iter()
        .map(|organization| organization.display_name.clone())
        .collect()
}
