//! The hash chains, as they are stored.

use entente_audit::{Break, Finding, Fraud, verify_trail, verify_trail_of};
use entente_ids::OrganizationId;
use sqlx::AssertSqlSafe;

use crate::world::{World, within};

/// An organization with four events.
async fn recorded(world: &World) -> OrganizationId {
    let organization = world.organization();
    for _ in 0..4 {
        world.announce(&world.event(&[organization])).await;
    }
    world.trail(&world.reader(organization), 4).await;
    organization
}

/// Somebody with all rights on the database does this.
async fn tamper(world: &World, statement: &str) {
    let mut admin = world.db.admin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut admin)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_recorded_verifies() {
    let world = World::new().await;
    recorded(&world).await;
    recorded(&world).await;
    assert_eq!(
        verify_trail(&world.audit).await.unwrap(),
        Finding {
            good: 8,
            frauds: Vec::new()
        }
    );
}

#[tokio::test]
async fn what_the_owner_of_the_database_does_to_a_row_is_found() {
    let cases = [
        (
            "update audit.event set actor = 'usr_2' where chain_index = 2",
            Break::Altered(2),
        ),
        (
            "update audit.event set changes = '[{\"field\":\"name\"}]' where chain_index = 1",
            Break::Altered(1),
        ),
        (
            "delete from audit.event where chain_index = 3",
            Break::OutOfPlace {
                expected: 3,
                found: 4,
            },
        ),
        (
            "delete from audit.event where chain_index = 4",
            Break::OtherEnd {
                expected: 4,
                found: 3,
            },
        ),
        (
            "update audit.event set chain_index = 9 where chain_index = 2;
             update audit.event set chain_index = 2 where chain_index = 3;
             update audit.event set chain_index = 3 where chain_index = 9",
            Break::Unlinked(2),
        ),
        (
            "delete from audit.event",
            Break::OtherEnd {
                expected: 4,
                found: 0,
            },
        ),
        (
            "delete from audit.chain",
            Break::OtherEnd {
                expected: 0,
                found: 4,
            },
        ),
    ];
    let world = World::new().await;
    let organization = recorded(&world).await;
    tamper(&world, "create table public.kept as select * from audit.event").await;
    for (statement, what) in cases {
        tamper(&world, statement).await;
        let found = verify_trail(&world.audit).await.unwrap().frauds;
        assert_eq!(
            found,
            [Fraud {
                organization: Some(organization),
                what
            }],
            "{statement}"
        );
        tamper(
            &world,
            "delete from audit.event; insert into audit.event select * from public.kept",
        )
        .await;
    }
}

#[tokio::test]
async fn one_trail_is_verified_for_itself() {
    let world = World::new().await;
    let (one, other, stranger) = (
        recorded(&world).await,
        recorded(&world).await,
        world.organization(),
    );
    let of = async |organization| verify_trail_of(&world.audit, organization).await.unwrap();
    let found = |good, organization, what: Option<Break>| Finding {
        good,
        frauds: what
            .map(|what| Fraud {
                organization: Some(organization),
                what,
            })
            .into_iter()
            .collect(),
    };

    let change = "update audit.event set actor = 'usr_2' where chain_index = 3 and organization_id =";
    tamper(&world, &format!("{change} '{}'", one.uuid())).await;

    assert_eq!(of(one).await, found(2, one, Some(Break::Altered(3))));
    assert_eq!(of(other).await, found(4, other, None));
    assert_eq!(of(stranger).await, Finding::default());

    let noted = "delete from audit.chain where organization_id =";
    tamper(&world, &format!("{noted} '{}'", other.uuid())).await;
    let end = Break::OtherEnd {
        expected: 0,
        found: 4,
    };
    assert_eq!(of(other).await, found(4, other, Some(end)));
}

#[tokio::test]
async fn chains_hold_when_many_events_concern_the_same_organizations_in_any_order() {
    const EVENTS: usize = 120;
    let world = World::new().await;
    let (one, other) = (world.organization(), world.organization());
    for number in 0..EVENTS {
        let concerned = if number % 2 == 0 {
            [one, other]
        } else {
            [other, one]
        };
        world.announce(&world.event(&concerned)).await;
    }
    for organization in [one, other] {
        world.trail(&world.reader(organization), EVENTS).await;
    }

    let finding = within(verify_trail(&world.audit)).await.unwrap();

    assert_eq!(
        finding,
        Finding {
            good: 2 * 120,
            frauds: Vec::new()
        }
    );
}
