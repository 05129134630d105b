//! Progress on stderr, a line for each thing that happens.

use crate::print::say;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::journal::{Event, Fact, RunSummary, SkipReason, WaitReason};
use outx_flow::{Observer, RunReport, RunState, Values};

/// Prints what happens. Steps without effect are silent, but for `core.log`.
#[derive(Debug)]
pub(crate) struct Progress;

impl Observer for Progress {
    fn taken(&self, run: &RunSummary) {
        say!("run {}: {}", run.run_id, run.name);
    }

    fn waits(&self, report: &RunReport, until: Timestamp) {
        // Of many that wait for the same, one line says it.
        let mut said: Vec<&str> = report.waiting_for.iter().map(|waiting| waiting.message.as_str()).collect();
        said.dedup();
        let local = TimeZone::system().to_datetime(until).strftime("%a %H:%M:%S");
        say!("  waits until {local}: {}", said.first().unwrap_or(&""));
    }

    fn fact(&self, fact: &Fact, state: &RunState, values: &Values) {
        let path = &fact.path;
        match &fact.event {
            Event::Accepted { task_id, joined: false } => say!("  {path}: task {task_id}"),
            Event::Accepted { task_id, joined: true } => {
                say!("  {path}: task {task_id}, which was there already");
            }
            Event::Skipped { why: SkipReason::Condition } => say!("  {path}: skipped"),
            Event::Skipped { why: SkipReason::DoNotContact } => {
                say!("  {path}: skipped, the person is on the block list");
            }
            Event::Skipped { why: SkipReason::Need } => {
                say!("  {path}: skipped, because something that it needs did not succeed");
            }
            Event::Expanded { keys, .. } => say!("  {path}: {} items", keys.len()),
            Event::Started { input, .. } => {
                let uses = find(state, fact).and_then(|(node, _)| state.step(node).uses());
                let pause =
                    uses.and_then(|uses| uses.kind.pause(&values.get(Some(*input)).to_json(), fact.at));
                match pause {
                    Some(pause) if pause.reason == WaitReason::Approval => {
                        say!("  {path}: waits for a yes or no: {}", pause.message);
                    }
                    Some(pause) => {
                        let until = pause.until.map(|until| format!(" (until {until})")).unwrap_or_default();
                        say!("  {path}: {}{until}", pause.message);
                    }
                    None => {}
                }
            }
            Event::InDoubt { what } => say!("  {path}: IN DOUBT: {what}"),
            Event::Finished { result } => {
                let step = find(state, fact);
                let kind = step.and_then(|(node, _)| state.step(node).uses()).map(|uses| &uses.kind);
                match (&result.error, kind) {
                    (Some(error), _) => say!("  {path}: FAILED: {}", error.message),
                    (None, Some(kind)) if kind.name() == "core.log" => {
                        let message = values.get(result.output).get("message").map(|value| value.to_json());
                        let text = message.as_ref().and_then(|message| message.as_str().map(str::to_owned));
                        let text = text.or_else(|| message.map(|message| message.to_string()));
                        say!("  {path}: {}", text.unwrap_or_default());
                    }
                    (None, Some(kind)) if kind.effect() == outx_flow::KindEffect::None => {}
                    (None, Some(_)) if result.assumed => {
                        say!("  {path}: no answer came; it counts as sent, as the workflow says");
                    }
                    (None, Some(_)) if result.already => say!("  {path}: done before, not sent again"),
                    (None, Some(_)) => say!("  {path}: done"),
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }
}

fn find<'s>(state: &'s RunState, fact: &Fact) -> Option<(outx_flow::NodeId, &'s outx_flow::NodeState)> {
    let node = state.find(&fact.path)?;
    Some((node, state.node(node)))
}
