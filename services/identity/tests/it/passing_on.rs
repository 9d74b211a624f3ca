//! What people hold is all that they pass on, whatever bounds it at the moment; and an owner is made by owners.

use entente_contracts::access::v1::{Action, Resource, ResourceClass};
use entente_contracts::class_of;
use entente_contracts::identity::v1::{Group, OrganizationType, ServiceAccount, UpdateServiceAccountRequest};
use prost_types::FieldMask;

use crate::controls;
use crate::group::{add_members, create_group};
use crate::member::{remove, set_legal, set_role};
use crate::member_state::{disable_member, enable_member};
use crate::role::{self, permissions};
use crate::service_account::{create_account, create_key, robot};
use crate::support::{Actor, World, reason};

const ALL: [Action; 4] = [Action::Create, Action::Read, Action::Update, Action::Delete];

/// Everything that isn't about money.
pub(crate) fn without_billing() -> Vec<(Resource, Action)> {
    (1..64)
        .filter_map(|number| Resource::try_from(number).ok())
        .filter(|resource| class_of(*resource) != ResourceClass::Billing)
        .flat_map(|resource| ALL.map(|action| (resource, action)))
        .collect()
}

/// A company whose people may do nothing about money, so that its admin may do all that its owner may.
async fn bounded() -> (World, Actor, Actor, Actor) {
    let (world, operator) = World::new().await;
    let owner = world
        .found(&operator, OrganizationType::DirectClient, "Berger")
        .await;
    let admin = world.join(&owner, "adam@berger.example", "admin").await;
    let bound = entente_contracts::identity::v1::OrganizationControls {
        delegation: Vec::new(),
        ..controls::ceiling(&without_billing())
    };
    controls::set(&world, &operator, &owner.organization, bound)
        .await
        .unwrap();
    (world, operator, owner, admin)
}

#[tokio::test]
async fn an_admin_who_may_do_all_that_an_owner_may_makes_no_owner() {
    let (world, _, owner, admin) = bounded().await;
    let mia = world.join(&owner, "mia@berger.example", "viewer").await;
    for member in [&admin.member, &mia.member] {
        let made = set_role(&world, &admin, member, "owner").await;
        assert_eq!(reason(made), "GRANT_EXCEEDS_OWN");
    }
    let invited = world.invite(&admin, "new@berger.example", "owner").await;
    assert_eq!(reason(invited), "GRANT_EXCEEDS_OWN");
    world.join(&owner, "second@berger.example", "owner").await;
    let removed = remove(&world, &admin, &owner.member).await;
    assert_eq!(reason(removed), "GRANT_EXCEEDS_OWN");
    let named = set_legal(&world, &admin, &admin.member, true).await;
    assert_eq!(reason(named), "OWNER_REQUIRED");
    // What they hold they pass on as before, be it bounded at the moment or not.
    set_role(&world, &admin, &mia.member, "admin").await.unwrap();
}

#[tokio::test]
async fn a_role_beyond_the_ceiling_is_given_by_nobody_who_lacks_it() {
    let (world, _, owner, admin) = bounded().await;
    let money = (Resource::Invoice, Action::Read);
    let cashier = role::create(&world, &owner, "Cashier", &[money]).await.unwrap();
    let given = set_role(&world, &admin, &admin.member, &cashier.id).await;
    assert_eq!(reason(given), "GRANT_EXCEEDS_OWN");
    let group = create_group(&world, &admin, "Cashiers", &[&cashier.id]).await;
    assert_eq!(reason(group), "GRANT_EXCEEDS_OWN");
    let account = create_account(&world, &admin, "Robot", &cashier.id).await;
    assert_eq!(reason(account), "GRANT_EXCEEDS_OWN");
    let emptied = entente_contracts::identity::v1::Role {
        permissions: permissions(&[]),
        ..cashier.clone()
    };
    let emptied = role::update(&world, &admin, emptied, &["permissions"]).await;
    assert_eq!(reason(emptied), "GRANT_EXCEEDS_OWN");
    let again = role::create(&world, &admin, "Second cashier", &[money]).await;
    assert_eq!(reason(again), "GRANT_EXCEEDS_OWN");
    // The owner has it, whatever the operator allows at the moment.
    set_role(&world, &owner, &admin.member, &cashier.id)
        .await
        .unwrap();
}

