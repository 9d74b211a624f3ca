//! Groups.

use entente_contracts::identity::v1::{
    AddGroupMembersRequest, CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group,
    ListGroupMembersRequest, ListGroupsRequest, OrganizationType, RemoveGroupMembersRequest,
    UpdateGroupRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::member::{remove, set_role};
use crate::service_account::create_account;
use crate::support::{Actor, World, reason};

pub(crate) async fn create_group(
    world: &World,
    by: &Actor,
    name: &str,
    roles: &[&str],
) -> Result<Group, Status> {
    let request = CreateGroupRequest {
        organization: by.organization.clone(),
        group: Some(Group {
            display_name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            ..Group::default()
        }),
        request_id: String::new(),
    };
    let answer = world.groups().create_group(by.request(request)).await?;
    Ok(answer.into_inner().group.unwrap())
}

fn addition(by: &Actor, group: &str, members: &[&str]) -> AddGroupMembersRequest {
    AddGroupMembersRequest {
        organization: by.organization.clone(),
        group: group.to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        ..AddGroupMembersRequest::default()
    }
}

pub(crate) async fn add_members(
    world: &World,
    by: &Actor,
    group: &str,
    members: &[&str],
) -> Result<Group, Status> {
    let request = by.request(addition(by, group, members));
    let answer = world.groups().add_group_members(request).await?;
    Ok(answer.into_inner().group.unwrap())
}

pub(crate) async fn take_out(
    world: &World,
    by: &Actor,
    group: &str,
    members: &[&str],
) -> Result<Group, Status> {
    let request = RemoveGroupMembersRequest {
        organization: by.organization.clone(),
        group: group.to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        ..RemoveGroupMembersRequest::default()
    };
    let answer = world.groups().remove_group_members(by.request(request)).await?;
    Ok(answer.into_inner().group.unwrap())
}

pub(crate) async fn update(world: &World, by: &Actor, group: Group, paths: &[&str]) -> Result<Group, Status> {
    let request = UpdateGroupRequest {
        organization: by.organization.clone(),
        group: Some(group),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    };
    let answer = world.groups().update_group(by.request(request)).await?;
    Ok(answer.into_inner().group.unwrap())
}

pub(crate) async fn delete(world: &World, by: &Actor, group: &str) -> Result<(), Status> {
    let request = DeleteGroupRequest {
        organization: by.organization.clone(),
        group: group.to_owned(),
        ..DeleteGroupRequest::default()
    };
    world.groups().delete_group(by.request(request)).await.map(drop)
}

async fn get(world: &World, by: &Actor, group: &str) -> Result<Group, Status> {
    let request = GetGroupRequest {
        organization: by.organization.clone(),
        group: group.to_owned(),
    };
    let answer = world.groups().get_group(by.request(request)).await?;
    Ok(answer.into_inner().group.unwrap())
}

#[tokio::test]
async fn being_in_a_group_counts_from_the_next_call_until_the_next_call() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let group = create_group(&world, &owner, "Admins", &["admin"]).await.unwrap();

    let filled = add_members(&world, &owner, &group.id, &[&mia.member])
        .await
        .unwrap();
    assert_eq!(filled.member_count, 1);
    world
        .invite(&mia, "new@operator.example", "viewer")
        .await
        .unwrap();

    let emptied = take_out(&world, &owner, &group.id, &[&mia.member]).await.unwrap();
    assert_eq!(emptied.member_count, 0);
    assert_eq!(
        reason(world.invite(&mia, "other@operator.example", "viewer").await),
        "PERMISSION_MISSING"
    );

    let events = world.events(&group.id, 3).await;
    assert_eq!(
        events.iter().map(|event| event.kind()).collect::<Vec<_>>(),
        ["group.created", "group.members_added", "group.members_removed"]
    );
    assert_eq!(
        events[1].header("ce_changes"),
        format!(r#"[{{"field":"members","after":["{}"]}}]"#, mia.member)
    );
}

#[tokio::test]
async fn the_rights_of_a_group_follow_its_roles_and_end_with_it() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let group = create_group(&world, &owner, "Helpers", &[]).await.unwrap();
    add_members(&world, &owner, &group.id, &[&mia.member])
        .await
        .unwrap();
    let stronger = Group {
        roles: vec!["admin".to_owned()],
        ..group.clone()
    };
    let updated = update(&world, &owner, stronger, &["roles"]).await.unwrap();
    assert_eq!(
        (updated.roles.as_slice(), updated.member_count),
        (&["admin".to_owned()][..], 1)
    );
    world
        .invite(&mia, "new@operator.example", "viewer")
        .await
        .unwrap();

    delete(&world, &owner, &group.id).await.unwrap();

    assert_eq!(
        reason(world.invite(&mia, "other@operator.example", "viewer").await),
        "PERMISSION_MISSING"
    );
    assert_eq!(reason(get(&world, &owner, &group.id).await), "NOT_FOUND");
}

