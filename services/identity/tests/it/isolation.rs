//! Row-level security: what a query that forgets its filter sees.

use entente_contracts::identity::v1::OrganizationType;
use entente_ids::OrganizationId;
use sqlx::AssertSqlSafe;

use crate::service_account::{create_account, create_key};
use crate::support::{Actor, World};

async fn count(world: &World, by: &Actor, table: &str) -> i64 {
    let organization: OrganizationId = by.organization.parse().unwrap();
    let mut tx = world
        .context
        .database
        .tenant("test.forget", organization.uuid())
        .await
        .unwrap();
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from identity.{table}")))
        .fetch_one(&mut *tx)
        .await
        .unwrap()
}

async fn refused(world: &World, by: &Actor, statement: &str) -> bool {
    let organization: OrganizationId = by.organization.parse().unwrap();
    let mut tx = world
        .context
        .database
        .tenant("test.meddle", organization.uuid())
        .await
        .unwrap();
    match sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *tx)
        .await
    {
        Ok(done) => done.rows_affected() == 0,
        Err(_) => true,
    }
}

#[tokio::test]
async fn a_query_that_forgets_its_filter_sees_one_organization() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    for (table, seen) in [
        ("organization", 1),
        ("member", 1),
        ("user_account", 1),
        ("session", 1),
    ] {
        assert_eq!(count(&world, &alpina, table).await, seen, "{table}");
    }
    assert_eq!(count(&world, &operator, "organization").await, 3);
}

#[tokio::test]
async fn what_is_anothers_cant_be_written() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    for statement in [
        "update identity.organization set display_name = 'mine' where kind = 'operator'",
        "update identity.member set role = 'viewer' where email = 'owner@belvedere.example'",
        "update identity.user_account set password_hash = ''",
        "select password_hash from identity.user_account",
        "delete from identity.member",
        "select * from identity.refresh_token",
        "select * from identity.revoked_session",
        "select * from identity.account_link",
        "select used_address from identity.session",
        "select * from identity.second_factor",
        "select * from identity.recovery_code",
        "select * from identity.sign_in_challenge",
        "select * from identity.provider_link",
        "select * from identity.completed_provider_sign_in",
        "insert into identity.session (id, user_id, organization_id, auth_time, expires_at, created_at)
         select gen_random_uuid(), id, identity.organization(), now(), now(), now() from identity.user_account",
    ] {
        assert!(refused(&world, &alpina, statement).await, "{statement}");
    }
    let parent = "update identity.organization set display_name = 'mine' where parent_id is not null";
    assert!(refused(&world, &operator, parent).await);
}

#[tokio::test]
async fn every_table_of_a_tenant_has_row_security() {
    let world = World::empty().await;
    // The events and their sequence carry no tenant: this role can only add to them, and read how many shards there are.
    let known = ["aggregate_sequence", "outbox_shards"];
    assert_eq!(world.db.unprotected_tables("identity").await.unwrap(), known);
}

#[tokio::test]
async fn the_hash_of_a_keys_secret_is_not_the_tenants_to_read() {
    let (world, operator) = World::new().await;
    let account = create_account(&world, &operator, "Robot", "viewer")
        .await
        .unwrap();
    create_key(&world, &operator, &account.id).await.unwrap();
    assert!(!refused(&world, &operator, "select id from identity.api_key").await);
    for statement in [
        "select secret_hash from identity.api_key",
        "update identity.api_key set secret_hash = decode(repeat('00', 32), 'hex')",
        "delete from identity.api_key",
    ] {
        assert!(refused(&world, &operator, statement).await, "{statement}");
    }
}

