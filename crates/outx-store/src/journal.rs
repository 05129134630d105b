//! Runs, their facts, and the values beside them.

use crate::error::{StoreError, StoreErrorKind};
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::journal::{Batch, Fact, Journal, JournalError, JournalErrorKind, RunSummary, Said};
use outx_flow::{RunId, RunStatus, Signal};
use outx_model::{AccountId, ContentHash};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use std::sync::Arc;

const CREATE: &str = "INSERT INTO runs (run_id, name, account, emulated, started_at, status)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (run_id) DO NOTHING";
const FIND: &str = "SELECT seq FROM runs WHERE run_id = ?1";
const LAST: &str = "SELECT coalesce(max(seq), 0) FROM facts WHERE run = ?1";
const ADD_FACT: &str = "INSERT INTO facts (run, seq, body) VALUES (?1, ?2, ?3)";
const ADD_VALUE: &str = "INSERT INTO vals (hash, body) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
const SET_STATUS: &str = "UPDATE runs SET status = ?2, wakes_at = ?3 WHERE seq = ?1";
const SET_WAKING: &str = "UPDATE runs SET wakes_at = ?2 WHERE seq = ?1";
const HEARD: &str = "DELETE FROM said WHERE number = ?1 AND run = ?2";
const SAY: &str = "INSERT INTO said (run, at, body) VALUES (?1, ?2, ?3)";
const SAID: &str = "SELECT number, at, said.body FROM said JOIN runs ON runs.seq = said.run
    WHERE runs.run_id = ?1 ORDER BY number";
/// The order is: spoken to, at work, the longest overdue.
const DUE: &str = "SELECT run_id, name, account, emulated, started_at, status FROM (
        SELECT run AS seq, -2 AS at FROM said
        UNION ALL SELECT seq, -1 FROM runs WHERE status = 'running'
        UNION ALL SELECT seq, wakes_at FROM runs
            WHERE wakes_at <= ?1 AND status IN ('waiting', 'needs_attention')
    ) AS due JOIN runs USING (seq)
    GROUP BY seq ORDER BY min(at), seq LIMIT ?2";
const FACTS: &str = "SELECT facts.body FROM facts JOIN runs ON runs.seq = facts.run
    WHERE runs.run_id = ?1 ORDER BY facts.seq";
const VALUE: &str = "SELECT body FROM vals WHERE hash = ?1";
const RUN: &str = "SELECT run_id, name, account, emulated, started_at, status FROM runs WHERE run_id = ?1";
const RUNS: &str = "SELECT run_id, name, account, emulated, started_at, status FROM runs ORDER BY seq DESC";

#[async_trait]
impl Journal for Store {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        let run = run.clone();
        let batch = Texts::of(batch)?;
        let work = move |connection: &Connection| create(connection, &run, &batch);
        Ok(self.write(work).await?)
    }

    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        let batch = Texts::of(batch)?;
        let id = run.clone();
        let known = batch.after;
        let work = move |connection: &Connection| {
            let Some(seq) = find(connection, &id)? else { return Ok(Appended::NoRun) };
            let there = last(connection, seq)?;
            if batch.after.is_some_and(|known| known != there) {
                return Ok(Appended::TakenOver(there));
            }
            add(connection, seq, there, &batch)?;
            Ok(Appended::Done)
        };
        match (self.write(work).await?, known) {
            (Appended::NoRun, _) => Err(missing(&format!("there is no run {run}"))),
            (Appended::TakenOver(there), Some(known)) => Err(JournalError::taken_over(run, known, there)),
            (Appended::TakenOver(_), None) | (Appended::Done, _) => Ok(()),
        }
    }

    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        let run = run.clone();
        let bodies = self.read(move |connection| facts(connection, &run)).await?;
        // Decoded here and not by the writer, who has others to serve.
        let facts: Result<_, _> = bodies.iter().map(|body| serde_json::from_str(body)).collect();
        Ok(facts.map_err(|error| StoreError::unreadable("a fact of a run", error))?)
    }

    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        let wanted = hashes.to_vec();
        let found = self.read(move |connection| values(connection, &wanted)).await?;
        let named = hashes.iter().zip(found);
        named.map(|(hash, text)| text.ok_or_else(|| missing(&format!("there is no value {hash}")))).collect()
    }

    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        let run = run.clone();
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(RUN)?;
            Ok(statement.query_row([run.as_str()], columns).optional()?)
        };
        let found = self.read(work).await?;
        Ok(found.map(summary).transpose()?)
    }

    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(RUNS)?;
            let rows = statement.query_map([], columns)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        };
        let found = self.read(work).await?;
        Ok(found.into_iter().map(summary).collect::<Result<_, _>>()?)
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let rows = statement.query_map(params![now.as_microsecond(), most], columns)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        };
        let found = self.read(work).await?;
        Ok(found.into_iter().map(summary).collect::<Result<_, _>>()?)
    }

    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        let failed = |error| {
            JournalError::new(JournalErrorKind::Store, "what was said has no JSON").with_source(error)
        };
        let (id, body) = (run.clone(), serde_json::to_string(signal).map_err(failed)?);
        let work = move |connection: &Connection| {
            let Some(seq) = find(connection, &id)? else { return Ok(false) };
            connection.prepare_cached(SAY)?.execute(params![seq, now.to_string(), body])?;
            Ok(true)
        };
        if self.write(work).await? { Ok(()) } else { Err(missing(&format!("there is no run {run}"))) }
    }

    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        let run = run.clone();
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(SAID)?;
            let rows = statement.query_map([run.as_str()], |row| row.try_into())?;
            Ok(rows.collect::<Result<Vec<(i64, String, String)>, _>>()?)
        };
        let said = self.read(work).await?.into_iter().map(|(number, at, body)| {
            let at = at.parse().map_err(|e: jiff::Error| StoreError::unreadable("when it was said", e))?;
            let unreadable = |error| StoreError::unreadable("what was said to a run", error);
            let signal = serde_json::from_str(&body).map_err(unreadable)?;
            Ok::<_, StoreError>(Said { number: number.unsigned_abs(), at, signal })
        });
        Ok(said.collect::<Result<_, _>>()?)
    }
}

