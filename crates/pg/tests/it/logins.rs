//! Logins that are no superuser, as on a server that somebody else runs.

use entente_pg::{Database, Migrations, Settings, WrongSchema};
use entente_testkit::Db;
use uuid::Uuid;

use crate::tenants::migrator;

fn schema() -> Migrations {
    Migrations::new("pglogin", migrator([(1, "create table pglogin.thing ()")]))
}

/// A database, and its URL for that login. A login belongs to the server: each test has its own.
async fn with_login(login: &str, rights: &str) -> (Db, String) {
    let db = Db::new(&[]).await.unwrap();
    let statements = format!(
        "do $$ begin
           if to_regrole('{login}') is null then create role {login} login password 'secret' {rights}; end if;
           execute format('grant create on database %I to {login}', current_database());
         end $$"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
        .execute(&mut db.admin().await.unwrap())
        .await
        .unwrap();
    let url = format!("{}&user={login}&password=secret", db.url());
    (db, url)
}

#[tokio::test]
async fn a_login_that_may_create_roles_migrates_and_serves() {
    let (_db, url) = with_login("pglogin_admin", "createrole").await;
    schema().run(&url).await.unwrap();
    schema().run(&url).await.unwrap();

    let database = Database::open(&Settings::new("pglogin", &url).unwrap());
    schema().check(&database).await.unwrap();
    database.ping().await.unwrap();
    database
        .tenant("pglogin.serve", Uuid::nil())
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_login_that_isnt_a_member_of_the_roles_is_forbidden() {
    let (db, url) = with_login("pglogin_stranger", "").await;
    Migrations::new("pgforbidden", migrator([]))
        .run(db.url())
        .await
        .unwrap();
    let database = Database::open(&Settings::new("pgforbidden", &url).unwrap());
    let check = Migrations::new("pgforbidden", migrator([]))
        .check(&database)
        .await;
    assert!(matches!(check, Err(WrongSchema::Forbidden { .. })), "{check:?}");
}

#[tokio::test]
async fn a_login_that_may_create_nothing_is_told_what_it_lacks() {
    let (_db, url) = with_login("pglogin_nobody", "").await;
    let error = Migrations::new("pgnobody", migrator([]))
        .run(&url)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("use a login that may create both"),
        "{error}"
    );
}
