//! Members: inviting, changing, removing.

use std::time::Duration;

use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::{
    GetMemberRequest, InviteMemberRequest, ListContactsRequest, ListMembersRequest, Member, MemberState,
    OrganizationType, RemoveMemberRequest, UpdateMemberRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::lifecycle::suspend;
use crate::support::{Actor, World, invitation, owner_of, reason};

pub(crate) async fn update(
    world: &World,
    by: &Actor,
    member: Member,
    paths: &[&str],
) -> Result<Member, Status> {
    let request = UpdateMemberRequest {
        organization: by.organization.clone(),
        member: Some(member),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        request_id: String::new(),
    };
    Ok(world
        .members()
        .update_member(by.request(request))
        .await?
        .into_inner()
        .member
        .unwrap())
}

pub(crate) async fn set_role(world: &World, by: &Actor, member: &str, role: &str) -> Result<Member, Status> {
    let member = Member {
        id: member.to_owned(),
        role: role.to_owned(),
        ..Default::default()
    };
    update(world, by, member, &["role"]).await
}

pub(crate) async fn set_legal(
    world: &World,
    by: &Actor,
    member: &str,
    legal_representative: bool,
) -> Result<Member, Status> {
    let member = Member {
        id: member.to_owned(),
        legal_representative,
        ..Default::default()
    };
    update(world, by, member, &["legal_representative"]).await
}

pub(crate) fn removal(by: &Actor, member: &str) -> RemoveMemberRequest {
    RemoveMemberRequest {
        organization: by.organization.clone(),
        member: member.to_owned(),
        etag: String::new(),
        request_id: String::new(),
    }
}

pub(crate) async fn remove(world: &World, by: &Actor, member: &str) -> Result<Member, Status> {
    let answer = world
        .members()
        .remove_member(by.request(removal(by, member)))
        .await?;
    Ok(answer.into_inner().member.unwrap())
}

#[tokio::test]
async fn an_invited_address_is_pending_at_once() {
    let (world, owner) = World::new().await;
    let member = world
        .invite(&owner, "Mia@Operator.example", "member")
        .await
        .unwrap();
    assert_eq!(
        (member.email.as_str(), member.state()),
        ("mia@operator.example", MemberState::Pending)
    );
    let listed = world.list_members(&owner).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|member| member.role.as_str())
            .collect::<Vec<_>>(),
        ["owner", "member"]
    );
}

#[tokio::test]
async fn an_address_is_invited_once() {
    let (world, owner) = World::new().await;
    world
        .invite(&owner, "mia@operator.example", "member")
        .await
        .unwrap();
    let pending = world.invite(&owner, "MIA@operator.example", "viewer").await;
    assert_eq!(pending.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(pending), "ALREADY_MEMBER");
    assert_eq!(
        reason(world.invite(&owner, &owner.email, "viewer").await),
        "ALREADY_MEMBER"
    );
}

#[tokio::test]
async fn an_admin_gives_no_more_than_they_hold() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let invited = world.invite(&admin, "new@operator.example", "owner").await;
    assert_eq!(invited.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(invited), "GRANT_EXCEEDS_OWN");
    assert_eq!(
        reason(set_role(&world, &admin, &admin.member, "owner").await),
        "GRANT_EXCEEDS_OWN"
    );
    assert_eq!(
        reason(set_role(&world, &admin, &owner.member, "viewer").await),
        "GRANT_EXCEEDS_OWN"
    );
    assert_eq!(
        reason(remove(&world, &admin, &owner.member).await),
        "GRANT_EXCEEDS_OWN"
    );
    world
        .invite(&admin, "new@operator.example", "admin")
        .await
        .unwrap();
}

#[tokio::test]
async fn only_an_owner_names_legal_representatives() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let request = InviteMemberRequest {
        legal_representative: true,
        ..invitation(&owner.organization, "new@operator.example", "member")
    };
    let refused = world
        .members()
        .invite_member(admin.request(request.clone()))
        .await;
    assert_eq!(reason(refused), "OWNER_REQUIRED");
    assert_eq!(
        reason(set_legal(&world, &admin, &admin.member, true).await),
        "OWNER_REQUIRED"
    );
    let member = world
        .members()
        .invite_member(owner.request(request))
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert!(member.legal_representative);
}

