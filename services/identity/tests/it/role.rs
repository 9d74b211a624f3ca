//! Roles: listing, the matrix, and those of an organization's own.

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    CloneRoleRequest, CreateRoleRequest, DeleteRoleRequest, DeleteRoleResponse, GetMemberRequest,
    GetPermissionMatrixRequest, GetRoleRequest, ListRolesRequest, MatrixRole, OrganizationControls,
    OrganizationType, Permission, Role, UpdateRoleRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::controls;
use crate::group::{add_members, create_group};
use crate::member::set_role;
use crate::support::{Actor, World, reason};

pub(crate) const READ_MEMBERS: (Resource, Action) = (Resource::Member, Action::Read);
pub(crate) const INVITE_MEMBERS: (Resource, Action) = (Resource::Member, Action::Create);

pub(crate) fn permissions(held: &[(Resource, Action)]) -> Vec<Permission> {
    held.iter()
        .map(|(resource, action)| Permission {
            resource: (*resource).into(),
            action: (*action).into(),
        })
        .collect()
}

fn creation(by: &Actor, name: &str, held: &[(Resource, Action)]) -> CreateRoleRequest {
    CreateRoleRequest {
        organization: by.organization.clone(),
        role: Some(Role {
            display_name: name.to_owned(),
            permissions: permissions(held),
            ..Role::default()
        }),
        request_id: String::new(),
    }
}

pub(crate) async fn create(
    world: &World,
    by: &Actor,
    name: &str,
    held: &[(Resource, Action)],
) -> Result<Role, Status> {
    let request = by.request(creation(by, name, held));
    Ok(world
        .roles()
        .create_role(request)
        .await?
        .into_inner()
        .role
        .unwrap())
}

pub(crate) async fn update(world: &World, by: &Actor, role: Role, paths: &[&str]) -> Result<Role, Status> {
    let request = UpdateRoleRequest {
        organization: by.organization.clone(),
        role: Some(role),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    };
    let answer = world.roles().update_role(by.request(request)).await?;
    Ok(answer.into_inner().role.unwrap())
}

fn deletion(by: &Actor, role: &str) -> DeleteRoleRequest {
    DeleteRoleRequest {
        organization: by.organization.clone(),
        role: role.to_owned(),
        ..DeleteRoleRequest::default()
    }
}

pub(crate) async fn delete(world: &World, by: &Actor, role: &str) -> Result<DeleteRoleResponse, Status> {
    let request = by.request(deletion(by, role));
    Ok(world.roles().delete_role(request).await?.into_inner())
}

pub(crate) async fn get(world: &World, by: &Actor, role: &str) -> Result<Role, Status> {
    let request = GetRoleRequest {
        organization: by.organization.clone(),
        role: role.to_owned(),
    };
    let answer = world.roles().get_role(by.request(request)).await?;
    Ok(answer.into_inner().role.unwrap())
}

pub(crate) async fn clone(world: &World, by: &Actor, role: &str, name: &str) -> Result<Role, Status> {
    let request = CloneRoleRequest {
        organization: by.organization.clone(),
        role: role.to_owned(),
        display_name: name.to_owned(),
        request_id: String::new(),
    };
    let answer = world.roles().clone_role(by.request(request)).await?;
    Ok(answer.into_inner().role.unwrap())
}

#[tokio::test]
async fn a_member_with_a_custom_role_may_do_what_it_holds_and_nothing_else() {
    let (world, owner) = World::new().await;
    let role = create(&world, &owner, "Reader", &[READ_MEMBERS]).await.unwrap();
    let mia = world.join(&owner, "mia@operator.example", &role.id).await;
    assert_eq!(world.list_members(&mia).await.unwrap().len(), 2);
    let invited = world.invite(&mia, "new@operator.example", "viewer").await;
    assert_eq!(reason(invited), "PERMISSION_MISSING");

    let events = world.events(&role.id, 1).await;
    assert_eq!(events[0].kind(), "role.created");
    assert_eq!(events[0].header("ce_actor"), owner.user);
    assert_eq!(
        events[0].header("ce_changes"),
        r#"[{"field":"display_name","after":"Reader"},{"field":"permissions","after":["member:read"]}]"#
    );
}

