//! How far a group has come with each key.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row};

use crate::schema::Schema;
use crate::sql::Statement;

/// A topic and a key.
pub(super) type Line = (String, String);

#[derive(Debug)]
pub(super) struct CursorSql {
    lock: Statement,
    save: Statement,
}

impl CursorSql {
    pub(super) fn new(schema: &Schema) -> Self {
        let statement = |text| Statement::new(schema, text);
        Self {
            lock: statement(LOCK),
            save: statement(SAVE),
        }
    }
}

/// A key's cursor, locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The last event that was applied, or skipped.
    pub(super) sequence: i64,
    /// Whether events of the key are parked.
    pub(super) blocked: bool,
}

/// The cursors of a transaction.
#[derive(Debug)]
pub(super) struct Cursors {
    lines: BTreeMap<Line, (Cursor, Cursor)>,
}

impl Cursors {
    /// Locks the cursors of these lines, in order, so that two members that get the same events don't deadlock.
    pub(super) async fn lock(
        sql: &CursorSql,
        connection: &mut PgConnection,
        group: &str,
        wanted: impl Iterator<Item = Line>,
    ) -> Result<Self, sqlx::Error> {
        let wanted: BTreeSet<Line> = wanted.collect();
        let (topics, keys): (Vec<&str>, Vec<&str>) = wanted
            .iter()
            .map(|(topic, key)| (topic.as_str(), key.as_str()))
            .unzip();
        let mut lines = BTreeMap::new();
        for row in sql
            .lock
            .query()
            .bind(group)
            .bind(topics)
            .bind(keys)
            .fetch_all(connection)
            .await?
        {
            let cursor = Cursor {
                sequence: row.try_get(2)?,
                blocked: row.try_get(3)?,
            };
            lines.insert((row.try_get(0)?, row.try_get(1)?), (cursor, cursor));
        }
        Ok(Self { lines })
    }

    pub(super) fn get_mut(&mut self, line: &Line) -> Option<&mut Cursor> {
        self.lines.get_mut(line).map(|(_, cursor)| cursor)
    }

    /// Writes those that moved.
    pub(super) async fn save(
        self,
        sql: &CursorSql,
        connection: &mut PgConnection,
        group: &str,
    ) -> Result<(), sqlx::Error> {
        let (mut topics, mut keys, mut sequences, mut blocked) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((topic, key), (before, after)) in self.lines {
            if before == after {
                continue;
            }
            topics.push(topic);
            keys.push(key);
            sequences.push(after.sequence);
            blocked.push(after.blocked);
        }
        if topics.is_empty() {
            return Ok(());
        }
        let save = sql
            .save
            .query()
            .bind(group)
            .bind(topics)
            .bind(keys)
            .bind(sequences)
            .bind(blocked);
        save.execute(connection).await?;
        Ok(())
    }
}

/// Those that the group sees for the first time begin at 0. Another member may begin them at the same time; then this
/// waits for it, and takes what it wrote.
const LOCK: &str = "
WITH wanted AS (
    SELECT topic, key FROM unnest($2::text[], $3::text[]) AS wanted (topic, key)
), found AS (
    SELECT known.topic, known.key, known.seq, known.blocked FROM wanted
    JOIN {s}.cursor known ON known.grp = $1 AND known.topic = wanted.topic AND known.key = wanted.key
    ORDER BY known.topic, known.key
    FOR UPDATE OF known
), begun AS (
    INSERT INTO {s}.cursor AS known (grp, topic, key, seq)
    SELECT $1, topic, key, 0 FROM (SELECT topic, key FROM wanted EXCEPT SELECT topic, key FROM found) AS new
    ORDER BY topic, key
    ON CONFLICT (grp, topic, key) DO UPDATE SET seq = known.seq
    RETURNING topic, key, seq, blocked
)
SELECT * FROM found UNION ALL SELECT * FROM begun";

const SAVE: &str = "
UPDATE {s}.cursor known SET seq = moved.seq, blocked = moved.blocked
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::boolean[]) AS moved (topic, key, seq, blocked)
WHERE known.grp = $1 AND known.topic = moved.topic AND known.key = moved.key";
