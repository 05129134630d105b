//! Forgetting a person, as far as a store can.

use super::Keeper;
use super::sweep::{ended, read};
use crate::error::StoreError;
use crate::ledger::account::Account;
use outx_flow::RunId;
use outx_flow::journal::{Fact, Redacted, redact};
use outx_ledger::{Entry, Forget};
use outx_model::{AccountId, ActionKey, ContentHash, Effect, PersonName};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a store tells of a person.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The person, under all names that any account was shown.
    pub person: Forget,
    /// Runs that have ended and tell of the person: they can forget.
    pub runs: Vec<RunId>,
    /// Runs that have not ended and tell of the person. They need what they know, and keep it.
    pub open: Vec<RunId>,
    /// Runs, ended or not, whose workflow itself names the person. Its text stays.
    pub definitions: Vec<RunId>,
    /// How many results in the ledger tell of the person and can be emptied.
    pub results: usize,
    /// The writes to the person that the ledger knows. They stay, so that none is sent twice.
    pub writes: Vec<Entry>,
    /// The accounts on whose block list the person is. That stays.
    pub blocked: BTreeSet<AccountId>,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Facts that were changed.
    pub facts: usize,
    /// Values that were replaced.
    pub values: usize,
    /// Results in the ledger that were emptied.
    pub results: usize,
    /// Whether what was removed is gone from the file and its log. It is not while others hold the store.
    pub is_wiped: bool,
}

impl Keeper {
    /// Looks for a person in the whole store. Nothing is changed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or holds something that cannot be understood.
    pub fn trace(&self, name: &PersonName) -> Result<Trace, StoreError> {
        let look = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
        let accounts = accounts(&look)?;
        let mut names = BTreeSet::from([name.clone()]);
        for account in &accounts {
            let account = Account { connection: &look, account };
            names.extend(account.all_names_of(name.clone())?);
        }
        let mut trace = Trace { person: Forget::new(names), ..Trace::default() };
        let ended: BTreeSet<_> = ended(&look)?.into_iter().map(|(_, run)| run).collect();
        let mut learned = trace.person.clone();
        let mut runs = look.prepare("SELECT seq, run_id FROM runs ORDER BY seq")?;
        let mut rows = runs.query([])?;
        while let Some(row) = rows.next()? {
            let (seq, run) = (row.get(0)?, RunId::new(row.get::<_, String>(1)?));
            let (facts, values, definitions) = journal(&look, seq)?;
            if definitions.iter().any(|text| trace.person.names_in_words(text)) {
                trace.definitions.push(run.clone());
            }
            if redact(&trace.person, &facts, &values).is_some() {
                for value in values.values() {
                    learned.learn(value);
                }
                if ended.contains(&run) { trace.runs.push(run) } else { trace.open.push(run) }
            }
        }
        let open: BTreeSet<_> = open_runs(&look, &ended)?;
        for entry in entries(&look)?.iter().flat_map(Entry::tries) {
            if entry.effect == Effect::Write && is_to(&entry, &trace.person) {
                trace.writes.push(entry);
            } else if let Some(output) = entry.output.as_ref().filter(|_| !is_of(Some(&entry.by), &open)) {
                trace.results += usize::from(trace.person.without(output).is_some());
            }
        }
        for account in accounts {
            let lines = Account { connection: &look, account: &account }.block_list()?;
            if lines.iter().any(|line| trace.person.names().contains(&line.name)) {
                trace.blocked.insert(account);
            }
        }
        trace.person = learned;
        Ok(trace)
    }

    /// Takes a person out of the journals of these runs, as far as they have ended, and out of the results in the
    /// ledger. What keeps the person from being written to again stays: entries, names, the block list. The caller makes
    /// sure that nobody works on the runs.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. What was forgotten before stays so, and it can be asked again.
    pub fn forget(&self, person: &Forget, runs: &[RunId]) -> Result<Forgotten, StoreError> {
        self.connection.execute_batch("PRAGMA secure_delete = ON")?;
        let mut done = Forgotten::default();
        let has_ended: BTreeSet<_> = ended(&self.connection)?.into_iter().map(|(_, run)| run).collect();
        for run in runs.iter().filter(|run| has_ended.contains(*run)) {
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
            if let Some(seq) = seq_of(&transaction, run)? {
                let (facts, values, _) = journal(&transaction, seq)?;
                if let Some(redacted) = redact(person, &facts, &values) {
                    done.facts += replace(&transaction, seq, &facts, &redacted)?;
                    done.values += redacted.values.len();
                }
                // An emulated service remembers what it was asked, and is asked no more.
                let delete = "DELETE FROM service_records WHERE scope = ?1";
                transaction.execute(delete, [run.as_str()])?;
            }
            transaction.commit()?;
        }
        done.results = self.empty_results(person, &has_ended)?;
        self.sweep()?;
        done.is_wiped = self.wipe();
        Ok(done)
    }

