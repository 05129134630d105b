//! Reports for people.

use crate::doubts::Advice;
use jiff::Timestamp;
use outx_flow::journal::{Event, Fact, WaitReason};
use outx_flow::{Reported, RunReport, RunStatus, StepReport, StepStatus, quiet_since};
use outx_transport::{Clock, SystemClock};
use serde_json::Value;
use std::fmt::Write;

/// A run, as text, with advice for its steps that are in doubt.
pub(crate) fn report(report: &RunReport, status: &str, advice: &Advice) -> String {
    let mut out = format!("run {}  {}  {status}\n", report.run_id, report.name);
    for (word, steps) in report.parts() {
        let depth = word.map_or(1, |word| {
            let _ = writeln!(out, "  {word}:");
            2
        });
        for (id, step) in steps {
            step_line(&mut out, depth, id, step);
        }
    }
    for waiting in &report.waiting_for {
        let until = waiting.until.map(|until| format!(" until {}", moment(until))).unwrap_or_default();
        let place = if waiting.path.as_str().is_empty() { "run" } else { waiting.path.as_str() };
        let _ = writeln!(out, "waits for {} ({place}){until}: {}", waiting.reason.word(), waiting.message);
    }
    if let Some(quiet) = quiet(report) {
        let _ = writeln!(out, "{quiet}");
    }
    if let Some(error) = &report.error {
        let _ = writeln!(out, "failed: {}", text_of(&error["message"]));
    }
    if let Value::Object(outputs) = &report.outputs
        && !outputs.is_empty()
    {
        out.push_str("outputs:\n");
        for (name, value) in outputs {
            let _ = writeln!(out, "  {name}: {}", pretty(value, 4));
        }
    }
    let next = match report.status {
        RunStatus::NeedsAttention => {
            let mut text = "A write may have been sent, and is not sent again. Look at LinkedIn whether it \
                            arrived, and say it:\n"
                .to_owned();
            for path in doubts(report) {
                let _ = writeln!(
                    text,
                    "  outx resolve {} '{path}' --sent | --not-sent | --give-up",
                    report.run_id
                );
                for line in advice.get(&path).into_iter().flatten() {
                    let _ = writeln!(text, "    {line}");
                }
            }
            text
        }
        RunStatus::Waiting => format!("Nothing is lost: `outx resume {}` goes on.\n", report.run_id),
        _ => String::new(),
    };
    out + &questions(report) + &next
}

/// A moment as people read it, to the second.
pub(crate) fn moment(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M:%SZ")
}

/// That nothing has moved for long, where that is so: a closed browser gives no error.
pub(crate) fn quiet(report: &RunReport) -> Option<String> {
    let since = quiet_since(report, SystemClock.now())?;
    Some(format!("no task has moved since {}; is the browser with the extension open?", moment(since)))
}

/// A run in one line, for lists.
pub(crate) fn line(report: &RunReport) -> String {
    let why = match (report.status, report.waiting_for.first()) {
        (RunStatus::Waiting, Some(waiting)) => {
            let until = waiting.until.map(|until| format!(" until {}", moment(until))).unwrap_or_default();
            format!(" for {}{until}: {}", waiting.reason.word(), waiting.message)
        }
        (RunStatus::NeedsAttention, _) => format!(": `outx show {}` says what", report.run_id),
        _ => String::new(),
    };
    format!("{}  {}  {}{why}\n", report.run_id, report.name, report.status.word())
}

/// What a person is asked, and the commands that answer.
fn questions(report: &RunReport) -> String {
    let mut out = String::new();
    for asked in report.waiting_for.iter().filter(|waiting| waiting.reason == WaitReason::Approval) {
        if out.is_empty() {
            out.push_str("A person has to say yes, or no:\n");
        }
        let _ = writeln!(out, "  outx approve {} '{}' [--no]", report.run_id, asked.path);
    }
    out
}

/// The steps that are in doubt, by their paths.
pub(crate) fn doubts(report: &RunReport) -> Vec<String> {
    let is_in_doubt = |reported: &Reported<'_>| match reported {
        Reported::Step(step) => {
            step.status == StepStatus::InDoubt && step.items.is_none() && step.steps.is_none()
        }
        Reported::Item(_) => false,
    };
    let steps = report.all().into_iter().filter(|(_, reported)| is_in_doubt(reported));
    steps.map(|(path, _)| path.to_string()).collect()
}

