//! Many members at once.

use std::collections::{BTreeMap, BTreeSet};

use entente_contracts::access::v1::{Action, DelegationFlag, Resource};
use entente_contracts::identity::v1::{
    BatchRemoveMembersRequest, BatchUpdateMemberRolesRequest, MemberRemoval, MemberResult, MemberRoleChange,
    MemberState, OrganizationControls, OrganizationType,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tonic::{Code, Status};

use crate::controls;
use crate::group::{add_members, create_group};
use crate::member::{remove, set_legal, set_role};
use crate::passing_on::without_billing;
use crate::role;
use crate::support::{Actor, World, reason};

/// How many companies are laid out, twice each.
const CASES: usize = 4;

pub(crate) async fn update(
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

/// One case: a company, and what is asked there.
#[derive(Debug, Clone)]
struct Case {
    house: House,
    rounds: Vec<Round>,
}

/// What holds in a company.
#[derive(Debug, Clone)]
struct House {
    kind: OrganizationType,
    /// What the operator has delegated, where it is a partner.
    delegated: Vec<DelegationFlag>,
    /// Whether money is above the ceiling.
    bounded: bool,
    /// Which of the people are in which group.
    groups: Vec<(usize, usize)>,
}

/// What one round asks for: by whom, of whom, and what.
#[derive(Debug, Clone)]
enum Round {
    Roles(usize, Vec<(usize, &'static str)>),
    Removals(usize, Vec<usize>),
}

/// How the first people stand; the first of them has founded the company.
const STAND: [&str; 6] = ["owner", "owner", "admin", "admin", "member", "viewer"];
const PEOPLE: usize = STAND.len();

/// The roles that each company makes for itself.
fn own_roles() -> [(&'static str, Vec<(Resource, Action)>); 3] {
    let all = [Action::Create, Action::Read, Action::Update, Action::Delete];
    [
        ("Reader", vec![(Resource::Product, Action::Read)]),
        ("Helper", all.map(|action| (Resource::Member, action)).to_vec()),
        ("Cashier", all.map(|action| (Resource::Invoice, action)).to_vec()),
    ]
}

/// The roles of each group: of the company's own, or built in.
const GROUPS: [&str; 3] = ["Helper", "Cashier", "admin"];

fn cases() -> impl Strategy<Value = Case> {
    let delegated = prop::sample::select(vec![
        Vec::new(),
        vec![DelegationFlag::UserCreation],
        vec![DelegationFlag::UserCreation],
        vec![DelegationFlag::CredentialChanges],
    ]);
    let kind = prop::sample::select(vec![OrganizationType::Partner, OrganizationType::DirectClient]);
    let groups = prop::collection::vec((0..GROUPS.len(), 1..PEOPLE), 0..4);
    let house =
        (kind, delegated, any::<bool>(), groups).prop_map(|(kind, delegated, bounded, groups)| House {
            kind,
            delegated,
            bounded,
            groups,
        });
    (house, rounds()).prop_map(|(house, rounds)| Case { house, rounds })
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let some = || prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 1..PEOPLE).prop_shuffle();
    let role = prop::sample::select(vec![
        "owner",
        "owner",
        "admin",
        "member",
        "viewer",
        "viewer",
        "account_manager",
        "partner",
        "boss",
        "Reader",
        "Reader",
        "Helper",
        "Cashier",
    ]);
    // Mostly by those who may.
    let by = || prop_oneof![3 => 0..4usize, 1 => 0..PEOPLE];
    let roles = (by(), some(), prop::collection::vec(role, PEOPLE))
        .prop_map(|(by, of, roles)| Round::Roles(by, of.into_iter().zip(roles).collect()));
    let removals = (
        by(),
        prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 1..3),
    )
        .prop_map(|(by, of)| Round::Removals(by, of));
    prop::collection::vec(prop_oneof![8 => roles, 1 => removals], 8)
}

/// A company as it is built twice.
struct Company {
    people: Vec<Actor>,
    /// The ids of its own roles, by their names.
    roles: BTreeMap<&'static str, String>,
}

impl Company {
    async fn found(world: &World, operator: &Actor, house: &House, name: &str) -> Self {
        let owner = world.found(operator, house.kind, name).await;
        let domain = owner.email.split_once('@').unwrap().1.to_owned();
        let mut people = vec![owner];
        for (place, role) in STAND.iter().enumerate().skip(1) {
            let person = world.join(&people[0], &format!("p{place}@{domain}"), role).await;
            people.push(person);
        }
        set_legal(world, &people[0], &people[1].member, true)
            .await
            .unwrap();
        let mut company = Self {
            people,
            roles: BTreeMap::new(),
        };
        for (name, held) in own_roles() {
            let made = role::create(world, &company.people[0], name, &held)
                .await
                .unwrap();
            company.roles.insert(name, made.id);
        }
        for (number, name) in GROUPS.iter().enumerate() {
            let group = create_group(world, &company.people[0], name, &[company.role(name)])
                .await
                .unwrap();
            let of = house.groups.iter().filter(|(of, _)| *of == number);
            let members: BTreeSet<&str> = of.map(|(_, who)| company.people[*who].member.as_str()).collect();
            if !members.is_empty() {
                let members: Vec<&str> = members.into_iter().collect();
                add_members(world, &company.people[0], &group.id, &members)
                    .await
                    .unwrap();
            }
        }
        let external = house.kind == OrganizationType::Partner;
        let flags = house
            .delegated
            .iter()
            .filter(|_| external)
            .map(|flag| i32::from(*flag));
        let bound = house
            .bounded
            .then(|| controls::ceiling(&without_billing()).ceiling);
        let held_to = OrganizationControls {
            delegation: flags.collect(),
            ceiling: bound.flatten(),
            ..OrganizationControls::default()
        };
        controls::set(world, operator, &company.people[0].organization, held_to)
            .await
            .unwrap();
        company
    }

    /// The role of this name, as this company has it.
    fn role<'a>(&'a self, name: &'a str) -> &'a str {
        self.roles.get(name).map_or(name, String::as_str)
    }
}

async fn one_by_one(world: &World, company: &Company, round: &Round) -> Vec<bool> {
    let people = &company.people;
    let mut done = Vec::new();
    match round {
        Round::Roles(by, changes) => {
            for (of, role) in changes {
                let changed = set_role(world, &people[*by], &people[*of].member, company.role(role)).await;
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

async fn at_once(world: &World, company: &Company, round: &Round) -> Vec<bool> {
    let people = &company.people;
    let (results, asked) = match round {
        Round::Roles(by, changes) => {
            let asked: Vec<_> = changes
                .iter()
                .map(|(of, role)| (people[*of].member.as_str(), company.role(role)))
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

/// How its people stand, with the names of its own roles.
async fn standing(world: &World, company: &Company) -> Vec<(String, String, bool)> {
    let ids: Vec<_> = company
        .people
        .iter()
        .map(|person| person.member.parse::<entente_ids::MemberId>().unwrap().uuid())
        .collect();
    sqlx::query_as(
        "select coalesce(member.role, role.display_name, ''), state, legal_representative
         from identity.member left join identity.role on role.id = member.custom_role_id
         where member.id = any($1) order by array_position($1, member.id)",
    )
    .bind(&ids)
    .fetch_all(&mut world.admin().await)
    .await
    .unwrap()
}

/// Each case is laid out twice, with custom roles, groups, ceilings and flags.
#[tokio::test]
async fn bulk_equals_one_by_one() {
    let (world, operator) = World::new().await;
    let mut runner = TestRunner::deterministic();
    let mut done = 0;
    for number in 0..CASES {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let singly = Company::found(&world, &operator, &case.house, &format!("Single {number}")).await;
        let together = Company::found(&world, &operator, &case.house, &format!("Bulk {number}")).await;
        for round in &case.rounds {
            let expected = one_by_one(&world, &singly, round).await;
            let found = at_once(&world, &together, round).await;
            assert_eq!(found, expected, "{round:?} of {case:?}");
            assert_eq!(
                standing(&world, &together).await,
                standing(&world, &singly).await,
                "{round:?} of {case:?}"
            );
            done += found.iter().filter(|done| **done).count();
        }
    }
    assert!(
        done > 20,
        "only {done} changes were allowed: the cases show nothing"
    );
}

/// Who gives their own power away in between changes nothing any more, be it only to what they still hold.
#[tokio::test]
async fn who_has_given_away_the_right_to_change_members_changes_none() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let mia = world.join(&owner, "mia@operator.example", "viewer").await;
    let held = [(Resource::Product, Action::Read)];
    let reader = role::create(&world, &owner, "Reader", &held).await.unwrap();
    let changes = [
        (admin.member.as_str(), "viewer"),
        (mia.member.as_str(), reader.id.as_str()),
    ];
    let results = update(&world, &admin, &changes, false).await.unwrap();
    assert_eq!(
        results.iter().map(refused).collect::<Vec<_>>(),
        ["", "GRANT_EXCEEDS_OWN"]
    );
}