/// What became of a batch.
enum Appended {
    Done,
    NoRun,
    /// The run has so many facts, and not those that were known.
    TakenOver(usize),
}

/// A batch whose facts are written out, so that the writer only stores.
struct Texts {
    after: Option<usize>,
    facts: Vec<String>,
    values: Vec<(ContentHash, Arc<str>)>,
    status: Option<RunStatus>,
    wakes_at: Option<i64>,
    heard: Vec<u64>,
}

impl Texts {
    fn of(batch: Batch) -> Result<Self, JournalError> {
        let facts: Result<_, _> = batch.facts.iter().map(serde_json::to_string).collect();
        let failed =
            |error| JournalError::new(JournalErrorKind::Store, "a fact has no JSON").with_source(error);
        Ok(Self {
            after: batch.after,
            facts: facts.map_err(failed)?,
            values: batch.values,
            status: batch.status,
            wakes_at: batch.wakes_at.map(whole_microseconds),
            heard: batch.heard,
        })
    }
}

/// A moment in the store's unit, and never before it.
fn whole_microseconds(at: Timestamp) -> i64 {
    i64::try_from((at.as_nanosecond() + 999).div_euclid(1_000)).unwrap_or(i64::MAX)
}

fn create(connection: &Connection, run: &RunSummary, batch: &Texts) -> Result<bool, StoreError> {
    let new = connection.prepare_cached(CREATE)?.execute(params![
        run.run_id.as_str(),
        run.name,
        run.account.as_str(),
        run.emulated,
        run.started_at.to_string(),
        run.status.word(),
    ])?;
    if new == 0 {
        return Ok(false);
    }
    add(connection, connection.last_insert_rowid(), 0, batch)?;
    Ok(true)
}

fn find(connection: &Connection, run: &RunId) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(FIND)?;
    Ok(statement.query_row([run.as_str()], |row| row.get(0)).optional()?)
}

/// How many facts a run has: they are numbered from 1, without a gap.
fn last(connection: &Connection, run: i64) -> Result<usize, StoreError> {
    let last: i64 = connection.prepare_cached(LAST)?.query_row([run], |row| row.get(0))?;
    Ok(usize::try_from(last).unwrap_or(0))
}

/// Adds to a run that has so many facts.
fn add(connection: &Connection, run: i64, there: usize, batch: &Texts) -> Result<(), StoreError> {
    let mut value = connection.prepare_cached(ADD_VALUE)?;
    for (hash, text) in &batch.values {
        value.execute(params![hash.bytes(), text])?;
    }
    let mut fact = connection.prepare_cached(ADD_FACT)?;
    let next = i64::try_from(there + 1).unwrap_or(i64::MAX);
    for (seq, body) in (next..).zip(&batch.facts) {
        fact.execute(params![run, seq, body])?;
    }
    if let Some(status) = batch.status {
        connection.prepare_cached(SET_STATUS)?.execute(params![run, status.word(), batch.wakes_at])?;
    } else if batch.wakes_at.is_some() {
        connection.prepare_cached(SET_WAKING)?.execute(params![run, batch.wakes_at])?;
    }
    for number in &batch.heard {
        connection.prepare_cached(HEARD)?.execute(params![number.cast_signed(), run])?;
    }
    Ok(())
}

fn facts(connection: &Connection, run: &RunId) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(FACTS)?;
    let rows = statement.query_map([run.as_str()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn values(connection: &Connection, hashes: &[ContentHash]) -> Result<Vec<Option<Arc<str>>>, StoreError> {
    let mut statement = connection.prepare_cached(VALUE)?;
    let mut find = |hash: &ContentHash| statement.query_row([hash.bytes()], |row| row.get(0)).optional();
    Ok(hashes.iter().map(&mut find).collect::<Result<_, _>>()?)
}

/// A row of `runs`, not yet understood.
type Columns = (String, String, String, bool, String, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    row.try_into()
}

fn summary((run_id, name, account, emulated, started_at, status): Columns) -> Result<RunSummary, StoreError> {
    let word: StrDeserializer<'_, WordError> = status.as_str().into_deserializer();
    Ok(RunSummary {
        run_id: RunId::new(run_id),
        name,
        account: AccountId::new(account),
        emulated,
        started_at: started_at
            .parse()
            .map_err(|e: jiff::Error| StoreError::unreadable("a run's start", e))?,
        status: RunStatus::deserialize(word).map_err(|e| StoreError::unreadable("a run's status", e))?,
    })
}

fn missing(message: &str) -> JournalError {
    JournalError::new(JournalErrorKind::Missing, message)
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Corrupt => JournalErrorKind::Corrupt,
            _ => JournalErrorKind::Store,
        };
        Self::new(kind, "the journal could not be read or written").with_source(error)
    }
}
