//! Old runs: their facts, and the values that nobody names any more.

use super::Keeper;
use crate::error::StoreError;
use jiff::Timestamp;
use outx_flow::journal::Fact;
use outx_flow::{RunId, RunStatus};
use outx_model::ContentHash;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::{HashMap, HashSet};

/// What was removed, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs whose facts went. They stay in the list of runs.
    pub runs: u64,
    /// Their facts.
    pub facts: u64,
    /// Values that no other run names.
    pub values: u64,
    /// What the services of emulated runs remembered.
    pub records: u64,
    /// The length of all of it, in bytes.
    pub bytes: u64,
}

const DATED: &str = "SELECT body FROM facts WHERE run = ?1 ORDER BY seq DESC LIMIT 1";
const WEIGHED: &str = "SELECT count(*), coalesce(sum(length(body)), 0) FROM facts WHERE run = ?1";
const RECORDS: &str = "SELECT count(*), coalesce(sum(length(body)), 0) FROM service_records WHERE scope = ?1";

/// Which facts have been looked at: up to which one, for each run.
type Marks = HashMap<i64, i64>;

impl Keeper {
    /// The runs that ended before a moment and still have their facts, oldest first. A run that waits, or that is in
    /// doubt, has not ended.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn ended_before(&self, moment: Timestamp) -> Result<Vec<RunId>, StoreError> {
        let mut found = Vec::new();
        for (seq, run) in ended(&self.connection)? {
            if last_fact(&self.connection, seq)?.is_some_and(|last| last.at < moment) {
                found.push(run);
            }
        }
        Ok(found)
    }

    /// Counts what [`Keeper::clear`] and [`Keeper::sweep`] would remove for these runs. Nothing is changed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn weigh(&self, runs: &[RunId]) -> Result<Swept, StoreError> {
        let look = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
        let mut swept = Swept::default();
        let mut without = HashSet::new();
        for run in runs {
            let Some(seq) = seq_of_ended(&look, run)? else { continue };
            without.insert(seq);
            swept.add(weight(&look, seq, run)?);
        }
        let (named, _) = named(&look, &Marks::new(), &without)?;
        let (values, bytes) = unnamed(&look, &named)?
            .iter()
            .fold((0, 0), |(values, bytes), (_, length)| (values + 1, bytes + length));
        Ok(Swept { values, bytes: swept.bytes + bytes, ..swept })
    }

    /// Removes the facts of runs, and what their emulated services remembered. A run that has not ended is left alone;
    /// the ledger is not touched. The caller makes sure that nobody works on the runs. The values are removed by
    /// [`Keeper::sweep`].
    ///
    /// # Errors
    ///
    /// When the store cannot be written. Nothing was removed then.
    pub fn clear(&self, runs: &[RunId]) -> Result<Swept, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut swept = Swept::default();
        for run in runs {
            let Some(seq) = seq_of_ended(&transaction, run)? else { continue };
            swept.add(weight(&transaction, seq, run)?);
            transaction.prepare_cached("DELETE FROM facts WHERE run = ?1")?.execute([seq])?;
            let mut records = transaction.prepare_cached("DELETE FROM service_records WHERE scope = ?1")?;
            records.execute([run.as_str()])?;
        }
        transaction.commit()?;
        Ok(swept)
    }

    /// Removes the values that no fact names. Others may add facts meanwhile: what they name stays.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. Nothing was removed then.
    pub fn sweep(&self) -> Result<Swept, StoreError> {
        // The long look keeps nobody from writing. What was written since is looked at under the lock.
        let look = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
        let (named_before, marks) = named(&look, &Marks::new(), &HashSet::new())?;
        let unnamed = unnamed(&look, &named_before)?;
        drop(look);
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let (named_since, _) = named(&transaction, &marks, &HashSet::new())?;
        let mut swept = Swept::default();
        for (hash, length) in unnamed.iter().filter(|(hash, _)| !named_since.contains(hash)) {
            let mut delete = transaction.prepare_cached("DELETE FROM vals WHERE hash = ?1")?;
            delete.execute([hash])?;
            swept.values += 1;
            swept.bytes += length;
        }
        transaction.commit()?;
        Ok(swept)
    }
}

