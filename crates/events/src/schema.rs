//! The tables of a service that announces and hears events, in that service's own schema.

use std::fmt;

/// The name of a schema or a role, safe to stand in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(String);

/// A name that isn't a plain identifier.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no plain name: use lower case letters, digits and _, at most 48, beginning with a letter")]
pub struct InvalidSchema(String);

impl Schema {
    /// Checks a name.
    ///
    /// # Errors
    /// [`InvalidSchema`] unless it is of lower case letters, digits and `_`, at most 48, beginning with a letter.
    pub fn new(name: &str) -> Result<Self, InvalidSchema> {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !plain || !begins || name.len() > 48 {
            return Err(InvalidSchema(name.to_owned()));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The statements that create the tables and grant what each role needs, to be run by the owner of the schema. They
/// may be run again. `shards` counts only the first time: a key's shard never changes.
///
/// The service's role may announce, and no more: it can't read, change or take back what was announced. The worker's
/// role relays and consumes.
///
/// # Errors
/// [`InvalidSchema`] where a name isn't a plain identifier.
pub fn statements(
    schema: &str,
    service_role: &str,
    worker_role: &str,
    shards: u16,
) -> Result<String, InvalidSchema> {
    let (schema, service_role, worker_role) = (
        Schema::new(schema)?,
        Schema::new(service_role)?,
        Schema::new(worker_role)?,
    );
    Ok(TABLES
        .replace("{s}", schema.as_str())
        .replace("{service}", service_role.as_str())
        .replace("{worker}", worker_role.as_str())
        .replace("{shards}", &shards.max(1).to_string()))
}

/// The outbox is small and never still: its thresholds for vacuum are counts, not shares. `headers` are `json`, not
/// `jsonb`: nothing looks into them on the way, and `json` keeps what `jsonb` refuses (\u0000).
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS {s}.outbox_shards (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    shards   integer NOT NULL CHECK (shards > 0)
);
INSERT INTO {s}.outbox_shards (shards) VALUES ({shards}) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS {s}.aggregate_sequence (
    key   text   PRIMARY KEY,
    topic text   NOT NULL,
    seq   bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE IF NOT EXISTS {s}.outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    shard       integer     NOT NULL,
    topic       text        NOT NULL,
    key         text        NOT NULL,
    seq         bigint      NOT NULL,
    headers     json        NOT NULL,
    payload     bytea       NOT NULL,
    size        integer     NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (shard, id),
    UNIQUE (key, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE TABLE IF NOT EXISTS {s}.cursor (
    grp     text    NOT NULL,
    topic   text    NOT NULL,
    key     text    NOT NULL,
    seq     bigint  NOT NULL,
    blocked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (grp, topic, key)
) WITH (fillfactor = 80);

CREATE TABLE IF NOT EXISTS {s}.parked (
    grp              text        NOT NULL,
    topic            text        NOT NULL,
    key              text        NOT NULL,
    seq              bigint      NOT NULL,
    headers          json        NOT NULL,
    payload          bytea       NOT NULL,
    error            text,
    replay_requested boolean     NOT NULL DEFAULT false,
    parked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (grp, topic, key, seq)
);
COMMENT ON COLUMN {s}.parked.error IS 'why it failed; null where it waits for one before it';

REVOKE ALL ON {s}.outbox_shards, {s}.aggregate_sequence, {s}.outbox, {s}.cursor, {s}.parked FROM PUBLIC;
GRANT USAGE ON SCHEMA {s} TO {service}, {worker};
GRANT SELECT ON {s}.outbox_shards TO {service}, {worker};
GRANT SELECT, INSERT ON {s}.aggregate_sequence TO {service}, {worker};
GRANT UPDATE (seq) ON {s}.aggregate_sequence TO {service}, {worker};
GRANT INSERT ON {s}.outbox TO {service}, {worker};
GRANT SELECT, DELETE ON {s}.outbox TO {worker};
GRANT SELECT, INSERT, UPDATE ON {s}.cursor TO {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON {s}.parked TO {worker};
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_end_the_statement_is_refused() {
        for name in ["", "1a", "Partners", "a b", "a;drop", "a\"", "é", &"a".repeat(49)] {
            assert!(Schema::new(name).is_err(), "{name}");
            assert!(statements("partners", name, "w", 2).is_err(), "{name}");
        }
    }

    #[test]
    fn every_parameter_is_filled_in() {
        let text = statements("partners", "partners", "partners_worker", 2).unwrap();
        assert!(!text.contains('{') && text.contains("VALUES (2)"));
    }
}
