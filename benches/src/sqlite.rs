//! The bare store that a durable journal is compared with: the same rows in as many commits, and nothing else.

use rusqlite::{Connection, params};
use std::path::Path;

/// The rows of a journal, as it has them.
#[derive(Debug)]
pub struct Plain {
    facts: Vec<(i64, i64, String)>,
    values: Vec<(Vec<u8>, String)>,
}

#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
impl Plain {
    /// What a store holds.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub fn of(store: &Path) -> Self {
        let connection = Connection::open(store).expect("a store");
        let mut facts =
            connection.prepare("SELECT run, seq, body FROM facts ORDER BY run, seq").expect("facts");
        let facts = facts.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let facts = facts.expect("facts").collect::<Result<_, _>>().expect("facts");
        let mut values = connection.prepare("SELECT hash, body FROM vals").expect("values");
        let values = values.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let values = values.expect("values").collect::<Result<_, _>>().expect("values");
        Self { facts, values }
    }

    /// How many facts there are.
    pub fn facts(&self) -> usize {
        self.facts.len()
    }

    /// Writes all of it into a new file, evenly in so many commits, under the same settings as the store.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    pub fn write(&self, file: &Path, commits: usize) {
        let connection = opened(file);
        let tables = "CREATE TABLE facts (run INTEGER NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
                PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
            CREATE TABLE vals (hash BLOB NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;";
        connection.execute_batch(tables).expect("tables");
        let (mut facts, mut values) = (self.facts.iter(), self.values.iter());
        for _ in 0..commits.max(1) {
            connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
            let add = "INSERT INTO facts (run, seq, body) VALUES (?1, ?2, ?3)";
            for (run, seq, body) in facts.by_ref().take(self.facts.len().div_ceil(commits.max(1))) {
                connection
                    .prepare_cached(add)
                    .expect("prepared")
                    .execute(params![run, seq, body])
                    .expect("written");
            }
            let add = "INSERT INTO vals (hash, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            for (hash, body) in values.by_ref().take(self.values.len().div_ceil(commits.max(1))) {
                connection
                    .prepare_cached(add)
                    .expect("prepared")
                    .execute(params![hash, body])
                    .expect("written");
            }
            connection.execute_batch("COMMIT").expect("durable");
        }
    }

    /// Reads all of it from a file, and every fact and value as JSON. Gives how many bytes they have.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub fn read(file: &Path) -> usize {
        let connection = opened(file);
        let mut bytes = 0;
        for sql in ["SELECT body FROM facts ORDER BY run, seq", "SELECT body FROM vals"] {
            let mut all = connection.prepare(sql).expect("prepared");
            let mut rows = all.query([]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                let body = row.get_ref(0).and_then(|body| Ok(body.as_str()?)).expect("a text");
                let value: serde_json::Value = serde_json::from_str(body).expect("JSON");
                bytes += body.len() + usize::from(value.is_null());
            }
        }
        bytes
    }
}

#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
fn opened(file: &Path) -> Connection {
    let connection = Connection::open(file).expect("a file");
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).expect("the log's mode");
    assert_eq!(mode, "wal");
    connection
}