impl Swept {
    /// Adds what another part removed.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.facts += other.facts;
        self.values += other.values;
        self.records += other.records;
        self.bytes += other.bytes;
    }
}

/// The runs that have ended, oldest first, by their rows.
pub(super) fn ended(connection: &Connection) -> Result<Vec<(i64, RunId)>, StoreError> {
    let mut statement = connection.prepare("SELECT seq, run_id, status FROM runs ORDER BY seq")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (seq, run, status) = row?;
        if is_end(&status) {
            found.push((seq, RunId::new(run)));
        }
    }
    Ok(found)
}

fn is_end(status: &str) -> bool {
    let ends = [RunStatus::Succeeded, RunStatus::Failed, RunStatus::Cancelled];
    ends.iter().any(|end| end.word() == status)
}

fn seq_of_ended(connection: &Connection, run: &RunId) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq, status FROM runs WHERE run_id = ?1")?;
    let row: Option<(i64, String)> =
        statement.query_row([run.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.filter(|(_, status)| is_end(status)).map(|(seq, _)| seq))
}

fn last_fact(connection: &Connection, run: i64) -> Result<Option<Fact>, StoreError> {
    let body: Option<String> =
        connection.prepare_cached(DATED)?.query_row([run], |row| row.get(0)).optional()?;
    body.as_deref().map(read).transpose()
}

pub(super) fn read(body: &str) -> Result<Fact, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::unreadable("a fact of a run", error))
}

fn weight(connection: &Connection, seq: i64, run: &RunId) -> Result<Swept, StoreError> {
    let pair = |row: &rusqlite::Row<'_>| Ok((count(row.get(0)?), count(row.get(1)?)));
    let (facts, of_facts) = connection.prepare_cached(WEIGHED)?.query_row([seq], pair)?;
    let (records, of_records) = connection.prepare_cached(RECORDS)?.query_row([run.as_str()], pair)?;
    Ok(Swept { runs: u64::from(facts > 0), facts, records, values: 0, bytes: of_facts + of_records })
}

/// SQLite's numbers have a sign, its counts none.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The values that facts name: those after some marks, of all runs but some. Also the new marks.
fn named(
    connection: &Connection,
    after: &Marks,
    without: &HashSet<i64>,
) -> Result<(HashSet<[u8; 16]>, Marks), StoreError> {
    let (mut found, mut marks) = (HashSet::new(), Marks::new());
    let mut runs = connection.prepare("SELECT seq FROM runs")?;
    let runs: Vec<i64> = runs.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let sql = "SELECT seq, body FROM facts WHERE run = ?1 AND seq > ?2 ORDER BY seq";
    let mut facts = connection.prepare(sql)?;
    for run in runs.into_iter().filter(|run| !without.contains(run)) {
        let mut mark = after.get(&run).copied().unwrap_or(0);
        let mut rows = facts.query(params![run, mark])?;
        while let Some(row) = rows.next()? {
            mark = row.get(0)?;
            let fact = read(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
            found.extend(fact.event.values().into_iter().map(ContentHash::bytes));
        }
        marks.insert(run, mark);
    }
    Ok((found, marks))
}

/// The values that are not among these, with their lengths.
fn unnamed(connection: &Connection, named: &HashSet<[u8; 16]>) -> Result<Vec<([u8; 16], u64)>, StoreError> {
    let mut statement = connection.prepare("SELECT hash, length(body) FROM vals")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, count(row.get(1)?))))?;
    let mut found = Vec::new();
    for row in rows {
        let (hash, length) = row?;
        if !named.contains(&hash) {
            found.push((hash, length));
        }
    }
    Ok(found)
}
