//! `outx show`

use super::runs::status;
use super::{Wish, engine, print_json};
use crate::args::{Listing, ShowArgs};
use crate::fault::Fault;
use crate::history::{self, Record};
use crate::home::{Home, cleared, find_run};
use crate::print::{stdout, tell};
use crate::table::{cell, csv};
use crate::{Exit, Hooks, doubts, show as text};
use outx_flow::journal::{Fact, Journal, RunSummary};
use outx_flow::{Engine, EngineErrorKind, ItemReport, Reported, RunReport, RunStatus, StepReport};
use outx_store::Store;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) async fn show(args: &ShowArgs) -> Result<Exit, Fault> {
    if args.output == Listing::Csv && !args.items {
        return Err(Fault::usage(
            "only `--items` can be shown as CSV",
            "`outx export` writes all of a run as CSV",
        ));
    }
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let status = status(&home, &summary);
    if args.events {
        events(&store.facts(&summary.run_id).await?, args.output);
        return Ok(Exit::Success);
    }
    let is_brief = args.output == Listing::Text && !args.items && args.step.is_none();
    let report = described(&store, &summary, status, is_brief).await?;
    if args.items {
        return items(&report, args);
    }
    if let Some(path) = &args.step {
        let facts = store.facts(&summary.run_id).await?;
        let records = history::records(&store, &report, status, &facts).await?;
        let found = records.iter().find(|record| record.kind != "run" && record.path == *path);
        let record = found.ok_or_else(|| no_step(path, &records))?;
        match args.output {
            Listing::Text => {
                let advice = doubts::of_run(&store, &report).await?;
                stdout(&step(record, advice.get(path)));
            }
            _ => print_json(record),
        }
        return Ok(Exit::Success);
    }
    if args.output == Listing::Text {
        let advice = doubts::of_run(&store, &report).await?;
        stdout(&text::report(&report, status, &advice));
    } else {
        let mut report = serde_json::json!(report);
        report["status"] = status.into();
        print_json(&report);
    }
    Ok(Exit::Success)
}

/// How a run stands, also where whoever worked on it was killed, or where it was told to go on and nobody does yet.
/// Of its items what they gave is left out of a brief one.
pub(super) async fn described(
    store: &Store,
    summary: &RunSummary,
    status: &str,
    is_brief: bool,
) -> Result<RunReport, Fault> {
    let engine = engine(store, Wish::to_look(summary).briefly(is_brief), Hooks::default());
    let report = match engine.describe(&summary.run_id).await {
        Err(error) if error.kind() == EngineErrorKind::NoRun => return Err(cleared(summary)),
        report => report?,
    };
    let rests = report.status == RunStatus::Running && status != RunStatus::Running.word();
    Ok(if rests { report.interrupted() } else { report })
}

/// A fact a line: as it is kept, or for people.
fn events(facts: &[Fact], output: Listing) {
    for fact in facts {
        if output == Listing::Text {
            stdout(&text::event(fact));
        } else {
            print_json(fact);
        }
    }
}

fn no_step(path: &str, records: &[Record]) -> Fault {
    let steps: Vec<_> = records.iter().filter(|record| record.kind != "run").collect();
    let some: Vec<_> = steps.iter().take(8).map(|record| record.path.as_str()).collect();
    let more = if steps.len() > some.len() { ", …" } else { "" };
    Fault::usage(format!("the run has no step `{path}`"), format!("it has {}{more}", some.join(", ")))
}

fn step(record: &Record, advice: Option<&Vec<String>>) -> String {
    let moment =
        |moment: Option<jiff::Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();
    let endpoint = record.endpoint.map(|endpoint| endpoint.to_string()).unwrap_or_default();
    let lines = [
        ("status", record.status.clone()),
        ("started", moment(record.started_at)),
        ("ended", moment(record.ended_at)),
        ("endpoint", endpoint),
        ("task", record.task_id.clone().unwrap_or_default()),
        ("in doubt", record.doubt.clone().unwrap_or_default()),
        ("error", cell(&record.error["message"])),
        ("already", if record.already { "its effect was there before".to_owned() } else { String::new() }),
    ];
    let mut out = format!("{}\n", record.path);
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "  {name}: {value}");
    }
    for line in advice.into_iter().flatten() {
        let _ = writeln!(out, "  to find out: {line}");
    }
    for (name, value) in [("input", &record.input), ("output", &record.output), ("raw", &record.raw)] {
        if !value.is_null() {
            let _ = writeln!(out, "  {name}: {}", text::pretty(value, 4));
        }
    }
    out
}

/// The items of all fan-outs, or of one; those of one status, if one is named.
fn items(report: &RunReport, args: &ShowArgs) -> Result<Exit, Fault> {
    let of_fan = |(path, reported): (outx_flow::Path, _)| match reported {
        Reported::Step(StepReport { items: Some(items), .. }) => Some((path.to_string(), items.as_slice())),
        _ => None,
    };
    let mut found: Vec<_> = report.all().into_iter().filter_map(of_fan).collect();
    if let Some(path) = &args.step {
        found.retain(|(fan, _)| fan == path);
        if found.is_empty() {
            let help = "`outx show RUN` shows its steps";
            return Err(Fault::usage(format!("`{path}` is no fan-out that has items"), help));
        }
    }
    let wanted =
        |item: &&ItemReport| args.status.as_ref().is_none_or(|status| item.status.word() == status.word());
    let rows: Vec<_> = found
        .iter()
        .flat_map(|(fan, items)| items.iter().filter(wanted).map(move |item| (fan.as_str(), item)))
        .collect();
    match args.output {
        Listing::Json => {
            let line = |(fan, item): &(&str, &ItemReport)| {
                serde_json::json!({
                    "step": fan, "key": item.key, "status": item.status, "removed": item.removed,
                    "error": item.error, "outputs": item.outputs,
                })
            };
            print_json(&rows.iter().map(line).collect::<Vec<_>>());
        }
        Listing::Csv => stdout(&as_csv(&rows)?),
        Listing::Text => {
            for (fan, item) in &rows {
                let error =
                    item.error["message"].as_str().map(|error| format!("  {error}")).unwrap_or_default();
                let removed = if item.removed { "  (removed)" } else { "" };
                tell!("{fan}  {:<12}  {}{removed}{error}", item.status.word(), item.key);
            }
        }
    }
    Ok(Exit::Success)
}

/// Each output has a column of its own, named as it is in the workflow.
fn as_csv(rows: &[(&str, &ItemReport)]) -> Result<String, Fault> {
    let fields =
        |item: &ItemReport| item.outputs.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    let mut seen = BTreeSet::new();
    let mut columns: Vec<String> = rows.iter().filter_map(|(_, item)| fields(item)).flatten().collect();
    columns.retain(|column| seen.insert(column.clone()));
    let named: Vec<_> = columns.iter().map(|column| format!("output.{column}")).collect();
    let header: Vec<_> = ["step", "key", "status", "removed", "error"]
        .into_iter()
        .chain(named.iter().map(String::as_str))
        .collect();
    let line = |(fan, item): &(&str, &ItemReport)| {
        let removed = if item.removed { "true" } else { "false" };
        let fixed = [*fan, &item.key, item.status.word(), removed].map(str::to_owned);
        let outputs = columns.iter().map(|column| cell(item.outputs.get(column).unwrap_or(&Value::Null)));
        fixed.into_iter().chain([cell(&item.error["message"])]).chain(outputs).collect()
    };
    csv(&header, rows.iter().map(line))
}
