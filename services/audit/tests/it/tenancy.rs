//! The walls around the trail: between tenants, and against whoever would alter it.

use entente_pg::{Database, Tx};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::world::World;

const REFUSED: &str = "42501";

async fn refusal(conn: &mut PgConnection, statement: &str) -> Option<String> {
    let failed = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(conn)
        .await
        .err()?;
    Some(failed.as_database_error()?.code()?.into_owned())
}

#[tokio::test]
async fn a_query_that_forgets_its_filter_sees_one_organization_alone() {
    let world = World::new().await;
    let (ours, theirs) = (world.organization(), world.organization());
    for organizations in [&[ours][..], &[theirs], &[ours, theirs], &[]] {
        world.announce(&world.event(organizations)).await;
    }
    world.trail(&world.reader(ours), 2).await;
    world.trail(&world.reader(theirs), 2).await;

    let mut tx = world.audit.tenant("test.forgetful", ours.uuid()).await.unwrap();
    let seen: Vec<uuid::Uuid> = sqlx::query_scalar("select organization_id from audit.event")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    assert_eq!(seen, [ours.uuid(); 2]);
}

#[tokio::test]
async fn no_table_of_tenants_is_without_row_level_security() {
    let world = World::new().await;
    // What the outbox needs; it holds no tenant's data.
    let known = ["aggregate_sequence", "outbox_shards"];
    assert_eq!(world.db.unprotected_tables("audit").await.unwrap(), known);
}

#[tokio::test]
async fn neither_role_of_the_service_can_alter_what_was_recorded() {
    let world = World::new().await;
    let organization = world.organization();
    world.announce(&world.event(&[organization])).await;
    world.trail(&world.reader(organization), 1).await;

    let statements = [
        "update audit.event set actor = 'usr_2'",
        "delete from audit.event",
        "truncate audit.event",
        "delete from audit.chain",
        "truncate audit.chain",
        "alter table audit.event disable row level security",
        "drop table audit.event",
        "create trigger undo after insert on audit.event execute function suppress_redundant_updates_trigger()",
    ];
    for statement in statements {
        for mut tx in both_roles(&world.audit, organization.uuid()).await {
            assert_eq!(
                refusal(&mut tx, statement).await.as_deref(),
                Some(REFUSED),
                "{statement}"
            );
        }
    }
    let mut tenant = world
        .audit
        .tenant("test.alter", organization.uuid())
        .await
        .unwrap();
    for statement in [
        "insert into audit.event default values",
        "update audit.chain set last_index = 0",
    ] {
        assert_eq!(
            refusal(&mut tenant, statement).await.as_deref(),
            Some(REFUSED),
            "{statement}"
        );
        tenant = world
            .audit
            .tenant("test.alter", organization.uuid())
            .await
            .unwrap();
    }
}

async fn both_roles(database: &Database, organization: uuid::Uuid) -> [Tx; 2] {
    [
        database.tenant("test.alter", organization).await.unwrap(),
        database.system("test.alter").await.unwrap(),
    ]
}
