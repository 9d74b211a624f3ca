//! What happens to a request that comes again.

use entente_contracts::partners::v1::{
    CreateProductRequest, CreateProductResponse, Product, UpdateProductRequest,
};
use entente_idempotency::{Error, Once, statements, sweep};
use entente_pg::{Database, Migrations, Tx};
use entente_testkit::Db;
use sqlx::migrate::Migrator;
use uuid::Uuid;

const ALPINA: Uuid = Uuid::from_u128(1);
const BERGER: Uuid = Uuid::from_u128(2);
const ANN: &str = "user_ann";

async fn fixture() -> (Db, Database) {
    let own = Migrator::with_migrations(Vec::new());
    let migrations = Migrations::new("partners", own).with_part("idempotency", [statements("partners")]);
    let db = Db::new(&[migrations]).await.unwrap();
    let database = db.open("partners").unwrap();
    (db, database)
}

async fn begin(database: &Database) -> Tx {
    database.tenant("partners.create_product", ALPINA).await.unwrap()
}

fn request(id: &str, name: &str) -> CreateProductRequest {
    CreateProductRequest {
        product: Some(named(name)),
        request_id: id.to_owned(),
        ..CreateProductRequest::default()
    }
}

fn named(name: &str) -> Product {
    Product {
        display_name: name.to_owned(),
        ..Product::default()
    }
}

/// The answer kept for it, or this new one.
async fn answer(
    tx: &mut Tx,
    caller: &str,
    request: &CreateProductRequest,
    new: &str,
) -> Result<CreateProductResponse, Error> {
    let once = Once::new(caller, request);
    if let Some(answer) = once.replay(tx).await? {
        return Ok(answer);
    }
    let answer = CreateProductResponse {
        product: Some(named(new)),
    };
    once.remember(tx, &answer).await?;
    Ok(answer)
}

/// The name in the answer.
async fn call(database: &Database, caller: &str, request: &CreateProductRequest, new: &str) -> String {
    let mut tx = begin(database).await;
    let answer = answer(&mut tx, caller, request, new).await.unwrap();
    tx.commit().await.unwrap();
    answer.product.unwrap().display_name
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    assert_eq!(call(&database, ANN, &request, "first").await, "first");
    assert_eq!(call(&database, ANN, &request, "second").await, "first");
}

#[tokio::test]
async fn without_an_id_it_is_done_each_time() {
    let (_db, database) = fixture().await;
    let request = request("", "touring");
    assert_eq!(call(&database, ANN, &request, "first").await, "first");
    assert_eq!(call(&database, ANN, &request, "second").await, "second");
}

#[tokio::test]
async fn an_id_is_for_one_request() {
    let (_db, database) = fixture().await;
    call(&database, ANN, &request("r-1", "touring"), "first").await;
    let mut tx = begin(&database).await;
    let other = answer(&mut tx, ANN, &request("r-1", "rescue"), "second").await;
    assert!(matches!(other, Err(Error::Reused)), "{other:?}");
}

#[tokio::test]
async fn callers_methods_and_organizations_have_ids_of_their_own() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    assert_eq!(call(&database, ANN, &request, "first").await, "first");
    assert_eq!(call(&database, "user_bob", &request, "second").await, "second");

    let update = UpdateProductRequest {
        request_id: "r-1".to_owned(),
        ..UpdateProductRequest::default()
    };
    let mut tx = begin(&database).await;
    let kept = Once::new(ANN, &update)
        .replay::<CreateProductResponse>(&mut tx)
        .await;
    assert_eq!(kept.unwrap(), None);
    tx.commit().await.unwrap();

    // The row is another tenant's: it isn't read, and it isn't taken over either.
    let mut tx = database.tenant("partners.create_product", BERGER).await.unwrap();
    let foreign = answer(&mut tx, ANN, &request, "third").await;
    assert!(matches!(foreign, Err(Error::Reused)), "{foreign:?}");
}

#[tokio::test]
async fn work_that_was_rolled_back_is_done_again() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    let mut tx = begin(&database).await;
    answer(&mut tx, ANN, &request, "lost").await.unwrap();
    drop(tx);
    assert_eq!(call(&database, ANN, &request, "second").await, "second");
}

#[tokio::test]
async fn work_that_kept_no_answer_is_not_done_twice() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    let once = Once::new(ANN, &request);
    let mut tx = begin(&database).await;
    let kept = once.replay::<CreateProductResponse>(&mut tx).await;
    assert_eq!(kept.unwrap(), None);
    tx.commit().await.unwrap();
    let mut tx = begin(&database).await;
    let again = once.replay::<CreateProductResponse>(&mut tx).await;
    assert!(matches!(again, Err(Error::Unanswered)), "{again:?}");
}

#[tokio::test]
async fn of_two_at_once_the_second_waits_for_the_answer_of_the_first() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    let mut first = begin(&database).await;
    answer(&mut first, ANN, &request, "first").await.unwrap();
    let (second, ()) = tokio::join!(call(&database, ANN, &request, "second"), async {
        first.commit().await.unwrap();
    });
    assert_eq!(second, "first");
}

#[tokio::test]
async fn answers_are_forgotten_after_a_day() {
    let (_db, database) = fixture().await;
    let request = request("r-1", "touring");
    call(&database, ANN, &request, "first").await;
    let mut tx = database.system("partners.arrange").await.unwrap();
    sqlx::query("update partners.request set created_at = '2026-05-01T10:00:00Z'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (time, forgotten) in [("2026-05-02T10:00:00Z", 0), ("2026-05-02T10:00:01Z", 1)] {
        let mut tx = database.system("partners.sweep_requests").await.unwrap();
        let swept = sweep(&mut tx, "partners", time.parse().unwrap()).await;
        assert_eq!(swept.unwrap(), forgotten, "{time}");
        tx.commit().await.unwrap();
    }
    assert_eq!(call(&database, ANN, &request, "second").await, "second");
}
