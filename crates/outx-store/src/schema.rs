//! The tables, as a numbered list of steps from an empty file to the present one.

use crate::error::{StoreError, StoreErrorKind};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

/// `outx` in ASCII: tells a store from any other SQLite file.
const APPLICATION: u32 = u32::from_be_bytes(*b"outx");

/// Step `n` leads from version `n` to `n + 1`. A step that was released is never changed.
///
/// Bodies are the JSON of the owning crate's type and are read back through it alone; columns beside them
/// exist to find and to order rows. All tables exist whatever features are on.
const STEPS: &[&str] = &[
    "
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (account, key)
    ) STRICT;

    CREATE TABLE entry_tasks (
        account TEXT NOT NULL,
        task_id TEXT NOT NULL,
        entry INTEGER NOT NULL REFERENCES entries (seq),
        PRIMARY KEY (account, task_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE runs (
        seq INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        account TEXT NOT NULL,
        emulated INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        status TEXT NOT NULL
    ) STRICT;

    CREATE TABLE facts (
        run INTEGER NOT NULL REFERENCES runs (seq),
        seq INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE vals (
        hash BLOB NOT NULL PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT;

    CREATE TABLE service_records (
        scope TEXT NOT NULL,
        seq INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (scope, seq)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE accounts (
        account TEXT NOT NULL PRIMARY KEY,
        limits TEXT,
        closures TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sendings (
        account TEXT NOT NULL,
        token TEXT NOT NULL,
        at INTEGER NOT NULL,
        endpoint TEXT NOT NULL,
        write INTEGER NOT NULL,
        person TEXT,
        label TEXT,
        counts INTEGER NOT NULL,
        PRIMARY KEY (account, token)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX sendings_by_time ON sendings (account, at) WHERE counts;
    CREATE INDEX sendings_by_endpoint ON sendings (account, endpoint, at) WHERE counts;
    CREATE INDEX sendings_by_person ON sendings (account, person, at) WHERE counts AND person IS NOT NULL;
    CREATE INDEX sendings_by_label ON sendings (account, label, at) WHERE counts AND label IS NOT NULL;

    CREATE TABLE blocked (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        note TEXT,
        since TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE names (
        account TEXT NOT NULL,
        slug TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (account, slug, id)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX names_by_id ON names (account, id);

    -- What was sent before sendings were kept counts too, from the last time it was permitted.
    INSERT INTO sendings (account, token, at, endpoint, write, person, label, counts)
    SELECT entries.account, attempt.key,
        CAST(unixepoch(json_extract(body, '$.begun_at'), 'subsec') * 1000000 AS INTEGER),
        json_extract(body, '$.endpoint'), json_extract(body, '$.effect') = 'write',
        CASE json_extract(body, '$.target.kind') WHEN 'person' THEN json_extract(body, '$.target.key') END,
        NULL,
        json_extract(attempt.value, '$.accepted') IS NOT NULL OR coalesce(
            json_extract(attempt.value, '$.refused'), json_extract(attempt.value, '$.not_sent'),
            json_extract(attempt.value, '$.rejected')) IS NULL
    FROM entries, json_each(entries.body, '$.action.attempts') AS attempt;
",
    "
    -- When a run is to be looked at again, in microseconds since 1970; null where only a person helps.
    ALTER TABLE runs ADD COLUMN wakes_at INTEGER;

    -- Those that waited before this was kept are looked at once.
    UPDATE runs SET wakes_at = 0 WHERE status IN ('waiting', 'needs_attention');

    CREATE INDEX runs_by_waking ON runs (wakes_at) WHERE wakes_at IS NOT NULL;
    CREATE INDEX runs_at_work ON runs (seq) WHERE status = 'running';

    CREATE TABLE said (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (seq),
        at TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT;

    CREATE INDEX said_by_run ON said (run);

    -- Workflows that are started by themselves, and when the next time is, in microseconds since 1970.
    CREATE TABLE schedules (
        name TEXT NOT NULL PRIMARY KEY,
        next_at INTEGER,
        body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Which account each key stands for. Of a key there is only its fingerprint.
    CREATE TABLE bindings (
        origin TEXT NOT NULL,
        key TEXT NOT NULL,
        account TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (origin, key)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- What earlier runs have given on, by hashes.
    CREATE TABLE seen (
        account TEXT NOT NULL,
        mark TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, mark)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Whom the writes of an entry are about, by every name that the entry itself has.
    CREATE TABLE entry_people (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        entry INTEGER NOT NULL REFERENCES entries (seq),
        PRIMARY KEY (account, name, entry)
    ) STRICT, WITHOUT ROWID;

    -- Only writes act on a person; the rules look at the entry itself, so that one too many does no harm.
    INSERT INTO entry_people (account, name, entry)
    SELECT account, 'id:' || json_extract(body, '$.target.key'), seq FROM entries
        WHERE json_extract(body, '$.target.kind') = 'person'
    UNION
    SELECT account, name.value, seq FROM entries, json_each(entries.body, '$.names') AS name
        WHERE json_extract(body, '$.effect') = 'write'
    UNION
    SELECT account, 'id:' || json_extract(tried.value, '$.asked.target.key'), seq
        FROM entries, (SELECT '$.earlier' AS list UNION SELECT '$.past'), json_each(entries.body, list) AS tried
        WHERE json_extract(tried.value, '$.asked.target.kind') = 'person'
    UNION
    SELECT account, name.value, seq
        FROM entries, (SELECT '$.earlier' AS list UNION SELECT '$.past'), json_each(entries.body, list) AS tried,
            json_each(tried.value, '$.asked.names') AS name
        WHERE json_extract(body, '$.effect') = 'write';
",
    "
    -- What was learned of how long tasks take, by endpoint and account. It holds no person.
    CREATE TABLE laws (
        origin TEXT NOT NULL,
        account TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (origin, account, endpoint)
    ) STRICT;
",
];

/// How often the log is tried to be turned on. Each try loses only to another one that gets further.
const TRIES: usize = 100;

/// Settings of the connection, which SQLite takes without reading the file.
///
/// Every promise rests on the first one; it is the default of the SQLite that is built in. The second is the
/// length, in pages of 4 KiB, at which the log is moved into the file. Whoever opens the file first reads the
/// whole log: with 250 pages that takes at most 0.8 ms, with SQLite's own 1,000 twice as long, and commits
/// cost the same.
const SETTINGS: &str = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 250";

/// Makes sure that the file is a store of the present version. Anything else is refused before a byte of it is
/// written.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    // One look at one state: another process may be making the tables at this moment.
    let look = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    let version = version(&look)?;
    drop(look);
    connection.execute_batch(SETTINGS)?;
    if version < STEPS.len() {
        migrate(connection)?;
    }
    Ok(())
}

/// The version of a store; 0 of an empty file.
pub(crate) fn version(connection: &Connection) -> Result<usize, StoreError> {
    let application = number(connection, "PRAGMA application_id")?;
    let version = number(connection, "PRAGMA user_version")?;
    let empty = || number(connection, "SELECT count(*) FROM sqlite_schema").map(|count| count == 0);
    if application != APPLICATION && !(application == 0 && version == 0 && empty()?) {
        let message = "the file is a database of another program and was left alone; name another file";
        return Err(StoreError::new(StoreErrorKind::Foreign, message));
    }
    let known = STEPS.len();
    match usize::try_from(version) {
        Ok(version) if version <= known => Ok(version),
        _ => {
            let message = format!(
                "the store was written by a newer outx (its version is {version}, this program knows \
                 {known}) and was left alone; update outx"
            );
            Err(StoreError::new(StoreErrorKind::NewerSchema, message))
        }
    }
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    write_ahead(connection)?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let done = version(&transaction)?;
    for step in &STEPS[done..] {
        transaction.execute_batch(step)?;
    }
    if done < STEPS.len() {
        let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {};", STEPS.len());
        transaction.execute_batch(&marks)?;
    }
    transaction.commit()?;
    tracing::debug!(from = done, to = STEPS.len(), "store migrated");
    Ok(())
}

/// Turns the write-ahead log on, which the file remembers.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    let set = || connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    let mut mode = set();
    for _ in 0..TRIES {
        if !mode.as_ref().is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)) {
            break;
        }
        // SQLite does not wait here while another process does the same, but it waits for a writer.
        drop(Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?);
        mode = set();
    }
    let mode = mode?;
    if mode == "wal" || mode == "memory" {
        return Ok(());
    }
    let message = format!(
        "the file system that holds the store has no shared memory (journal mode {mode}); use a local disk"
    );
    Err(StoreError::new(StoreErrorKind::Open, message))
}

fn number(connection: &Connection, sql: &str) -> Result<u32, StoreError> {
    let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    // Both pragmas are 32 bits wide, and a negative number is as foreign as any other unknown one.
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;

    #[test]
    fn an_empty_database_becomes_the_present_version_once() {
        let connection = file::in_memory().unwrap();
        prepare(&connection).unwrap();
        assert_eq!(version(&connection).unwrap(), STEPS.len());
        let before = connection.total_changes();
        prepare(&connection).unwrap();
        assert_eq!(connection.total_changes(), before);
    }

    #[test]
    fn what_the_first_version_sent_counts_in_the_second() {
        let connection = file::in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        let body = r#"{"key":"k","account":"sales","endpoint":"send-message","effect":"write",
            "target":{"kind":"person","key":"ACoA1"},"begun_at":"2026-03-02T09:00:00.5Z","action":{"attempts":{
                "t1":{"refused":{"reason":"rate_limited"}},"t2":{"accepted":["a"]},"t3":{}}}}"#;
        connection
            .execute("INSERT INTO entries (account, key, body) VALUES ('sales', 'k', ?1)", [body])
            .unwrap();
        let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1");
        connection.execute_batch(&marks).unwrap();
        prepare(&connection).unwrap();
        let mut rows = connection
            .prepare("SELECT token, at, endpoint, write, person, counts FROM sendings ORDER BY token")
            .unwrap();
        let rows: Vec<(String, i64, String, bool, String, bool)> = rows
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let row = |token: &str, counts| {
            let (endpoint, person) = ("send-message".to_owned(), "ACoA1".to_owned());
            (token.to_owned(), 1_772_442_000_500_000, endpoint, true, person, counts)
        };
        assert_eq!(rows, [row("t1", false), row("t2", true), row("t3", true)]);
    }

    #[test]
    fn whom_older_versions_wrote_to_is_found() {
        let connection = file::in_memory().unwrap();
        let before = STEPS.iter().position(|step| step.contains("TABLE entry_people")).unwrap();
        for step in &STEPS[..before] {
            connection.execute_batch(step).unwrap();
        }
        let person = |key: &str| format!(r#"{{"kind":"person","key":"{key}"}}"#);
        let tried = |key: &str| format!(r#"{{"asked":{{"target":{},"names":["slug:{key}"]}}}}"#, person(key));
        let write = format!(
            r#"{{"effect":"write","target":{},"names":["slug:ada"],"earlier":[{}],"past":[{},{{}}]}}"#,
            person("A"),
            tried("b"),
            tried("c")
        );
        let read = r#"{"effect":"read","target":null,"names":["slug:dan"]}"#;
        for (key, body) in [("w", write.as_str()), ("r", read)] {
            let row = [key, body];
            let sql = "INSERT INTO entries (account, key, body) VALUES ('sales', ?1, ?2)";
            connection.execute(sql, row).unwrap();
        }
        let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {before}");
        connection.execute_batch(&marks).unwrap();
        prepare(&connection).unwrap();
        let mut names = connection.prepare("SELECT name FROM entry_people ORDER BY name").unwrap();
        let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(names, ["id:A", "id:b", "id:c", "slug:ada", "slug:b", "slug:c"]);
    }

    #[test]
    fn a_step_that_fails_leaves_nothing_behind() {
        let connection = file::in_memory().unwrap();
        let transaction = Transaction::new_unchecked(&connection, TransactionBehavior::Immediate).unwrap();
        transaction.execute_batch(STEPS[0]).unwrap();
        assert!(transaction.execute_batch(STEPS[0]).is_err());
        drop(transaction);
        assert_eq!(number(&connection, "SELECT count(*) FROM sqlite_schema").unwrap(), 0);
        prepare(&connection).unwrap();
    }
}
