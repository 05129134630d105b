//! `outx test record`

use super::runs::status;
use super::show::described;
use crate::Exit;
use crate::args::RecordArgs;
use crate::fault::Fault;
use crate::home::{Home, cleared, find_run};
use crate::kinds::{Purpose, options};
use crate::print::{say, stdout};
use outx_flow::Document;
use outx_flow::journal::{Event, Fact, Journal, RunSummary};
use outx_harness::{PastRun, RecordError, Recording};
use outx_ledger::{Entry, LedgerStore};
use outx_model::ContentHash;
use outx_store::Store;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) async fn record(args: &RecordArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let facts = store.facts(&summary.run_id).await?;
    let Some(hash) = facts.iter().rev().find_map(|fact| fact.event.definition()) else {
        return Err(cleared(&summary));
    };
    let document = document(&store, hash).await?;
    let workflow = args.workflow.clone().unwrap_or_else(|| format!("{}.yaml", summary.name));
    let recording = Recording {
        workflow: workflow.clone(),
        keep: args.keep.clone(),
        options: options(Purpose::File, false),
    };
    let wrong = |error| refused(&summary, &error);
    recording.workflow_of(&document).map_err(wrong)?;
    let report = described(&store, &summary, status(&home, &summary), false).await?;
    let values = values(&store, &facts).await?;
    let entries = doubted(&store, &summary, &facts).await?;
    let run =
        PastRun { document: &document, facts: &facts, values: &values, entries: &entries, report: &report };
    let recorded = outx_harness::record(&run, &recording).map_err(wrong)?;
    stdout(&recorded.text);
    for note in &recorded.notes {
        say!("note: {note}");
    }
    if std::fs::read_to_string(Path::new(&workflow)).is_ok_and(|text| text != document.text) {
        say!("note: {workflow} is not what the run was made with, so the case may not hold with it");
    }
    Ok(if recorded.holds { Exit::Success } else { Exit::Failed })
}

fn refused(summary: &RunSummary, error: &RecordError) -> Fault {
    let run = &summary.run_id;
    Fault::usage(
        format!("the run {run} cannot become a test: {error}"),
        format!("`outx show {run} --events` tells what it did"),
    )
}

async fn document(store: &Store, hash: ContentHash) -> Result<Document, Fault> {
    let texts = store.values(&[hash]).await?;
    let read = texts.first().and_then(|text| serde_json::from_str(text).ok());
    read.ok_or_else(|| Fault::new(Exit::Internal, "the run's definition cannot be read", ""))
}

/// The values that facts name, without definitions, which are texts.
async fn values(store: &Store, facts: &[Fact]) -> Result<BTreeMap<ContentHash, Value>, Fault> {
    let mut named: BTreeSet<_> = facts.iter().flat_map(|fact| fact.event.values()).collect();
    for definition in facts.iter().filter_map(|fact| fact.event.definition()) {
        named.remove(&definition);
    }
    let named: Vec<_> = named.into_iter().collect();
    let texts = store.values(&named).await?;
    let read = |text: &std::sync::Arc<str>| serde_json::from_str(text).unwrap_or(Value::Null);
    Ok(named.iter().copied().zip(texts.iter().map(read)).collect())
}

/// What the ledger knows of what was in doubt: people say it there what became of that.
async fn doubted(store: &Store, summary: &RunSummary, facts: &[Fact]) -> Result<Vec<Entry>, Fault> {
    let doubts: BTreeSet<_> = facts
        .iter()
        .filter(|fact| matches!(fact.event, Event::InDoubt { .. }))
        .map(|fact| (fact.path.clone(), fact.attempt))
        .collect();
    let mut keys = BTreeSet::new();
    for fact in facts.iter().filter(|fact| doubts.contains(&(fact.path.clone(), fact.attempt))) {
        if let Event::Begun { entry, .. } = &fact.event {
            keys.insert(entry.clone());
        }
    }
    let mut entries = Vec::new();
    for key in keys {
        entries.extend(store.entry(&summary.account, &key).await?);
    }
    Ok(entries)
}