#[tokio::test]
async fn a_member_invites_nobody() {
    let (world, owner) = World::new().await;
    let member = world.join(&owner, "mia@operator.example", "member").await;
    assert_eq!(
        reason(world.invite(&member, "new@operator.example", "viewer").await),
        "PERMISSION_MISSING"
    );
}

#[tokio::test]
async fn a_changed_role_holds_at_the_next_call() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let updated = set_role(&world, &owner, &mia.member, "admin").await.unwrap();
    assert_eq!(
        (updated.role.as_str(), updated.display_name.as_str()),
        ("admin", "Some Body")
    );
    world
        .invite(&mia, "new@operator.example", "member")
        .await
        .unwrap();

    let events = world.events(&mia.member, 3).await;
    assert_eq!(events[2].kind(), "member.updated");
    assert_eq!(
        events[2].header("ce_changes"),
        r#"[{"field":"role","before":"viewer","after":"admin"}]"#
    );
    assert_eq!(events[2].header("ce_actor"), owner.user);
}

#[tokio::test]
async fn an_update_of_a_stale_version_is_aborted() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let read = set_role(&world, &owner, &mia.member, "member").await.unwrap();
    set_role(&world, &owner, &mia.member, "admin").await.unwrap();
    let stale = update(
        &world,
        &owner,
        Member {
            role: "viewer".to_owned(),
            ..read.clone()
        },
        &["role"],
    )
    .await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let request = RemoveMemberRequest {
        etag: read.etag,
        ..removal(&owner, &mia.member)
    };
    assert_eq!(
        reason(world.members().remove_member(owner.request(request)).await),
        "STALE_ETAG"
    );
}