#[tokio::test]
async fn nobody_gives_more_by_a_group_than_they_hold() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let refused = create_group(&world, &admin, "Owners", &["owner"]).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(refused), "GRANT_EXCEEDS_OWN");

    let owners = create_group(&world, &owner, "Owners", &["owner"]).await.unwrap();
    let joined = add_members(&world, &admin, &owners.id, &[&admin.member]).await;
    assert_eq!(reason(joined), "GRANT_EXCEEDS_OWN");
    let weaker = Group {
        roles: Vec::new(),
        ..owners.clone()
    };
    assert_eq!(
        reason(update(&world, &admin, weaker, &["roles"]).await),
        "GRANT_EXCEEDS_OWN"
    );
    assert_eq!(
        reason(delete(&world, &admin, &owners.id).await),
        "GRANT_EXCEEDS_OWN"
    );
    let empty = create_group(&world, &admin, "Friends", &[]).await.unwrap();
    let stronger = Group {
        roles: vec!["owner".to_owned()],
        ..empty
    };
    assert_eq!(
        reason(update(&world, &admin, stronger, &["roles"]).await),
        "GRANT_EXCEEDS_OWN"
    );
}

#[tokio::test]
async fn a_group_has_members_and_service_accounts_and_loses_the_removed() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let max = world
        .invite(&owner, "max@operator.example", "viewer")
        .await
        .unwrap();
    let robot = create_account(&world, &owner, "Robot", "").await.unwrap();
    let group = create_group(&world, &owner, "All", &["viewer"]).await.unwrap();
    let request = AddGroupMembersRequest {
        service_accounts: vec![robot.id.clone()],
        ..addition(&owner, &group.id, &[&mia.member, &max.id])
    };
    world
        .groups()
        .add_group_members(owner.request(request))
        .await
        .unwrap();
    remove(&world, &owner, &mia.member).await.unwrap();

    let mut listed = Vec::new();
    let mut request = ListGroupMembersRequest {
        organization: owner.organization.clone(),
        group: group.id.clone(),
        page_size: 1,
        page_token: String::new(),
    };
    loop {
        let page = world
            .groups()
            .list_group_members(owner.request(request.clone()))
            .await
            .unwrap();
        let page = page.into_inner();
        listed.extend(
            page.members
                .into_iter()
                .map(|member| (member.email, member.display_name)),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let wanted = [("max@operator.example", ""), ("", "Robot")];
    assert_eq!(listed.len(), 2);
    for (email, name) in wanted {
        assert!(
            listed.contains(&(email.to_owned(), name.to_owned())),
            "{listed:?}"
        );
    }
    assert_eq!(get(&world, &owner, &group.id).await.unwrap().member_count, 2);
}

#[tokio::test]
async fn who_is_removed_or_of_another_organization_is_in_no_group() {
    let (world, operator) = World::new().await;
    let kind = OrganizationType::DirectClient;
    let alpina = world.found(&operator, kind, "Alpina").await;
    let belvedere = world.found(&operator, kind, "Belvedere").await;
    let group = create_group(&world, &alpina, "Readers", &["viewer"])
        .await
        .unwrap();
    let gone = world
        .invite(&alpina, "gone@alpina.example", "viewer")
        .await
        .unwrap();
    remove(&world, &alpina, &gone.id).await.unwrap();
    assert_eq!(
        reason(add_members(&world, &alpina, &group.id, &[&gone.id]).await),
        "MEMBER_REMOVED"
    );
    assert_eq!(
        reason(add_members(&world, &alpina, &group.id, &[&belvedere.member]).await),
        "NOT_FOUND"
    );
    assert_eq!(reason(get(&world, &belvedere, &group.id).await), "NOT_FOUND");
    assert_eq!(reason(delete(&world, &belvedere, &group.id).await), "NOT_FOUND");
}

#[tokio::test]
async fn a_role_that_nobody_can_have_is_in_no_group() {
    let (world, owner) = World::new().await;
    assert_eq!(
        reason(create_group(&world, &owner, "Externals", &["partner"]).await),
        "ROLE_RESERVED"
    );
    assert_eq!(
        reason(create_group(&world, &owner, "Billing", &["billing_manager"]).await),
        "ROLE_UNKNOWN"
    );
}

#[tokio::test]
async fn names_are_taken_once_and_stale_versions_aborted() {
    let (world, owner) = World::new().await;
    let group = create_group(&world, &owner, "Readers", &[]).await.unwrap();
    let refused = create_group(&world, &owner, "readers", &[]).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(refused), "NAME_TAKEN");
    let renamed = Group {
        display_name: "Writers".to_owned(),
        ..group.clone()
    };
    update(&world, &owner, renamed.clone(), &["display_name"])
        .await
        .unwrap();
    assert_eq!(
        reason(update(&world, &owner, renamed, &["display_name"]).await),
        "STALE_ETAG"
    );
    let request = ListGroupsRequest {
        organization: owner.organization.clone(),
        ..ListGroupsRequest::default()
    };
    let listed = world
        .groups()
        .list_groups(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.groups[0].display_name, "Writers");
}