/// What has no tenant, each with its reason. Everything else is bound to the organization that it touches.
const SYSTEM_USES: [(&str, &str); 48] = [
    (
        "identity.accept_member_invitation",
        "who holds a link is nobody's member yet",
    ),
    (
        "identity.announce_denials",
        "denials of all organizations are folded together",
    ),
    ("identity.bootstrap", "there is no organization yet"),
    ("identity.change_password", "an account belongs to a person"),
    (
        "identity.challenge_sign_in",
        "before a sign-in there is no organization to speak for",
    ),
    ("identity.confirm_totp", "a second factor belongs to a person"),
    ("identity.delete_provider_link", "an account belongs to a person"),
    ("identity.disable_totp", "a second factor belongs to a person"),
    ("identity.enroll_totp", "a second factor belongs to a person"),
    (
        "identity.find_challenge",
        "before a sign-in there is no organization to speak for",
    ),
    (
        "identity.find_linked_account",
        "before a sign-in there is no organization to speak for",
    ),
    (
        "identity.get_second_factor",
        "a second factor belongs to a person",
    ),
    (
        "identity.regenerate_recovery_codes",
        "a second factor belongs to a person",
    ),
    ("identity.take_code", "a second factor belongs to a person"),
    ("identity.verify_second_factor", "a session belongs to a person"),
    ("identity.exchange_api_key", "who holds a key is known only by it"),
    (
        "identity.warn_of_expiry",
        "keys of all organizations are looked through",
    ),
    (
        "identity.find_account",
        "before a sign-in there is no organization to speak for",
    ),
    (
        "identity.get_current_session",
        "a person's memberships cross organizations",
    ),
    (
        "identity.get_front_door",
        "who stands before a front door hasn't signed in",
    ),
    (
        "identity.get_locale",
        "what a person and the installation have set crosses organizations",
    ),
    (
        "identity.list_locales",
        "what people and the installation have set crosses organizations",
    ),
    (
        "identity.get_password_reset_token",
        "an account belongs to a person",
    ),
    (
        "identity.look_up_password_reset",
        "who holds a link is known only by it",
    ),
    ("identity.request_password_reset", "who asks has no organization"),
    ("identity.reset_password", "who holds a link is known only by it"),
    ("identity.reset_member_password", "an account belongs to a person"),
    (
        "identity.reset_member_second_factor",
        "an account belongs to a person",
    ),
    (
        "identity.get_email_change_token",
        "an account belongs to a person",
    ),
    (
        "identity.look_up_email_change",
        "who holds a link is known only by it",
    ),
    ("identity.request_email_change", "an account belongs to a person"),
    (
        "identity.confirm_email_change",
        "who holds a link is known only by it",
    ),
    (
        "identity.find_looked_after",
        "whom a group of the operator looks after stands in other organizations",
    ),
    ("identity.get_profile", "an account belongs to a person"),
    ("identity.get_provider_link", "an account belongs to a person"),
    (
        "identity.look_up_member_invitation",
        "who holds a link is nobody's member yet",
    ),
    (
        "identity.open_session",
        "before a sign-in there is no organization to speak for",
    ),
    ("identity.reauthenticate", "a session belongs to a person"),
    (
        "identity.refresh_session",
        "who holds a refresh token is known only by it",
    ),
    (
        "identity.refuse_session",
        "who was not let in has no organization",
    ),
    (
        "identity.load_access",
        "decisions are made for every organization",
    ),
    ("identity.list_sessions", "a session belongs to a person"),
    ("identity.revoke_other_sessions", "a session belongs to a person"),
    ("identity.revoke_session", "a session belongs to a person"),
    ("identity.sign_out", "a session belongs to a person"),
    ("identity.sweep_sessions", "old sessions of all people"),
    (
        "identity.switch_organization",
        "a person's memberships cross organizations",
    ),
    ("identity.update_profile", "an account belongs to a person"),
];

#[test]
fn every_transaction_without_a_tenant_is_known_with_its_reason() {
    let mut found = std::collections::BTreeSet::new();
    read_uses(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut found,
    );
    let known = SYSTEM_USES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known);
}

fn read_uses(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_uses(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let uses = text
            .split(".system(")
            .skip(1)
            .map(|rest| rest.split('"').nth(1).unwrap().to_owned());
        found.extend(uses);
    }
}
