//! The tables of the Postgres log.

use crate::schema::{InvalidSchema, Schema};

/// The statements that create the log's tables and grant what its role needs, to be run by the owner of the schema.
/// They may be run again.
///
/// # Errors
/// [`InvalidSchema`] where a name isn't a plain identifier.
pub fn statements(schema: &str, role: &str) -> Result<String, InvalidSchema> {
    let (schema, role) = (Schema::new(schema)?, Schema::new(role)?);
    Ok(TABLES
        .replace("{s}", schema.as_str())
        .replace("{role}", role.as_str()))
}

/// The role can't change or delete a record: topics keep everything.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS {s}.partition (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE IF NOT EXISTS {s}.record (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    key           text        NOT NULL,
    headers       json        NOT NULL,
    payload       bytea       NOT NULL,
    size          integer     NOT NULL,
    appended_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, record_offset)
);

CREATE TABLE IF NOT EXISTS {s}.group_offset (
    grp         text    NOT NULL,
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (grp, topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

REVOKE ALL ON {s}.partition, {s}.record, {s}.group_offset FROM PUBLIC;
GRANT USAGE ON SCHEMA {s} TO {role};
GRANT SELECT, INSERT ON {s}.partition TO {role};
GRANT UPDATE (next_offset) ON {s}.partition TO {role};
GRANT SELECT, INSERT ON {s}.record TO {role};
GRANT SELECT, INSERT, UPDATE ON {s}.group_offset TO {role};
";
