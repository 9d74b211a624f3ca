//! Many members at once.

use entente_contracts::identity::v1::{
    BatchRemoveMembersRequest, BatchUpdateMemberRolesRequest, MemberRemoval, MemberResult, MemberRoleChange,
    MemberState, OrganizationType,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tonic::{Code, Status};

use crate::member::{remove, set_legal, set_role};
use crate::support::{Actor, World, reason};

async fn update(
    world: &World,
    by: &Actor,
    changes: &[(&str, &str)],
    validate_only: bool,
) -> Result<Vec<MemberResult>, Status> {
    let changes = changes.iter().map(|(member, role)| MemberRoleChange {
        member: (*member).to_owned(),
        role: (*role).to_owned(),
        etag: String::new(),
    });
    let request = BatchUpdateMemberRolesRequest {
        organization: by.organization.clone(),
        changes: changes.collect(),
        validate_only,
        request_id: String::new(),
    };
    let answer = world
        .batches()
        .batch_update_member_roles(by.request(request))
        .await?;
    Ok(answer.into_inner().results)
}

async fn remove_all(
    world: &World,
    by: &Actor,
    members: &[&str],
    validate_only: bool,
) -> Result<Vec<MemberResult>, Status> {
    let removals = members.iter().map(|member| MemberRemoval {
        member: (*member).to_owned(),
        etag: String::new(),
    });
    let request = BatchRemoveMembersRequest {
        organization: by.organization.clone(),
        removals: removals.collect(),
        validate_only,
        request_id: String::new(),
    };
    let answer = world.batches().batch_remove_members(by.request(request)).await?;
    Ok(answer.into_inner().results)
}

fn refused(result: &MemberResult) -> &str {
    result.error.as_ref().map_or("", |error| error.reason.as_str())
}

async fn revision(world: &World) -> i64 {
    sqlx::query_scalar("select revision from identity.revision_counter")
        .fetch_one(&mut world.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_item_has_its_result_and_all_are_one_revision() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let noe = world.join(&owner, "noe@operator.example", "viewer").await;
    let unknown = entente_ids::MemberId::new(world.now(), [7; 10]).to_string();
    let before = revision(&world).await;
    let results = update(
        &world,
        &owner,
        &[
            (&mia.member, "admin"),
            (&unknown, "admin"),
            (&owner.member, "admin"),
            ("nobody", "admin"),
            (&noe.member, "member"),
        ],
        false,
    )
    .await
    .unwrap();
    let reasons: Vec<_> = results.iter().map(refused).collect();
    assert_eq!(reasons, ["", "NOT_FOUND", "LAST_OWNER", "INVALID_FIELD", ""]);
    assert_eq!(
        results[2].error.as_ref().unwrap().code,
        i32::from(Code::FailedPrecondition)
    );
    assert_eq!(revision(&world).await, before + 1);
    assert_eq!(world.events(&mia.member, 3).await[2].kind(), "member.updated");
    assert_eq!(world.events(&noe.member, 3).await.len(), 3);
    world
        .invite(&mia, "new@operator.example", "viewer")
        .await
        .unwrap();
}

#[tokio::test]
async fn what_would_come_of_it_is_told_and_nothing_is_done() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "member").await;
    let told = update(&world, &owner, &[(&mia.member, "viewer")], true)
        .await
        .unwrap();
    assert!(
        told[0].lost.contains(&"product:update".to_owned()),
        "{:?}",
        told[0].lost
    );
    assert!(!told[0].lost.contains(&"product:read".to_owned()));
    assert!(told[0].gained.is_empty());
    let told = update(&world, &owner, &[(&mia.member, "owner")], true)
        .await
        .unwrap();
    assert!(told[0].gained.contains(&"member:create".to_owned()));
    let told = remove_all(&world, &owner, &[&mia.member], true).await.unwrap();
    assert_eq!(told[0].member.as_ref().unwrap().state(), MemberState::Removed);
    assert!(told[0].lost.contains(&"product:read".to_owned()));

    let members = world.list_members(&mia).await.unwrap();
    assert_eq!(members[1].role, "member");
    assert_eq!(world.events(&mia.member, 2).await.len(), 2);
}