    fn empty_results(&self, person: &Forget, ended: &BTreeSet<RunId>) -> Result<usize, StoreError> {
        // Only by names: a namesake's results are not the person's.
        let person = Forget::new(person.names().iter().cloned());
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let open = open_runs(&transaction, ended)?;
        let mut count = 0;
        for mut entry in entries(&transaction)? {
            let mut emptied = 0;
            for (by, output) in entry.outputs_mut() {
                if let Some(without) = output.as_ref().and_then(|output| person.without(output))
                    && !is_of(by, &open)
                {
                    *output = Some(without);
                    emptied += 1;
                }
            }
            if emptied > 0 {
                crate::ledger::put(&transaction, &entry)?;
            }
            count += emptied;
        }
        transaction.commit()?;
        Ok(count)
    }

    /// Writes the file anew and empties the log, so that nothing of what was removed is left in either.
    fn wipe(&self) -> bool {
        let checkpoint = || {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).is_ok_and(|busy| busy == 0)
        };
        self.connection.execute_batch("VACUUM").is_ok() && checkpoint()
    }
}

/// The facts of a run, the values that they name by their addresses, and the texts of its definitions.
type Kept = (Vec<Fact>, BTreeMap<ContentHash, Value>, Vec<String>);

fn journal(connection: &Connection, run: i64) -> Result<Kept, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body FROM facts WHERE run = ?1 ORDER BY seq")?;
    let bodies = statement.query_map([run], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let facts = bodies.iter().map(|body| read(body)).collect::<Result<Vec<_>, _>>()?;
    let mut find = connection.prepare_cached("SELECT body FROM vals WHERE hash = ?1")?;
    let mut values: BTreeMap<ContentHash, Value> = BTreeMap::new();
    for hash in facts.iter().flat_map(|fact| fact.event.values()) {
        let body: Option<String> = find.query_row([hash.bytes()], |row| row.get(0)).optional()?;
        let Some(body) = body else { continue };
        let value =
            serde_json::from_str(&body).map_err(|error| StoreError::unreadable("a value of a run", error))?;
        values.insert(hash, value);
    }
    let definitions = facts.iter().filter_map(|fact| fact.event.definition());
    let texts = definitions.filter_map(|hash| values.remove(&hash)?.as_str().map(str::to_owned)).collect();
    Ok((facts, values, texts))
}

/// Puts a journal in the place of another one of as many facts. Gives how many differ.
fn replace(
    connection: &Connection,
    run: i64,
    before: &[Fact],
    after: &Redacted,
) -> Result<usize, StoreError> {
    let unwritable = |error| StoreError::unreadable("a fact of a run", error);
    for (hash, text) in &after.values {
        let add = "INSERT INTO vals (hash, body) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING";
        connection.prepare_cached(add)?.execute(params![hash.bytes(), text])?;
    }
    let mut seqs = connection.prepare_cached("SELECT seq FROM facts WHERE run = ?1 ORDER BY seq")?;
    let seqs = seqs.query_map([run], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let mut changed = 0;
    for ((seq, before), after) in seqs.into_iter().zip(before).zip(&after.facts) {
        if before != after {
            let body = serde_json::to_string(after).map_err(unwritable)?;
            let update = "UPDATE facts SET body = ?3 WHERE run = ?1 AND seq = ?2";
            connection.prepare_cached(update)?.execute(params![run, seq, body])?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn seq_of(connection: &Connection, run: &RunId) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq FROM runs WHERE run_id = ?1")?;
    Ok(statement.query_row([run.as_str()], |row| row.get(0)).optional()?)
}

fn open_runs(connection: &Connection, ended: &BTreeSet<RunId>) -> Result<BTreeSet<RunId>, StoreError> {
    let mut statement = connection.prepare("SELECT run_id FROM runs")?;
    let runs = statement.query_map([], |row| Ok(RunId::new(row.get::<_, String>(0)?)))?;
    let runs: Vec<_> = runs.collect::<Result<_, _>>()?;
    Ok(runs.into_iter().filter(|run| !ended.contains(run)).collect())
}

/// All accounts of which anything is kept.
fn accounts(connection: &Connection) -> Result<BTreeSet<AccountId>, StoreError> {
    let sql = "SELECT account FROM names UNION SELECT account FROM entries UNION SELECT account FROM blocked";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| Ok(AccountId::from(row.get::<_, String>(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn entries(connection: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare("SELECT body FROM entries ORDER BY seq")?;
    let bodies = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    bodies.iter().map(|body| crate::ledger::decode(body)).collect()
}

fn is_to(entry: &Entry, person: &Forget) -> bool {
    let target = entry.target.as_ref().is_some_and(|target| person.names_in(target.key()));
    target || entry.names.iter().any(|name| person.names().contains(name))
}

/// Whether an action is a step's of one of these runs.
fn is_of(by: Option<&ActionKey>, runs: &BTreeSet<RunId>) -> bool {
    by.and_then(|by| by.as_str().split_once('/')).is_some_and(|(run, _)| runs.contains(&RunId::new(run)))
}
