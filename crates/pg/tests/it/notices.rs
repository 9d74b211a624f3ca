//! What the database remarks while it is migrated is no news for whoever reads the log.

use std::sync::{Arc, Mutex};

use entente_pg::Migrations;
use entente_testkit::Db;
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt as _};

use crate::tenants::migrator;

/// The texts of all that sqlx logs of the database's messages.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut Text(&self.0));
        }
    }
}

struct Text<'a>(&'a Mutex<Vec<String>>);

impl Visit for Text<'_> {
    fn record_str(&mut self, _: &Field, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Runs the migration twice, as two starts do, and gives what was logged of the database's messages.
async fn noticed(step: &'static str) -> Vec<String> {
    let db = Db::new(&[]).await.unwrap();
    let notices = Notices::default();
    let log = tracing_subscriber::registry().with(notices.clone());
    let _logged = tracing::subscriber::set_default(log);
    for _ in 0..2 {
        Migrations::new("pgnotice", migrator([(1, step)]))
            .run(db.url())
            .await
            .unwrap();
    }
    let noticed = notices.0.lock().unwrap();
    noticed.clone()
}

#[tokio::test]
async fn that_something_was_not_there_to_be_dropped_is_not_logged() {
    let step = "create table pgnotice.letter (); drop policy if exists tenant on pgnotice.letter;
                create table if not exists pgnotice.letter ();";
    assert_eq!(noticed(step).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_warning_is_logged() {
    let step = "do $$ begin raise warning 'the index is damaged'; end $$";
    assert_eq!(noticed(step).await, ["the index is damaged"]);
}
