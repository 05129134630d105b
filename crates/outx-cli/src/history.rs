//! What a run did, as one flat list: the run itself, its steps and its items, each with what went in and what came out.

use crate::fault::Fault;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_flow::journal::{Event, Fact, Journal, Lists, whole_inputs};
use outx_flow::{Path, Reported, RunReport};
use outx_model::{Call, ContentHash};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Record {
    pub run_id: String,
    pub workflow: String,
    /// `run`, `step` or `item`.
    pub kind: &'static str,
    /// Where: empty for the run itself.
    pub path: String,
    pub status: String,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// What it called, with what it created or joined.
    pub endpoint: Option<Call>,
    pub task_id: Option<String>,
    /// The evaluated input; of a run, its inputs; of a fan-out, its list.
    pub input: Value,
    pub output: Value,
    /// What came back, untouched.
    pub raw: Value,
    /// `{kind, message}`, or null.
    pub error: Value,
    /// Why it is in doubt, where it is.
    pub doubt: Option<String>,
    /// Whether its effect was there before this run.
    pub already: bool,
}

/// What the facts say of a place, beside what the report says.
#[derive(Debug, Default, Clone)]
struct Told {
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    endpoint: Option<Call>,
    input: Option<ContentHash>,
    /// The rows of a fan-out's list, where they stand apart.
    rows: Vec<ContentHash>,
    /// The lists among a run's inputs whose rows stand apart.
    lists: Lists,
    raw: Option<ContentHash>,
}

/// The list of a run. `status` is the run's as lists show it.
pub(crate) async fn records(
    journal: &impl Journal,
    report: &RunReport,
    status: &str,
    facts: &[Fact],
) -> Result<Vec<Record>, Fault> {
    let told = told(facts);
    let named = told.values().flat_map(|told| {
        told.input
            .iter()
            .chain(&told.raw)
            .chain(&told.rows)
            .chain(told.lists.values().flat_map(|rows| rows.iter()))
    });
    let hashes: Vec<_> = named.copied().collect();
    let texts = journal.values(&hashes).await?;
    let read = |text: &std::sync::Arc<str>| serde_json::from_str(text).unwrap_or(Value::Null);
    let values: HashMap<_, Value> = hashes.iter().copied().zip(texts.iter().map(read)).collect();
    let mut list = List { report, told: &told, values: &values, records: Vec::new() };
    list.run(status);
    Ok(list.records)
}

fn told(facts: &[Fact]) -> IndexMap<Path, Told> {
    let mut places: IndexMap<Path, Told> = IndexMap::new();
    for fact in facts {
        let told = places.entry(fact.path.clone()).or_default();
        match &fact.event {
            Event::RunStarted { inputs, lists, .. } => {
                told.started_at = Some(fact.at);
                (told.input, told.lists) = (Some(*inputs), lists.clone());
            }
            Event::Revised { inputs, lists, .. } => {
                (told.input, told.lists) = (Some(*inputs), lists.clone());
            }
            Event::RunStopped { status, .. } if status.is_end() => told.ended_at = Some(fact.at),
            Event::Started { input, .. } => {
                told.started_at = Some(fact.at);
                told.input = Some(*input);
            }
            Event::Expanded { items, rows, .. } => {
                told.started_at = Some(fact.at);
                told.input = Some(*items).filter(|_| rows.is_empty());
                told.rows.clone_from(rows);
            }
            // What counts is the last attempt.
            Event::Retried => *told = Told::default(),
            Event::Begun { endpoint, .. } => told.endpoint = Some(*endpoint),
            Event::Skipped { .. } => told.ended_at = Some(fact.at),
            Event::Finished { result } => {
                told.ended_at = Some(fact.at);
                told.raw = result.raw;
            }
            _ => {}
        }
    }
    places
}

struct List<'a> {
    report: &'a RunReport,
    told: &'a IndexMap<Path, Told>,
    values: &'a HashMap<ContentHash, Value>,
    records: Vec<Record>,
}

impl List<'_> {
    fn run(&mut self, status: &str) {
        let report = self.report;
        let mut run = self.record("run", &Path::run(), status);
        run.output = report.outputs.clone();
        run.error = report.error.clone().unwrap_or_default();
        self.records.push(run);
        for (path, reported) in report.all() {
            let record = match reported {
                Reported::Step(step) => Record {
                    task_id: step.task_id.clone(),
                    output: step.output.clone(),
                    error: step.error.clone(),
                    doubt: step.doubt.clone(),
                    already: step.already,
                    ..self.record("step", &path, step.status.word())
                },
                Reported::Item(item) => Record {
                    output: item.outputs.clone(),
                    error: item.error.clone(),
                    ..self.record("item", &path, item.status.word())
                },
            };
            self.records.push(record);
        }
    }

    fn record(&self, kind: &'static str, path: &Path, status: &str) -> Record {
        let told = self.told.get(path).cloned().unwrap_or_default();
        let value = |hash: Option<ContentHash>| {
            hash.and_then(|hash| self.values.get(&hash)).cloned().unwrap_or(Value::Null)
        };
        let input = if told.rows.is_empty() {
            whole_inputs(value(told.input), &told.lists, |row| value(Some(*row)))
        } else {
            told.rows.iter().map(|row| value(Some(*row))).collect()
        };
        Record {
            run_id: self.report.run_id.to_string(),
            workflow: self.report.name.clone(),
            kind,
            path: path.to_string(),
            status: status.to_owned(),
            started_at: told.started_at.or(told.ended_at),
            ended_at: told.ended_at,
            endpoint: told.endpoint,
            task_id: None,
            input: outx_flow::shown(&input),
            output: Value::Null,
            raw: value(told.raw),
            error: Value::Null,
            doubt: None,
            already: false,
        }
    }
}