fn step_line(out: &mut String, depth: usize, id: &str, step: &StepReport) {
    let indent = "  ".repeat(depth);
    let _ = write!(out, "{indent}{id}: {}", step.status.word());
    if step.already {
        out.push_str(" (it was done before)");
    }
    if step.unconfirmed {
        out.push_str(" (the service did not say whether it was done)");
    }
    if step.assumed {
        out.push_str(" (no answer came: it counts as sent, as the workflow says)");
    }
    if step.asked_again > 0 {
        let _ = write!(out, " (asked {} times: earlier answers were lost)", step.asked_again + 1);
    }
    if let Some(doubt) = &step.doubt {
        let _ = write!(out, " ({doubt})");
    }
    if let Some(message) = step.error["message"].as_str() {
        let _ = write!(out, ": {message}");
    }
    if let Some(items) = step.items.as_ref().filter(|_| !step.repeats) {
        let count = |status| items.iter().filter(|item| item.status == status).count();
        let all = [
            StepStatus::Succeeded,
            StepStatus::Failed,
            StepStatus::InDoubt,
            StepStatus::Waiting,
            StepStatus::Running,
            StepStatus::NotStarted,
        ];
        let counts: Vec<_> = all
            .into_iter()
            .filter_map(|status| Some((status, Some(count(status)).filter(|count| *count > 0)?)))
            .map(|(status, count)| format!("{count} {}", status.word()))
            .collect();
        let removed = items.iter().filter(|item| item.removed).count();
        let removed = if removed > 0 { format!("; {removed} of them removed") } else { String::new() };
        let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
        let _ = write!(out, " ({} items{counts}{removed})", items.len());
    }
    if let Some(last) = step.items.as_ref().filter(|_| step.repeats).and_then(|items| items.last()) {
        let _ = write!(out, " (iteration {})", last.key);
    }
    out.push('\n');
    for (id, step) in step.steps.iter().flatten() {
        step_line(out, depth + 1, id, step);
    }
    // Of the items, those are shown that somebody may have to look at.
    for item in step.items.iter().flatten() {
        let error = item.error["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
        if matches!(item.status, StepStatus::Failed | StepStatus::InDoubt) {
            let _ = writeln!(out, "{indent}  [{}] {}{error}", item.key, item.status.word());
        }
    }
}

/// A fact, on one line.
pub(crate) fn event(fact: &Fact) -> String {
    let (word, detail) = match &fact.event {
        Event::RunStarted { account, .. } => ("run started", format!("as {account}")),
        Event::RunResumed { account } => {
            ("run resumed", account.as_ref().map(|account| format!("as {account}")).unwrap_or_default())
        }
        Event::RunStopped { status, .. } => ("run stopped", status.word().to_owned()),
        Event::Revised { definition, .. } => {
            ("revised", if definition.is_some() { "inputs and definition" } else { "inputs" }.to_owned())
        }
        Event::Started { .. } => ("started", String::new()),
        Event::Expanded { error: Some(error), .. } => ("has no list any more", error.message.clone()),
        Event::Expanded { keys, .. } => ("expanded", format!("{} items", keys.len())),
        Event::Skipped { why } => ("skipped", text_of(&serde_json::json!(why))),
        Event::Begun { entry, endpoint, .. } => ("begun", format!("{endpoint}, in the ledger as {entry}")),
        Event::Accepted { task_id, joined } => {
            ("accepted", format!("task {task_id}{}", if *joined { ", which was there already" } else { "" }))
        }
        Event::InDoubt { what } => ("in doubt", what.clone()),
        Event::Retried => ("retried", format!("attempt {}", fact.attempt + 1)),
        Event::Finished { result } => match &result.error {
            None => ("finished", String::new()),
            Some(error) => ("failed", error.message.clone()),
        },
    };
    let place = if fact.path.as_str().is_empty() { "" } else { "  " };
    let line =
        format!("{}{place}{}  {word}  {detail}", fact.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ"), fact.path);
    format!("{}\n", line.trim_end())
}

/// A value on one line if it is short, else as indented JSON.
pub(crate) fn pretty(value: &Value, indent: usize) -> String {
    const SHORT: usize = 90;
    let line = text_of(value);
    if line.chars().count() <= SHORT {
        return line;
    }
    let text = serde_json::to_string_pretty(value).unwrap_or(line);
    text.replace('\n', &format!("\n{}", " ".repeat(indent)))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
