//! On a real Postgres, each test with a folder of its own.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::{Cluster, Running};

/// A folder that the server's user can reach, also where root runs the tests.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn start(folder: &Path) -> Running {
    Cluster::open(folder).await.unwrap().start(&|_| {}).await.unwrap()
}

fn postmaster(folder: &Path) -> i32 {
    let file = fs_err::read_to_string(folder.join("postgres/data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().parse().unwrap()
}

async fn execute(running: &Running, sql: &'static str) {
    let mut connection = PgConnection::connect(running.url()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
}

async fn ask(running: &Running, sql: &'static str) -> String {
    let mut connection = PgConnection::connect(running.url()).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_stop_and_a_start() {
    let folder = folder();
    let running = start(folder.path()).await;
    execute(&running, "create table kept as select 'kept'::text as word").await;
    running.stop().await.unwrap();

    let running = start(folder.path()).await;
    assert!(!running.adopted());
    assert_eq!(ask(&running, "select word from kept").await, "kept");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_survived_is_taken_over() {
    let folder = folder();
    drop(start(folder.path()).await);
    let survivor = postmaster(folder.path());

    let running = start(folder.path()).await;
    assert!(running.adopted());
    assert_eq!(postmaster(folder.path()), survivor);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_survives_kill_9() {
    let folder = folder();
    let running = start(folder.path()).await;
    execute(&running, "create table kept as select 'kept'::text as word").await;
    kill_process(Pid::from_raw(postmaster(folder.path())).unwrap(), Signal::KILL).unwrap();
    drop(running);

    let running = start(folder.path()).await;
    assert!(!running.adopted());
    assert_eq!(ask(&running, "select word from kept").await, "kept");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_is_no_hindrance() {
    let folder = folder();
    let running = start(folder.path()).await;
    let file = folder.path().join("postgres/data/postmaster.pid");
    let named = fs_err::read_to_string(&file).unwrap();
    running.stop().await.unwrap();
    // This very process, as after a restart of the machine.
    let (_, rest) = named.split_once('\n').unwrap();
    fs_err::write(&file, format!("{}\n{rest}", std::process::id())).unwrap();

    let running = start(folder.path()).await;
    assert!(!running.adopted());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_server_has_a_session_of_its_own() {
    let folder = folder();
    let running = start(folder.path()).await;
    let pid = postmaster(folder.path());
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    running.stop().await.unwrap();
    // After the name in brackets: state, parent, group, session.
    let session = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .nth(3)
        .unwrap()
        .to_owned();
    assert_eq!(session, pid.to_string());
}

#[tokio::test]
async fn a_second_entente_on_the_same_folder_is_refused() {
    let folder = folder();
    let running = start(folder.path()).await;
    let second = Cluster::open(folder.path()).await.unwrap().start(&|_| {}).await;
    running.stop().await.unwrap();
    assert!(second.unwrap_err().to_string().contains("another entente"));
}

#[tokio::test]
async fn text_is_utf8_whatever_the_users_locale() {
    let folder = folder();
    let running = start(folder.path()).await;
    let encoding = ask(
        &running,
        "select getdatabaseencoding()::text || ' ' || current_setting('lc_ctype')",
    )
    .await;
    running.stop().await.unwrap();
    assert_eq!(encoding, "UTF8 C.UTF-8");
}

#[tokio::test]
async fn nobody_else_can_enter_the_socket_folder() {
    let folder = folder();
    let running = start(folder.path()).await;
    let mode = fs_err::metadata(folder.path().join("postgres/socket"))
        .unwrap()
        .permissions()
        .mode();
    running.stop().await.unwrap();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_refused() {
    let folder = folder();
    let long = folder.path().join("a".repeat(90));
    let error = Cluster::open(&long).await.unwrap_err();
    assert!(error.to_string().contains("choose a shorter one"), "{error}");
}
