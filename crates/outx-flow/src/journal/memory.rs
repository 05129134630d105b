//! A journal in memory, for tests, simulations and benchmarks.

use super::{Batch, Fact, Journal, JournalError, JournalErrorKind, RunSummary, Said};
use crate::run::{RunId, RunStatus};
use crate::signal::Signal;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A journal that lives as long as its process.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    runs: Vec<(RunSummary, Vec<Fact>)>,
    by_id: HashMap<RunId, usize>,
    values: HashMap<ContentHash, Arc<str>>,
    /// When runs are to be looked at again.
    wakes: HashMap<RunId, Timestamp>,
    said: Vec<(RunId, Said)>,
    /// How much was said so far.
    numbers: u64,
}

impl MemoryJournal {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn add(&mut self, at: usize, batch: Batch) {
        for (hash, text) in batch.values {
            self.values.entry(hash).or_insert(text);
        }
        let (summary, facts) = &mut self.runs[at];
        facts.extend(batch.facts);
        if let Some(status) = batch.status {
            summary.status = status;
            self.wakes.remove(&summary.run_id);
        }
        self.wakes.extend(batch.wakes_at.map(|at| (summary.run_id.clone(), at)));
        let is_heard = |id: &RunId, said: &Said| *id == summary.run_id && batch.heard.contains(&said.number);
        self.said.retain(|(id, said)| !is_heard(id, said));
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.with(|inner| {
            if inner.by_id.contains_key(&run.run_id) {
                return Ok(false);
            }
            let at = inner.runs.len();
            inner.runs.push((run.clone(), Vec::new()));
            inner.by_id.insert(run.run_id.clone(), at);
            inner.add(at, batch);
            Ok(true)
        })
    }

    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        self.with(|inner| {
            let missing = || JournalError::new(JournalErrorKind::Missing, format!("there is no run {run}"));
            let at = *inner.by_id.get(run).ok_or_else(missing)?;
            let there = inner.runs[at].1.len();
            if let Some(known) = batch.after.filter(|known| *known != there) {
                return Err(JournalError::taken_over(run, known, there));
            }
            inner.add(at, batch);
            Ok(())
        })
    }

    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        Ok(self.with(|inner| inner.by_id.get(run).map(|at| inner.runs[*at].1.clone())).unwrap_or_default())
    }

    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.with(|inner| {
            let find = |hash: &ContentHash| {
                let missing =
                    || JournalError::new(JournalErrorKind::Missing, format!("there is no value {hash}"));
                inner.values.get(hash).cloned().ok_or_else(missing)
            };
            hashes.iter().map(find).collect()
        })
    }

    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        Ok(self.with(|inner| inner.by_id.get(run).map(|at| inner.runs[*at].0.clone())))
    }

    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        Ok(self.with(|inner| inner.runs.iter().rev().map(|(summary, _)| summary.clone()).collect()))
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.with(|inner| {
            let when = |run: &RunSummary| {
                let spoken_to = inner.said.iter().any(|(id, _)| *id == run.run_id);
                let now = (spoken_to || run.status == RunStatus::Running).then_some(Timestamp::MIN);
                let wakes = || inner.wakes.get(&run.run_id).filter(|_| !run.status.is_end()).copied();
                now.or_else(wakes)
            };
            let runs = inner.runs.iter().map(|(summary, _)| summary);
            let due = runs.filter_map(|run| Some((when(run).filter(|at| *at <= now)?, run)));
            let mut due: Vec<_> = due.collect();
            due.sort_by_key(|(at, _)| *at);
            Ok(due.into_iter().take(most).map(|(_, run)| run.clone()).collect())
        })
    }

    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        self.with(|inner| {
            if !inner.by_id.contains_key(run) {
                return Err(JournalError::new(JournalErrorKind::Missing, format!("there is no run {run}")));
            }
            inner.numbers += 1;
            inner.said.push((run.clone(), Said { number: inner.numbers, at: now, signal: signal.clone() }));
            Ok(())
        })
    }

    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        Ok(self.with(|inner| {
            let of = inner.said.iter().filter(|(id, _)| id == run);
            of.map(|(_, said)| said.clone()).collect()
        }))
    }
}