/// A partner with an account manager, who holds everything.
async fn managed() -> (World, Actor, Actor) {
    let (world, operator) = World::new().await;
    let owner = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let manager = world.join(&owner, "mara@alpina.example", "account_manager").await;
    (world, owner, manager)
}

#[tokio::test]
async fn who_holds_everything_is_no_owner_by_that() {
    let (world, owner, manager) = managed().await;
    let second = world.join(&owner, "second@alpina.example", "owner").await;
    let made = set_role(&world, &manager, &manager.member, "owner").await;
    assert_eq!(reason(made), "OWNER_REQUIRED");
    let invited = world.invite(&manager, "new@alpina.example", "owner").await;
    assert_eq!(reason(invited), "OWNER_REQUIRED");
    let demoted = set_role(&world, &manager, &second.member, "viewer").await;
    assert_eq!(reason(demoted), "OWNER_REQUIRED");
    let disabled = disable_member(&world, &manager, &second.member).await;
    assert_eq!(reason(disabled), "OWNER_REQUIRED");
    let removed = remove(&world, &manager, &second.member).await;
    assert_eq!(reason(removed), "OWNER_REQUIRED");
    disable_member(&world, &owner, &second.member).await.unwrap();
    let enabled = enable_member(&world, &manager, &second.member).await;
    assert_eq!(reason(enabled), "OWNER_REQUIRED");
    // All the rest is theirs to give.
    world
        .invite(&manager, "max@alpina.example", "account_manager")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_group_of_owners_is_filled_by_owners() {
    let (world, owner, manager) = managed().await;
    let made = create_group(&world, &manager, "Chiefs", &["owner"]).await;
    assert_eq!(reason(made), "OWNER_REQUIRED");
    let owners = create_group(&world, &owner, "Owners", &["owner"]).await.unwrap();
    let joined = add_members(&world, &manager, &owners.id, &[&manager.member]).await;
    assert_eq!(reason(joined), "OWNER_REQUIRED");
    let weaker = Group {
        roles: Vec::new(),
        ..owners.clone()
    };
    let emptied = crate::group::update(&world, &manager, weaker, &["roles"]).await;
    assert_eq!(reason(emptied), "OWNER_REQUIRED");
    let deleted = crate::group::delete(&world, &manager, &owners.id).await;
    assert_eq!(reason(deleted), "OWNER_REQUIRED");
    // Who is in it has an owner's rights, and is none.
    add_members(&world, &owner, &owners.id, &[&manager.member])
        .await
        .unwrap();
    let made = set_role(&world, &manager, &manager.member, "owner").await;
    assert_eq!(reason(made), "OWNER_REQUIRED");
}

#[tokio::test]
async fn a_service_account_with_the_role_owner_is_an_owners_and_makes_none() {
    let (world, owner, manager) = managed().await;
    let made = create_account(&world, &manager, "Boss", "owner").await;
    assert_eq!(reason(made), "OWNER_REQUIRED");
    let (boss, _, robot) = robot(&world, &owner, "owner").await;
    let key = create_key(&world, &manager, &boss.id).await;
    assert_eq!(reason(key), "OWNER_REQUIRED");
    let request = UpdateServiceAccountRequest {
        organization: manager.organization.clone(),
        service_account: Some(ServiceAccount {
            id: boss.id.clone(),
            role: "viewer".to_owned(),
            ..ServiceAccount::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["role".to_owned()],
        }),
        request_id: String::new(),
    };
    let mut client = world.service_accounts();
    let weakened = client.update_service_account(manager.request(request)).await;
    assert_eq!(reason(weakened), "OWNER_REQUIRED");
    let invited = world.invite(&robot, "new@alpina.example", "owner").await;
    assert_eq!(reason(invited), "OWNER_REQUIRED");
    world.invite(&robot, "new@alpina.example", "admin").await.unwrap();
}