#[tokio::test]
async fn a_changed_role_holds_for_all_who_have_it_at_the_next_call() {
    let (world, owner) = World::new().await;
    let role = create(&world, &owner, "Inviter", &[READ_MEMBERS, INVITE_MEMBERS])
        .await
        .unwrap();
    let mia = world.join(&owner, "mia@operator.example", &role.id).await;
    let narrower = Role {
        id: role.id.clone(),
        etag: role.etag.clone(),
        permissions: permissions(&[READ_MEMBERS]),
        ..Role::default()
    };
    let updated = update(&world, &owner, narrower, &["permissions"]).await.unwrap();
    assert_eq!(
        (
            updated.display_name.as_str(),
            updated.member_count,
            updated.permissions.len()
        ),
        ("Inviter", 1, 1)
    );
    let invited = world.invite(&mia, "new@operator.example", "viewer").await;
    assert_eq!(reason(invited), "PERMISSION_MISSING");

    let stale = update(&world, &owner, role, &["display_name"]).await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
}

#[tokio::test]
async fn a_deleted_role_leaves_its_members_without_one() {
    let (world, owner) = World::new().await;
    let role = create(&world, &owner, "Reader", &[READ_MEMBERS]).await.unwrap();
    let mia = world.join(&owner, "mia@operator.example", &role.id).await;
    let group = create_group(&world, &owner, "Readers", &[&role.id])
        .await
        .unwrap();
    let max = world.join(&owner, "max@operator.example", "viewer").await;
    add_members(&world, &owner, &group.id, &[&max.member])
        .await
        .unwrap();

    let answer = delete(&world, &owner, &role.id).await.unwrap();

    assert_eq!((answer.member_count, answer.group_count), (1, 1));
    assert_eq!(reason(world.list_members(&mia).await), "PERMISSION_MISSING");
    let request = GetMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
    };
    let member = world.members().get_member(owner.request(request)).await.unwrap();
    assert_eq!(member.into_inner().member.unwrap().role, "");
    assert_eq!(reason(get(&world, &owner, &role.id).await), "NOT_FOUND");
    let events = world.events(&role.id, 2).await;
    assert_eq!(events[1].kind(), "role.deleted");
    let changes = events[1].header("ce_changes");
    assert!(
        changes.contains(r#"{"field":"member_count","before":1}"#),
        "{changes}"
    );
    let events = world.events(&group.id, 3).await;
    assert_eq!(events[2].kind(), "group.updated");

    set_role(&world, &owner, &mia.member, "viewer").await.unwrap();
    assert!(world.list_members(&mia).await.is_ok());
}

#[tokio::test]
async fn nobody_puts_more_into_a_role_than_they_hold() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let money = (Resource::Invoice, Action::Read);
    let refused = create(&world, &admin, "Cashier", &[money]).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(refused), "GRANT_EXCEEDS_OWN");
    assert_eq!(
        reason(clone(&world, &admin, "owner", "Second owner").await),
        "GRANT_EXCEEDS_OWN"
    );

    let cashier = create(&world, &owner, "Cashier", &[money]).await.unwrap();
    assert_eq!(
        reason(set_role(&world, &admin, &admin.member, &cashier.id).await),
        "GRANT_EXCEEDS_OWN"
    );
    assert_eq!(
        reason(delete(&world, &admin, &cashier.id).await),
        "GRANT_EXCEEDS_OWN"
    );
    let emptied = Role {
        permissions: Vec::new(),
        ..cashier
    };
    assert_eq!(
        reason(update(&world, &admin, emptied, &["permissions"]).await),
        "GRANT_EXCEEDS_OWN"
    );
}

#[tokio::test]
async fn a_clone_is_independent_of_its_source() {
    let (world, owner) = World::new().await;
    let source = create(&world, &owner, "Reader", &[READ_MEMBERS]).await.unwrap();
    let copy = clone(&world, &owner, &source.id, "Second reader").await.unwrap();
    delete(&world, &owner, &source.id).await.unwrap();
    assert_eq!(
        get(&world, &owner, &copy.id).await.unwrap().permissions,
        permissions(&[READ_MEMBERS])
    );

    let viewer = clone(&world, &owner, "viewer", "Guest").await.unwrap();
    let built_in = get(&world, &owner, "viewer").await.unwrap();
    assert_eq!(viewer.permissions, built_in.permissions);
    assert!(!viewer.built_in && built_in.built_in);
}

#[tokio::test]
async fn a_built_in_role_stays_as_it_is() {
    let (world, owner) = World::new().await;
    let role = Role {
        id: "admin".to_owned(),
        ..Role::default()
    };
    let changed = update(&world, &owner, role, &["permissions"]).await;
    assert_eq!(changed.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(changed), "ROLE_BUILT_IN");
    assert_eq!(reason(delete(&world, &owner, "viewer").await), "ROLE_BUILT_IN");
}

