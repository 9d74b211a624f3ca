//! Lists of members: filters, orders, pages, counts.

use entente_contracts::identity::v1::{
    CountMembersByRoleRequest, ListMembersRequest, Member, MemberCount, MemberState, OrganizationType,
};
use entente_ids::{GroupId, MemberId, OrganizationId};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::member::remove;
use crate::member_state::disable_member;
use crate::support::{Actor, World, reason};

async fn page(
    world: &World,
    by: &Actor,
    request: ListMembersRequest,
) -> Result<(Vec<Member>, String), Status> {
    let request = ListMembersRequest {
        organization: by.organization.clone(),
        ..request
    };
    let page = world
        .members()
        .list_members(by.request(request))
        .await?
        .into_inner();
    Ok((page.members, page.next_page_token))
}

/// All pages of a list, two members at a time.
async fn emails(world: &World, by: &Actor, request: ListMembersRequest) -> Vec<String> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListMembersRequest {
            page_size: 2,
            page_token: token,
            ..request.clone()
        };
        let (members, next) = page(world, by, request).await.unwrap();
        found.extend(members.into_iter().map(|member| {
            let (name, _) = member.email.split_once('@').unwrap();
            name.to_owned()
        }));
        if next.is_empty() {
            return found;
        }
        token = next;
    }
}

async fn people(world: &World, owner: &Actor) {
    for (name, role) in [
        ("zoe", "viewer"),
        ("adam", "admin"),
        ("mia", "viewer"),
        ("Ben", "member"),
    ] {
        world
            .invite(owner, &format!("{name}@operator.example"), role)
            .await
            .unwrap();
    }
}

fn ordered(order_by: &str) -> ListMembersRequest {
    ListMembersRequest {
        order_by: order_by.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn each_order_goes_both_ways_over_its_pages() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    for (order, expected) in [
        ("", ["olga", "zoe", "adam", "mia", "ben"]),
        ("create_time desc", ["ben", "mia", "adam", "zoe", "olga"]),
        ("email", ["adam", "ben", "mia", "olga", "zoe"]),
        ("email desc", ["zoe", "olga", "mia", "ben", "adam"]),
        // Olga has joined, as Some Body; the others stand under their addresses.
        ("display_name", ["adam", "ben", "mia", "olga", "zoe"]),
        ("display_name desc", ["zoe", "olga", "mia", "ben", "adam"]),
    ] {
        assert_eq!(emails(&world, &owner, ordered(order)).await, expected, "{order}");
    }
}

#[tokio::test]
async fn a_person_who_is_renamed_stands_elsewhere() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    sqlx::query("update identity.user_account set display_name = 'Ägidia' where email = $1")
        .bind(&owner.email)
        .execute(&mut world.admin().await)
        .await
        .unwrap();
    let search = ListMembersRequest {
        query: "ÄGID".to_owned(),
        ..Default::default()
    };
    assert_eq!(emails(&world, &owner, search).await, ["olga"]);
    let last = emails(&world, &owner, ordered("display_name")).await;
    assert_eq!(last.last().unwrap(), "olga");
}

#[tokio::test]
async fn filters_hold_together() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    let viewers = ListMembersRequest {
        role: "viewer".to_owned(),
        ..Default::default()
    };
    assert_eq!(emails(&world, &owner, viewers.clone()).await, ["zoe", "mia"]);
    let named = ListMembersRequest {
        query: "MI".to_owned(),
        ..viewers.clone()
    };
    assert_eq!(emails(&world, &owner, named).await, ["mia"]);
    let active = ListMembersRequest {
        state: MemberState::Active.into(),
        ..Default::default()
    };
    assert_eq!(emails(&world, &owner, active).await, ["olga"]);
    let wild = ListMembersRequest {
        query: "%".to_owned(),
        ..Default::default()
    };
    assert!(emails(&world, &owner, wild).await.is_empty());
}

#[tokio::test]
async fn a_list_shows_who_is_in_a_group_and_who_has_no_role() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    let organization: OrganizationId = owner.organization.parse().unwrap();
    let group = GroupId::new(world.now(), [3; 10]);
    let mut admin = world.admin().await;
    sqlx::query(
        "insert into identity.member_group (id, organization_id, display_name, name_key, description, created_at, updated_at)
         values ($1, $2, 'Desk', 'desk', '', now(), now())",
    )
    .bind(group.uuid())
    .bind(organization.uuid())
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query(
        "insert into identity.group_member (organization_id, group_id, member_id, added_at)
         select organization_id, $1, id, now() from identity.member where email = 'mia@operator.example'",
    )
    .bind(group.uuid())
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query("update identity.member set role = null where email = 'zoe@operator.example'")
        .execute(&mut admin)
        .await
        .unwrap();
    let grouped = ListMembersRequest {
        group: group.to_string(),
        ..Default::default()
    };
    let (found, _) = page(&world, &owner, grouped).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].email.as_str(), found[0].groups.as_slice()),
        ("mia@operator.example", [group.to_string()].as_slice())
    );
    let without = ListMembersRequest {
        role: "none".to_owned(),
        ..Default::default()
    };
    assert_eq!(emails(&world, &owner, without).await, ["zoe"]);
}

