//! A journal in memory, for tests, simulations and benchmarks.

use super::{Batch, Fact, Journal, JournalError, JournalErrorKind, RunSummary};
use crate::run::RunId;
use async_trait::async_trait;
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
        }
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
}