#[tokio::test]
async fn a_name_is_taken_once_whatever_its_case() {
    let (world, owner) = World::new().await;
    create(&world, &owner, "Reader", &[READ_MEMBERS]).await.unwrap();
    for name in ["READER", "  reader ", "Owner", "Account manager"] {
        let refused = create(&world, &owner, name, &[READ_MEMBERS]).await;
        assert_eq!(
            refused.as_ref().unwrap_err().code(),
            Code::AlreadyExists,
            "{name}"
        );
        assert_eq!(reason(refused), "NAME_TAKEN");
    }
}

#[tokio::test]
async fn a_repeated_creation_makes_one_role() {
    let (world, owner) = World::new().await;
    let request = CreateRoleRequest {
        request_id: "once".to_owned(),
        ..creation(&owner, "Reader", &[READ_MEMBERS])
    };
    let mut roles = world.roles();
    let first = roles.create_role(owner.request(request.clone())).await.unwrap();
    let second = roles.create_role(owner.request(request)).await.unwrap();
    assert_eq!(first.into_inner(), second.into_inner());
}

#[tokio::test]
async fn a_repeated_deletion_gets_its_first_answer() {
    let (world, owner) = World::new().await;
    let role = create(&world, &owner, "Reader", &[READ_MEMBERS]).await.unwrap();
    world.join(&owner, "mia@operator.example", &role.id).await;
    let request = DeleteRoleRequest {
        request_id: "once".to_owned(),
        ..deletion(&owner, &role.id)
    };
    let mut roles = world.roles();
    let first = roles.delete_role(owner.request(request.clone())).await.unwrap();
    let second = roles.delete_role(owner.request(request)).await.unwrap();
    assert_eq!(first.get_ref().member_count, 1);
    assert_eq!(first.into_inner(), second.into_inner());
}

