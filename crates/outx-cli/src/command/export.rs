//! `outx export`

use super::runs::status;
use super::show::described;
use crate::Exit;
use crate::args::{ExportArgs, ExportFormat};
use crate::fault::Fault;
use crate::history::{self, Record};
use crate::home::{Home, find_run};
use crate::print::stdout;
use crate::table::{cell, csv};
use outx_flow::journal::{Journal, RunSummary};
use serde_json::Value;

const COLUMNS: [&str; 16] = [
    "run_id",
    "workflow",
    "kind",
    "path",
    "status",
    "started_at",
    "ended_at",
    "endpoint",
    "task_id",
    "already",
    "error_kind",
    "error",
    "doubt",
    "input",
    "output",
    "raw",
];

pub(crate) async fn export(args: &ExportArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let runs: Vec<RunSummary> = match &args.run {
        Some(run) => vec![find_run(&store, run).await?],
        // From the oldest on, so that a later export only adds at the end.
        None => store.runs().await?.into_iter().rev().collect(),
    };
    if args.format == ExportFormat::Csv {
        stdout(&csv(&COLUMNS, [])?);
    }
    // One run at a time is in memory.
    for summary in &runs {
        let status = status(&home, summary);
        let facts = store.facts(&summary.run_id).await?;
        if facts.is_empty() && args.all {
            continue;
        }
        let report = described(&store, summary, status, false).await?;
        let records = history::records(&store, &report, status, &facts).await?;
        stdout(&written(&records, args.format)?);
    }
    Ok(Exit::Success)
}

fn written(records: &[Record], format: ExportFormat) -> Result<String, Fault> {
    match format {
        ExportFormat::Jsonl => {
            let mut out = String::new();
            for record in records {
                let line = serde_json::to_string(record).map_err(|error| {
                    Fault::new(Exit::Internal, format!("a step cannot be written as JSON: {error}"), "")
                })?;
                out += &line;
                out.push('\n');
            }
            Ok(out)
        }
        ExportFormat::Csv => {
            let text = csv(&COLUMNS, records.iter().map(row))?;
            Ok(text.split_once('\n').map(|(_, rows)| rows.to_owned()).unwrap_or_default())
        }
    }
}

fn row(record: &Record) -> Vec<String> {
    let as_json = serde_json::to_value(record).unwrap_or(Value::Null);
    let column = |name: &&str| match *name {
        "error_kind" => cell(&record.error["kind"]),
        "error" => cell(&record.error["message"]),
        name => cell(&as_json[name]),
    };
    COLUMNS.iter().map(column).collect()
}
