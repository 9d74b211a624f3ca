use std::collections::BTreeSet;
use std::path::Path;

use entente_ids::OrganizationId;
use sqlx::PgConnection;

use crate::world::World;

/// The tables with rows of tenants, asked with no filter at all.
const QUERIES: [&str; 4] = [
    "select count(*) from partners.product",
    "select count(*) from partners.invitation",
    "select count(*) from partners.partnership",
    "select count(*) from partners.request",
];

async fn counts(conn: &mut PgConnection) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, query) in counts.iter_mut().zip(QUERIES) {
        *count = sqlx::query_scalar(query).fetch_one(&mut *conn).await.unwrap();
    }
    counts
}

async fn seen_by(world: &World, organization: OrganizationId) -> [i64; 4] {
    let database = world.db.open("partners").unwrap();
    let mut tx = database.tenant("test.look", organization.uuid()).await.unwrap();
    counts(&mut tx).await
}

#[tokio::test]
async fn a_query_that_forgets_its_filter_returns_nothing_of_another_tenant() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let roof = world.product(&berger, "Energy", "Roof").await;
    let request = entente_contracts::partners::v1::CreateProductRequest {
        request_id: "r-1".into(),
        ..crate::ask::create_product(&berger, "Energy", "Wall")
    };
    world.products(&berger).create_product(request).await.unwrap();
    world.partnership(&berger, &alpina, &[&roof]).await;
    let stranger = world.client("Stranger").await;

    assert_eq!(seen_by(&world, berger.organization).await, [2, 1, 1, 1]);
    assert_eq!(
        seen_by(&world, alpina.organization).await,
        [0, 1, 1, 0],
        "what is shared, and only that"
    );
    assert_eq!(seen_by(&world, stranger.organization).await, [0; 4]);
}

#[tokio::test]
async fn a_write_that_forgets_its_filter_changes_nothing_of_another_tenant() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let roof = world.product(&berger, "Energy", "Roof").await;
    world.partnership(&berger, &alpina, &[&roof]).await;
    let stranger = world.client("Stranger").await;
    let database = world.db.open("partners").unwrap();

    let mut tx = database
        .tenant("test.forget", stranger.organization.uuid())
        .await
        .unwrap();
    for update in [
        "update partners.product set display_name = 'mine'",
        "update partners.invitation set message = 'mine'",
        "update partners.partnership set client_name = 'mine'",
    ] {
        assert_eq!(
            sqlx::query(update)
                .execute(&mut *tx)
                .await
                .unwrap()
                .rows_affected(),
            0,
            "{update}"
        );
    }
    let foreign =
        "insert into partners.product select gen_random_uuid(), $1, 'a', 'a', 'a', 'a', 1, now(), now()";
    let refused = sqlx::query(foreign)
        .bind(berger.organization.uuid())
        .execute(&mut *tx)
        .await;
    assert!(refused.unwrap_err().to_string().contains("row-level security"));
}

#[tokio::test]
async fn the_directory_is_closed_to_the_role_of_the_tenants() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let database = world.db.open("partners").unwrap();

    let mut tx = database
        .tenant("test.look", berger.organization.uuid())
        .await
        .unwrap();
    let refused = sqlx::query("select from partners.organization")
        .fetch_all(&mut *tx)
        .await;

    assert!(refused.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn what_is_noted_of_new_clients_is_closed_to_the_role_of_the_tenants() {
    let world = World::new().await;
    let berger = world.client("Berger SA").await;
    let database = world.db.open("partners").unwrap();

    let mut tx = database
        .tenant("test.look", berger.organization.uuid())
        .await
        .unwrap();
    let refused = sqlx::query("select from partners.new_client")
        .fetch_all(&mut *tx)
        .await;

    assert!(refused.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn every_table_that_tenants_reach_is_protected() {
    let world = World::new().await;
    let unprotected = world.db.unprotected_tables("partners").await.unwrap();
    // The library's own: how many shards there are, and the number of each aggregate's last event.
    assert_eq!(unprotected, ["aggregate_sequence", "outbox_shards"]);
}

/// The names of the transactions that see every organization.
fn system_transactions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            system_transactions(&path, names);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let uses = text.split(".system(\"").skip(1);
        names.extend(uses.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
}

#[test]
fn nothing_but_this_sees_every_organization() {
    let mut names = BTreeSet::new();
    system_transactions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    let known = [
        // Of all invitations, as time passes for all.
        "partners.expire_invitations",
        // Of all partnerships that a crash left behind.
        "partners.claim_left_behind",
        // Of all clients that partners created.
        "partners.start_for_new_clients",
        // For another service, by the id of the invitation.
        "partners.get_invitation_token",
        // For whoever holds a link and isn't signed in.
        "partners.look_up_invitation",
        // The directory is public and belongs to nobody.
        "partners.read_directory",
        "partners.search_directory",
    ];
    assert_eq!(names, known.map(str::to_owned).into());
}
