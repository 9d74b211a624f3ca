//! `entente audit verify`, as an auditor runs it.

use std::process::Output;

use sqlx::Connection as _;
use tokio::process::Command;

use crate::support::{Installation, Log, Site, eventually, program, trail};

async fn verify(site: &Site, more: &[&str]) -> Output {
    Command::new(program())
        .args(["audit", "verify"])
        .args(site.arguments())
        .args(more)
        .output()
        .await
        .unwrap()
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_entry_fails_the_verification_and_is_named() {
    let installation = Installation::start(Log::Postgres).await;
    let owner = installation.found().await;
    eventually("the trail of the operator", async || {
        let events = trail(&owner, &owner.organization).await;
        if events.is_empty() { Err(events) } else { Ok(()) }
    })
    .await;
    let mine = ["--organization", owner.organization.as_str()];
    for more in [&[][..], &mine] {
        let verified = verify(&installation, more).await;
        assert!(verified.status.success(), "{verified:?}");
        assert!(
            said(&verified.stdout).ends_with(" entries are as they were recorded\n"),
            "{verified:?}"
        );
    }

    let mut superuser = sqlx::PgConnection::connect(installation.db.url()).await.unwrap();
    sqlx::query("update audit.event set actor = 'usr_somebody_else' where chain_index = 1 and organization_id is not null")
        .execute(&mut superuser)
        .await
        .unwrap();

    let broken = format!("{}: link 1 was altered", owner.organization);
    for more in [&[][..], &mine] {
        let verified = verify(&installation, more).await;
        assert!(!verified.status.success(), "{verified:?}");
        assert!(said(&verified.stdout).contains(&broken), "{verified:?}");
        assert!(
            said(&verified.stderr).contains("broken hash chains: 1"),
            "{verified:?}"
        );
    }
    let nobody = verify(
        &installation,
        &["--organization", "org_01h455vb4pex5vsknk084sn02q"],
    )
    .await;
    assert!(
        !nobody.status.success() && said(&nobody.stderr).contains("check the id"),
        "{nobody:?}"
    );
    installation.stop().await;
}