#[tokio::test]
async fn who_is_removed_with_others_is_denied_at_the_next_call() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "member").await;
    let invited = world
        .invite(&owner, "noe@operator.example", "viewer")
        .await
        .unwrap();
    let results = remove_all(&world, &owner, &[&mia.member, &invited.id, &owner.member], false)
        .await
        .unwrap();
    assert_eq!(
        results.iter().map(refused).collect::<Vec<_>>(),
        ["", "", "LAST_OWNER"]
    );
    assert_eq!(reason(world.list_members(&mia).await), "SESSION_REVOKED");
    assert_eq!(world.events(&invited.id, 2).await[1].kind(), "member.removed");
}

#[tokio::test]
async fn nobody_passes_on_more_than_they_hold_by_the_dozen() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let results = update(
        &world,
        &admin,
        &[(&mia.member, "owner"), (&owner.member, "viewer")],
        false,
    )
    .await
    .unwrap();
    assert_eq!(
        results.iter().map(refused).collect::<Vec<_>>(),
        ["GRANT_EXCEEDS_OWN", "GRANT_EXCEEDS_OWN"]
    );
    // Who gives away their own power in between has less to give.
    let results = update(
        &world,
        &admin,
        &[(&admin.member, "viewer"), (&mia.member, "admin")],
        false,
    )
    .await
    .unwrap();
    assert_eq!(
        results.iter().map(refused).collect::<Vec<_>>(),
        ["", "GRANT_EXCEEDS_OWN"]
    );
}

