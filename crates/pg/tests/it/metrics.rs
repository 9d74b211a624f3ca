//! A transaction's name is its metric.

use entente_runtime::telemetry::names;
use entente_testkit::Db;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use uuid::Uuid;

use crate::tenants::migrations;

#[tokio::test]
async fn each_transaction_is_measured_by_its_name_and_outcome() {
    let db = Db::new(&[migrations()]).await.unwrap();
    let database = db.open("pgtest").unwrap();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let recording = metrics::set_default_local_recorder(&recorder);

    database
        .tenant("pgtest.done", Uuid::nil())
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();
    drop(database.system("pgtest.left").await.unwrap());
    drop(recording);

    let mut measured: Vec<String> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == names::TRANSACTION_DURATION)
        .map(|(key, _, _, value)| {
            assert!(matches!(value, DebugValue::Histogram(seconds) if seconds.len() == 1));
            key.key()
                .labels()
                .map(|label| label.value().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    measured.sort();
    assert_eq!(
        measured,
        ["pgtest pgtest.done commit", "pgtest pgtest.left rollback"]
    );
}