#[tokio::test]
async fn anothers_role_and_one_that_isnt_there_look_the_same() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    let belvedere = world.found(&operator, kind, "Belvedere").await;
    let theirs = create(&world, &belvedere, "Reader", &[READ_MEMBERS])
        .await
        .unwrap()
        .id;
    let unknown = entente_ids::RoleId::new(world.now(), [7; 10]).to_string();
    for id in [theirs, unknown] {
        assert_eq!(reason(get(&world, &alpina, &id).await), "NOT_FOUND");
        assert_eq!(reason(delete(&world, &alpina, &id).await), "NOT_FOUND");
        assert_eq!(reason(clone(&world, &alpina, &id, "Copy").await), "NOT_FOUND");
        let role = Role {
            id: id.clone(),
            display_name: "Mine".to_owned(),
            ..Role::default()
        };
        assert_eq!(
            reason(update(&world, &alpina, role, &["display_name"]).await),
            "NOT_FOUND"
        );
        let given = set_role(&world, &alpina, &alpina.member, &id).await;
        assert_eq!(reason(given), "ROLE_UNKNOWN");
    }
    let intruder = Actor {
        organization: belvedere.organization.clone(),
        ..alpina
    };
    assert_eq!(
        reason(create(&world, &intruder, "Spy", &[READ_MEMBERS]).await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let (world, owner) = World::new().await;
    let good = creation(&owner, "Reader", &[READ_MEMBERS]);
    let with = |change: &dyn Fn(&mut Role)| {
        let mut request = good.clone();
        change(request.role.as_mut().unwrap());
        request
    };
    let broken = [
        (
            "role",
            CreateRoleRequest {
                role: None,
                ..good.clone()
            },
        ),
        (
            "role.display_name",
            with(&|role| role.display_name = " ".to_owned()),
        ),
        (
            "role.display_name",
            with(&|role| role.display_name = "x".repeat(121)),
        ),
        (
            "role.description",
            with(&|role| role.description = "x".repeat(501)),
        ),
        (
            "role.permissions[0].action",
            with(&|role| role.permissions[0].action = 0),
        ),
        (
            "role.permissions",
            with(&|role| role.permissions[0].resource = 63),
        ),
    ];
    for (field, request) in broken {
        let refused = world
            .roles()
            .create_role(owner.request(request))
            .await
            .unwrap_err();
        let violation = refused.get_details_bad_request().unwrap().field_violations[0]
            .field
            .clone();
        assert_eq!(
            (refused.code(), violation.as_str()),
            (Code::InvalidArgument, field)
        );
    }
}

#[tokio::test]
async fn a_list_shows_the_roles_of_the_kind_then_the_own_ones_by_pages() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    for name in ["Zoo keeper", "Auditor"] {
        create(&world, &alpina, name, &[READ_MEMBERS]).await.unwrap();
    }
    let mut listed = Vec::new();
    let mut request = ListRolesRequest {
        organization: alpina.organization.clone(),
        page_size: 3,
        page_token: String::new(),
    };
    loop {
        let page = world
            .roles()
            .list_roles(alpina.request(request.clone()))
            .await
            .unwrap();
        let page = page.into_inner();
        assert!(page.roles.len() <= 3);
        listed.extend(
            page.roles
                .into_iter()
                .map(|role| (role.display_name, role.member_count)),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let listed: Vec<_> = listed
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(
        listed,
        [
            ("Owner", 1),
            ("Admin", 0),
            ("Member", 0),
            ("Viewer", 0),
            ("Account manager", 0),
            ("Billing manager", 0),
            ("Technical manager", 0),
            ("Subscription manager", 0),
            ("Auditor", 0),
            ("Zoo keeper", 0),
        ]
    );
}

fn cell(row: &MatrixRole, resource: Resource) -> Vec<Action> {
    let cell = row.cells.iter().find(|cell| cell.resource() == resource);
    cell.map(|cell| cell.actions().collect()).unwrap_or_default()
}

#[tokio::test]
async fn the_matrix_shows_every_role_on_every_resource_of_the_contract() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    let own = create(&world, &alpina, "Reader", &[READ_MEMBERS]).await.unwrap();
    let request = GetPermissionMatrixRequest {
        organization: alpina.organization.clone(),
    };
    let matrix = world
        .roles()
        .get_permission_matrix(alpina.request(request))
        .await
        .unwrap();
    let matrix = matrix.into_inner();
    let named = matrix.resources.iter().map(|named| named.resource());
    let of_contract = (1..64).filter_map(|number| Resource::try_from(number).ok());
    assert!(named.eq(of_contract));
    let row = |role: &str| matrix.roles.iter().find(|row| row.role == role).unwrap();
    let all = [Action::Create, Action::Read, Action::Update, Action::Delete];
    assert_eq!(cell(row("owner"), Resource::Invoice), all);
    assert_eq!(cell(row("billing_manager"), Resource::PaymentMethod), all);
    assert_eq!(cell(row("billing_manager"), Resource::Invoice), [Action::Read]);
    assert_eq!(cell(row("technical_manager"), Resource::PriceRetail), []);
    assert_eq!(cell(row(&own.id), Resource::Member), [Action::Read]);
    assert_eq!(row(&own.id).cells.len(), 1);
}

/// As decisions have it: an admin is a member there.
#[tokio::test]
async fn where_nothing_is_delegated_an_admin_is_shown_as_a_member() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let delegated = get(&world, &alpina, "admin").await.unwrap();
    let nothing = OrganizationControls::default();
    controls::set(&world, &operator, &alpina.organization, nothing)
        .await
        .unwrap();

    let (admin, member) = (
        get(&world, &alpina, "admin").await,
        get(&world, &alpina, "member").await,
    );
    let (admin, member) = (admin.unwrap(), member.unwrap());
    assert_eq!(admin.permissions, member.permissions);
    assert_eq!(admin.client_permissions, member.client_permissions);
    assert_ne!(admin.permissions, delegated.permissions);

    let request = ListRolesRequest {
        organization: alpina.organization.clone(),
        ..ListRolesRequest::default()
    };
    let listed = world.roles().list_roles(alpina.request(request)).await.unwrap();
    let listed = listed.into_inner().roles;
    assert_eq!(listed.iter().find(|role| role.id == "admin"), Some(&admin));

    let request = GetPermissionMatrixRequest {
        organization: alpina.organization.clone(),
    };
    let matrix = world.roles().get_permission_matrix(alpina.request(request)).await;
    let matrix = matrix.unwrap().into_inner();
    let cells = |role: &str| {
        matrix
            .roles
            .iter()
            .find(|row| row.role == role)
            .unwrap()
            .cells
            .clone()
    };
    assert_eq!(cells("admin"), cells("member"));
    assert_ne!(cells("owner"), cells("member"));
}