#[tokio::test]
async fn a_call_takes_one_to_five_hundred() {
    let (world, owner) = World::new().await;
    let group = create_group(&world, &owner, "Readers", &[]).await.unwrap();
    let many: Vec<String> = (0..251_u128)
        .map(|number| entente_ids::MemberId::from_uuid(uuid::Uuid::from_u128(number)).to_string())
        .collect();
    let accounts: Vec<String> = (0..250_u128)
        .map(|number| entente_ids::ServiceAccountId::from_uuid(uuid::Uuid::from_u128(number)).to_string())
        .collect();
    for (members, service_accounts) in [(Vec::new(), Vec::new()), (many, accounts)] {
        let request = AddGroupMembersRequest {
            members,
            service_accounts,
            ..addition(&owner, &group.id, &[])
        };
        let refused = world
            .groups()
            .add_group_members(owner.request(request))
            .await
            .unwrap_err();
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            "members"
        );
    }
}

#[tokio::test]
async fn a_repeated_addition_gets_its_first_answer() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let group = create_group(&world, &owner, "Readers", &[]).await.unwrap();
    let request = AddGroupMembersRequest {
        request_id: "once".to_owned(),
        ..addition(&owner, &group.id, &[&mia.member])
    };
    let mut groups = world.groups();
    let first = groups
        .add_group_members(owner.request(request.clone()))
        .await
        .unwrap();
    take_out(&world, &owner, &group.id, &[&mia.member]).await.unwrap();
    let second = groups.add_group_members(owner.request(request)).await.unwrap();
    assert_eq!(first.into_inner(), second.into_inner());
    assert_eq!(get(&world, &owner, &group.id).await.unwrap().member_count, 0);
    set_role(&world, &owner, &mia.member, "member").await.unwrap();
}