#[tokio::test]
async fn a_batch_that_is_empty_too_long_or_names_somebody_twice_is_refused() {
    let (world, owner) = World::new().await;
    let many: Vec<_> = (0..501).map(|n| (format!("mem_{n}"), "viewer")).collect();
    let many: Vec<_> = many.iter().map(|(id, role)| (id.as_str(), *role)).collect();
    for changes in [
        &[][..],
        &[(owner.member.as_str(), "owner"), (owner.member.as_str(), "admin")],
        &many,
    ] {
        let refused = update(&world, &owner, changes, false).await;
        assert_eq!(refused.as_ref().unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn a_batch_asked_again_gets_the_first_answer() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let request = BatchUpdateMemberRolesRequest {
        organization: owner.organization.clone(),
        changes: vec![MemberRoleChange {
            member: mia.member.clone(),
            role: "admin".to_owned(),
            etag: String::new(),
        }],
        validate_only: false,
        request_id: "b-1".to_owned(),
    };
    let mut client = world.batches();
    let first = client
        .batch_update_member_roles(owner.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    set_role(&world, &owner, &mia.member, "viewer").await.unwrap();
    let second = client
        .batch_update_member_roles(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
    assert_eq!(world.list_members(&mia).await.unwrap()[1].role, "viewer");
}

#[tokio::test]
async fn a_stale_item_is_left_out() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let request = BatchUpdateMemberRolesRequest {
        organization: owner.organization.clone(),
        changes: vec![MemberRoleChange {
            member: mia.member.clone(),
            role: "admin".to_owned(),
            etag: "1".to_owned(),
        }],
        ..Default::default()
    };
    let answer = world
        .batches()
        .batch_update_member_roles(owner.request(request))
        .await
        .unwrap();
    assert_eq!(refused(&answer.into_inner().results[0]), "STALE_ETAG");
}

#[tokio::test]
async fn anothers_members_are_not_found_one_by_one() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    let results = update(&world, &alpina, &[(&belvedere.member, "viewer")], false)
        .await
        .unwrap();
    assert_eq!(refused(&results[0]), "NOT_FOUND");
    let results = remove_all(&world, &alpina, &[&belvedere.member], false)
        .await
        .unwrap();
    assert_eq!(refused(&results[0]), "NOT_FOUND");
    let intruder = Actor {
        organization: belvedere.organization.clone(),
        ..alpina
    };
    assert_eq!(
        reason(remove_all(&world, &intruder, &[&belvedere.member], false).await),
        "NOT_FOUND"
    );
}

/// What one round asks for: by whom, of whom, and what.
#[derive(Debug, Clone)]
enum Round {
    Roles(usize, Vec<(usize, &'static str)>),
    Removals(usize, Vec<usize>),
}

const PEOPLE: usize = 6;

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let some = || prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 1..PEOPLE).prop_shuffle();
    let role = prop::sample::select(vec![
        "owner", "owner", "admin", "member", "viewer", "partner", "boss",
    ]);
    let roles = (0..PEOPLE, some(), prop::collection::vec(role, PEOPLE))
        .prop_map(|(by, of, roles)| Round::Roles(by, of.into_iter().zip(roles).collect()));
    let removals = (
        0..PEOPLE,
        prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 1..3),
    )
        .prop_map(|(by, of)| Round::Removals(by, of));
    prop::collection::vec(prop_oneof![6 => roles, 1 => removals], 8)
}

/// A company with the same people as every other one here.
async fn company(world: &World, operator: &Actor, name: &str) -> Vec<Actor> {
    let owner = world.found(operator, OrganizationType::DirectClient, name).await;
    let domain = owner.email.split_once('@').unwrap().1.to_owned();
    let mut people = vec![owner];
    for (place, role) in ["owner", "admin", "admin", "member", "viewer"].iter().enumerate() {
        let person = world.join(&people[0], &format!("p{place}@{domain}"), role).await;
        people.push(person);
    }
    let second = people[1].member.clone();
    set_legal(world, &people[0], &second, true).await.unwrap();
    people
}

async fn one_by_one(world: &World, people: &[Actor], round: &Round) -> Vec<bool> {
    let mut done = Vec::new();
    match round {
        Round::Roles(by, changes) => {
            for (of, role) in changes {
                let changed = set_role(world, &people[*by], &people[*of].member, role).await;
                done.push(changed.is_ok());
            }
        }
        Round::Removals(by, of) => {
            for of in of {
                let removed = remove(world, &people[*by], &people[*of].member).await;
                done.push(removed.is_ok());
            }
        }
    }
    done
}

async fn at_once(world: &World, people: &[Actor], round: &Round) -> Vec<bool> {
    let (results, asked) = match round {
        Round::Roles(by, changes) => {
            let asked: Vec<_> = changes
                .iter()
                .map(|(of, role)| (people[*of].member.as_str(), *role))
                .collect();
            (update(world, &people[*by], &asked, false).await, asked.len())
        }
        Round::Removals(by, of) => {
            let asked: Vec<_> = of.iter().map(|of| people[*of].member.as_str()).collect();
            (remove_all(world, &people[*by], &asked, false).await, asked.len())
        }
    };
    match results {
        Ok(results) => results.iter().map(|result| result.error.is_none()).collect(),
        Err(_) => vec![false; asked],
    }
}

async fn standing(world: &World, people: &[Actor]) -> Vec<(String, String, bool)> {
    let ids: Vec<_> = people
        .iter()
        .map(|person| person.member.parse::<entente_ids::MemberId>().unwrap().uuid())
        .collect();
    sqlx::query_as(
        "select coalesce(role, ''), state, legal_representative from identity.member where id = any($1)
         order by array_position($1, id)",
    )
    .bind(&ids)
    .fetch_all(&mut world.admin().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn bulk_equals_one_by_one() {
    let (world, operator) = World::new().await;
    let mut runner = TestRunner::deterministic();
    let mut done = 0;
    for case in 0..3 {
        let singly = company(&world, &operator, &format!("Single {case}")).await;
        let together = company(&world, &operator, &format!("Bulk {case}")).await;
        let plan = rounds().new_tree(&mut runner).unwrap().current();
        for round in &plan {
            let expected = one_by_one(&world, &singly, round).await;
            let found = at_once(&world, &together, round).await;
            assert_eq!(found, expected, "{round:?} of {plan:?}");
            assert_eq!(
                standing(&world, &together).await,
                standing(&world, &singly).await,
                "{round:?} of {plan:?}"
            );
            done += found.iter().filter(|done| **done).count();
        }
    }
    assert!(
        done > 10,
        "only {done} changes were allowed: the plans show nothing"
    );
}