#[tokio::test]
async fn anothers_member_and_one_that_isnt_there_look_the_same() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let unknown = entente_ids::MemberId::new(world.now(), [7; 10]).to_string();
    for id in [&belvedere.member, &unknown] {
        let request = GetMemberRequest {
            organization: alpina.organization.clone(),
            member: id.clone(),
        };
        assert_eq!(
            reason(world.members().get_member(alpina.request(request)).await),
            "NOT_FOUND"
        );
        assert_eq!(reason(set_role(&world, &alpina, id, "viewer").await), "NOT_FOUND");
        assert_eq!(reason(remove(&world, &alpina, id).await), "NOT_FOUND");
    }
    let intruder = Actor {
        organization: belvedere.organization.clone(),
        ..alpina
    };
    assert_eq!(reason(world.list_members(&intruder).await), "NOT_FOUND");
    assert_eq!(
        reason(world.invite(&intruder, "spy@alpina.example", "viewer").await),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let (world, owner) = World::new().await;
    let good = invitation(&owner.organization, "new@operator.example", "viewer");
    let broken = [
        (
            "organization",
            InviteMemberRequest {
                organization: String::new(),
                ..good.clone()
            },
        ),
        (
            "email",
            InviteMemberRequest {
                email: String::new(),
                ..good.clone()
            },
        ),
        (
            "email",
            InviteMemberRequest {
                email: "a b@example".to_owned(),
                ..good.clone()
            },
        ),
        (
            "role",
            InviteMemberRequest {
                role: "king".to_owned(),
                ..good.clone()
            },
        ),
        (
            "request_id",
            InviteMemberRequest {
                request_id: "x".repeat(65),
                ..good
            },
        ),
    ];
    for (field, request) in broken {
        let refused = world
            .members()
            .invite_member(owner.request(request))
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
    let request = GetMemberRequest {
        organization: owner.organization.clone(),
        member: owner.user.clone(),
    };
    let refused = world
        .members()
        .get_member(owner.request(request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_list_filters_and_goes_on_by_pages() {
    let (world, owner) = World::new().await;
    for name in ["a", "b", "c"] {
        world
            .invite(&owner, &format!("{name}@operator.example"), "viewer")
            .await
            .unwrap();
    }
    let gone = world
        .invite(&owner, "gone@operator.example", "viewer")
        .await
        .unwrap();
    remove(&world, &owner, &gone.id).await.unwrap();
    let first = ListMembersRequest {
        organization: owner.organization.clone(),
        page_size: 2,
        role: "viewer".to_owned(),
        ..Default::default()
    };
    let mut client = world.members();
    let page = client
        .list_members(owner.request(first.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.members.len(), 2);
    let second = ListMembersRequest {
        page_token: page.next_page_token,
        ..first.clone()
    };
    let rest = client
        .list_members(owner.request(second.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (rest.members[0].email.as_str(), rest.next_page_token.as_str()),
        ("c@operator.example", "")
    );

    for request in [
        ListMembersRequest {
            role: String::new(),
            ..second
        },
        ListMembersRequest {
            page_token: "?".to_owned(),
            ..first.clone()
        },
    ] {
        let refused = client.list_members(owner.request(request)).await.unwrap_err();
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            "page_token"
        );
    }
    let removed = ListMembersRequest {
        state: MemberState::Removed.into(),
        ..first
    };
    let removed = client
        .list_members(owner.request(removed))
        .await
        .unwrap()
        .into_inner()
        .members;
    assert_eq!(
        removed
            .iter()
            .map(|member| member.id.as_str())
            .collect::<Vec<_>>(),
        [gone.id.as_str()]
    );
}

#[tokio::test]
async fn only_who_holds_the_permission_is_told() {
    let (world, owner) = World::new().await;
    world.join(&owner, "vera@operator.example", "viewer").await;
    world
        .invite(&owner, "pending@operator.example", "owner")
        .await
        .unwrap();
    let contacts = |resource: Resource, action: Action| {
        let request = ListContactsRequest {
            organization: owner.organization.clone(),
            resource: resource.into(),
            action: action.into(),
        };
        let request = world.internal(request);
        let mut client = world.members();
        async move { client.list_contacts(request).await.unwrap().into_inner() }
    };
    let all = contacts(Resource::Unspecified, Action::Unspecified).await;
    assert_eq!(all.organization_name, "Operator");
    assert_eq!(
        all.contacts
            .iter()
            .map(|contact| contact.email.as_str())
            .collect::<Vec<_>>(),
        ["olga@operator.example", "vera@operator.example"]
    );
    let deciding = contacts(Resource::PartnershipInvitation, Action::Create).await;
    assert_eq!(deciding.contacts.len(), 1);
}

#[tokio::test]
async fn where_nobody_has_joined_yet_who_is_invited_to_represent_is_told() {
    let (world, owner) = World::new().await;
    let alpina = world
        .create(&owner, OrganizationType::Partner, "Alpina")
        .await
        .unwrap();
    let told = async |organization: &str, resource: Resource, action: Action| -> Vec<(String, String)> {
        let request = ListContactsRequest {
            organization: organization.to_owned(),
            resource: resource.into(),
            action: action.into(),
        };
        let answer = world.members().list_contacts(world.internal(request)).await;
        let contacts = answer.unwrap().into_inner().contacts.into_iter();
        contacts.map(|contact| (contact.email, contact.user)).collect()
    };
    let of_partnerships =
        async |organization: &str| told(organization, Resource::Partnership, Action::Update).await;
    let invited = (owner_of("Alpina"), String::new());
    assert_eq!(of_partnerships(&alpina.id).await, [invited]);
    let everybody = told(&alpina.id, Resource::Unspecified, Action::Unspecified).await;
    assert!(everybody.is_empty(), "{everybody:?}");

    let belvedere = world.found(&owner, OrganizationType::Partner, "Belvedere").await;
    let joined = (belvedere.email.clone(), belvedere.user.clone());
    assert_eq!(of_partnerships(&belvedere.organization).await, [joined]);

    // Somebody has joined, so that nobody else stands in for whom the suspension keeps from acting.
    let second = world
        .invite(&belvedere, "second@belvedere.example", "owner")
        .await
        .unwrap();
    set_legal(&world, &belvedere, &second.id, true).await.unwrap();
    suspend(&world, &owner, &belvedere.organization).await.unwrap();
    assert!(of_partnerships(&belvedere.organization).await.is_empty());

    // The link of the invitation has died.
    world.advance(Duration::from_hours(8 * 24));
    assert!(of_partnerships(&alpina.id).await.is_empty());
}

#[tokio::test]
async fn people_call_no_internal_method() {
    let (world, owner) = World::new().await;
    let request = ListContactsRequest {
        organization: owner.organization.clone(),
        ..Default::default()
    };
    assert_eq!(
        reason(
            world
                .members()
                .list_contacts(owner.request(request.clone()))
                .await
        ),
        "INTERNAL_ONLY"
    );
    assert_eq!(
        reason(world.members().list_contacts(request).await),
        "TOKEN_MISSING"
    );
}
