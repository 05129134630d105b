//! What a state folder holds: the oracle of the crash tests.

use outx_flow::journal::{Event, Fact, Journal, RunSummary};
use outx_ledger::{Entry, LedgerStore};
use outx_model::{ActionState, Effect, TaskId};
use outx_service::{Record, RequestRecord, ServiceStore};
use outx_store::{Mode, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The runs and the ledger, as they are durable now.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) runs: Vec<RunSummary>,
    pub(crate) entries: Vec<Entry>,
    facts: Vec<Fact>,
}

impl Kept {
    /// Reads a copy, so that looking changes nothing: neither the files nor who recovers them.
    pub(crate) fn of(file: &Path) -> Self {
        let Some((store, _folder)) = copy(file) else {
            return Self { runs: Vec::new(), entries: Vec::new(), facts: Vec::new() };
        };
        block_on(async {
            let runs = store.runs().await.unwrap();
            let accounts: BTreeSet<_> = runs.iter().map(|run| run.account.clone()).collect();
            let mut entries = Vec::new();
            for account in accounts {
                entries.extend(store.entries(&account).await.unwrap());
            }
            let mut facts = Vec::new();
            for run in &runs {
                facts.extend(store.facts(&run.run_id).await.unwrap());
            }
            Self { runs, entries, facts }
        })
    }

    /// The paths of the steps whose request was under way: it may or may not have reached the service.
    pub(crate) fn on_the_wire(&self, effect: Effect) -> BTreeSet<String> {
        self.paths(|entry| {
            entry.effect == effect && matches!(entry.action.state(), ActionState::Sending { .. })
        })
    }

    /// Whether a task is recorded.
    pub(crate) fn knows(&self, task: &TaskId) -> bool {
        self.entries.iter().any(|entry| entry.knows_task(task))
    }

    /// The tasks of steps that a report does not have: those of iterations that are over.
    pub(crate) fn tasks_besides(&self, steps: &BTreeMap<String, Value>) -> BTreeSet<TaskId> {
        let tasks = self.besides(steps).filter_map(|fact| match &fact.event {
            Event::Accepted { task_id, .. } => Some(task_id.clone()),
            _ => None,
        });
        tasks.collect()
    }

    /// The paths of such steps that were asked for once more.
    pub(crate) fn asked_again_besides(&self, steps: &BTreeMap<String, Value>) -> BTreeSet<String> {
        let again =
            self.besides(steps).filter(|fact| matches!(fact.event, Event::Begun { asked_before: 1, .. }));
        again.map(|fact| fact.path.to_string()).collect()
    }

    fn besides(&self, steps: &BTreeMap<String, Value>) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(|fact| !steps.contains_key(fact.path.as_str()))
    }

    fn paths(&self, which: impl Fn(&Entry) -> bool) -> BTreeSet<String> {
        let found = self.entries.iter().filter(|entry| which(entry));
        // An action's key is the run and the step's path.
        found.map(|entry| entry.by.as_str().split_once('/').unwrap().1.to_owned()).collect()
    }
}

/// The request log of a service whose state is in a file.
pub(crate) fn requests_kept(file: &Path, scope: &str) -> Vec<RequestRecord> {
    let (store, _folder) = copy(file).unwrap();
    let records = block_on(store.service(scope).load()).unwrap();
    let request = |record| match record {
        Record::Request(request) => Some(request),
        _ => None,
    };
    records.into_iter().filter_map(request).collect()
}

/// A store's file and its log are all that a crash leaves.
fn copy(file: &Path) -> Option<(Store, TempDir)> {
    if !file.exists() {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let copied = folder.path().join("copy.db");
    fs::copy(file, &copied).unwrap();
    let log = file.with_extension("db-wal");
    if log.exists() {
        fs::copy(log, folder.path().join("copy.db-wal")).unwrap();
    }
    Some((Store::open(&copied, Mode::Inline).unwrap(), folder))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