#[tokio::test]
async fn an_order_or_a_filter_that_is_none_is_named() {
    let (world, owner) = World::new().await;
    let broken = [
        ("order_by", ordered("age")),
        ("order_by", ordered("email down")),
        ("order_by", ordered("email desc, role")),
        (
            "role",
            ListMembersRequest {
                role: "boss".to_owned(),
                ..Default::default()
            },
        ),
        (
            "group",
            ListMembersRequest {
                group: "desk".to_owned(),
                ..Default::default()
            },
        ),
    ];
    for (field, request) in broken {
        let refused = page(&world, &owner, request).await.unwrap_err();
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        assert_eq!(
            (refused.code(), violations[0].field.as_str()),
            (Code::InvalidArgument, field)
        );
    }
}

#[tokio::test]
async fn a_page_token_of_another_order_is_refused() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    let first = ListMembersRequest {
        page_size: 2,
        ..ordered("email")
    };
    let (_, token) = page(&world, &owner, first).await.unwrap();
    let other = ListMembersRequest {
        page_token: token,
        ..ordered("email desc")
    };
    assert_eq!(reason(page(&world, &owner, other).await), "INVALID_FIELD");
}

#[tokio::test]
async fn members_are_counted_by_role_and_state() {
    let (world, owner) = World::new().await;
    people(&world, &owner).await;
    let mia = world.join(&owner, "max@operator.example", "viewer").await;
    disable_member(&world, &owner, &mia.member).await.unwrap();
    let gone = world
        .invite(&owner, "gone@operator.example", "viewer")
        .await
        .unwrap();
    remove(&world, &owner, &gone.id).await.unwrap();
    let request = CountMembersByRoleRequest {
        organization: owner.organization.clone(),
    };
    let counts = world
        .members()
        .count_members_by_role(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    let viewers = counts.roles.iter().find(|count| count.role == "viewer").unwrap();
    assert_eq!(
        *viewers,
        MemberCount {
            role: "viewer".to_owned(),
            pending: 2,
            active: 0,
            disabled: 1,
            removed: 1,
        }
    );
    let total = counts.total.unwrap();
    assert_eq!((total.pending, total.active, counts.roles.len()), (4, 1, 4));
}

#[tokio::test]
async fn anothers_members_are_not_listed() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let request = ListMembersRequest {
        organization: operator.organization.clone(),
        ..Default::default()
    };
    assert_eq!(
        reason(world.members().list_members(alpina.request(request)).await),
        "NOT_FOUND"
    );
    let request = CountMembersByRoleRequest {
        organization: operator.organization.clone(),
    };
    assert_eq!(
        reason(
            world
                .members()
                .count_members_by_role(alpina.request(request))
                .await
        ),
        "NOT_FOUND"
    );
}

/// The plan of a page far behind reads no more of the index than the first does.
#[tokio::test]
async fn a_page_far_behind_costs_what_the_first_costs() {
    let (world, owner) = World::new().await;
    let organization: OrganizationId = owner.organization.parse().unwrap();
    let mut admin = world.admin().await;
    sqlx::query(
        "insert into identity.member (id, organization_id, email, role, state, invitation_expires_at, created_at, updated_at)
         select gen_random_uuid(), $1, 'p' || lpad(n::text, 6, '0') || '@operator.example', 'viewer', 'pending', now(),
           now() + n * interval '1 ms', now()
         from generate_series(1, 20000) n",
    )
    .bind(organization.uuid())
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query("analyze identity.member")
        .execute(&mut admin)
        .await
        .unwrap();
    for (column, first, far) in [
        ("member.sort_key", "", "p019000"),
        ("(member.email collate \"C\")", "", "p019000"),
    ] {
        let mut read = Vec::new();
        for after in [first, far] {
            let explained: serde_json::Value = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "explain (analyze, buffers, format json) select id from identity.member
                 where organization_id = $1 and member.state <> 'removed' and ({column}, member.id) > ($2, $3)
                 order by {column} asc, member.id asc limit 51"
            )))
            .bind(organization.uuid())
            .bind(after)
            .bind(MemberId::from_uuid(uuid::Uuid::nil()).uuid())
            .fetch_one(&mut admin)
            .await
            .unwrap();
            let plan = &explained[0]["Plan"];
            let blocks =
                plan["Shared Hit Blocks"].as_i64().unwrap() + plan["Shared Read Blocks"].as_i64().unwrap();
            read.push(blocks);
        }
        assert!(read[1] <= read[0] + 60 && read[0] < 120, "{column}: {read:?}");
    }
}
