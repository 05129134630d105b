//! Progress on stderr, a line for each thing that happens.

use crate::notices::Teller;
use crate::print::say;
use crate::show::{self, moment};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::journal::{Event, Fact, RunSummary, SkipReason, WaitReason};
use outx_flow::{EngineError, Form, Observer, RunId, RunReport, RunState, Signal, Values, Workflow};
use outx_poller::Counts;
use outx_poller::law::LawsError;
use std::sync::{Arc, Mutex, PoisonError};

/// Prints what happens. Steps without effect are silent, but for `core.log`.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Stands before each line where several runs are watched.
    prefix: String,
    /// Tells people who do not watch.
    teller: Option<Teller>,
    /// What asking has cost.
    asked: Arc<Mutex<Counts>>,
}

impl Progress {
    /// Of one run among several.
    pub(crate) fn of(run: &RunId) -> Self {
        Self { prefix: format!("{run}"), ..Self::default() }
    }

    /// That also tells people who do not watch.
    pub(crate) fn with_teller(mut self, teller: Teller) -> Self {
        self.teller = Some(teller);
        self
    }
}

impl Progress {
    /// What asking has cost, to be looked at when the run was left.
    pub(crate) fn counts(&self) -> Arc<Mutex<Counts>> {
        self.asked.clone()
    }
}

impl Observer for Progress {
    fn asked(&self, _: &RunId, counts: &Counts) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) += *counts;
    }

    fn taken(&self, run: &RunSummary) {
        say!("run {}: {}", run.run_id, run.name);
    }

    fn waits(&self, report: &RunReport, until: Option<Timestamp>) {
        // Of many that wait for the same, one line says it.
        let mut said: Vec<&str> = report.waiting_for.iter().map(|waiting| waiting.message.as_str()).collect();
        said.dedup();
        let prefix = &self.prefix;
        let what = said.first().unwrap_or(&"");
        match until.map(|until| TimeZone::system().to_datetime(until).strftime("%a %H:%M:%S").to_string()) {
            Some(until) => say!("{prefix}  waits until {until}: {what}"),
            None => say!("{prefix}  waits for a person: {what}"),
        }
        if let Some(quiet) = show::quiet(report) {
            say!("{prefix}  {quiet}");
        }
    }

    fn stands(&self, workflow: &Workflow, before: Option<&RunReport>, after: &RunReport) {
        if let Some(teller) = &self.teller {
            teller.stands(&workflow.notify, before, after);
        }
    }

    fn refused(&self, run: &RunId, _: &Signal, why: &EngineError) {
        say!("what was said to the run {run} came too late: {why}");
    }

    fn unlearned(&self, why: &LawsError) {
        say!("{}  how long tasks take could not be learned: {why}", self.prefix);
    }

    fn fact(&self, fact: &Fact, state: &RunState, values: &Values) {
        let (path, prefix) = (&fact.path, &self.prefix);
        match &fact.event {
            Event::Accepted { task_id, joined: false } => say!("{prefix}  {path}: task {task_id}"),
            Event::Accepted { task_id, joined: true } => {
                say!("{prefix}  {path}: task {task_id}, which was there already");
            }
            Event::Skipped { why: SkipReason::Condition } => say!("{prefix}  {path}: skipped"),
            Event::Skipped { why: SkipReason::DoNotContact } => {
                say!("{prefix}  {path}: skipped, the person is on the block list");
            }
            Event::Skipped { why: SkipReason::Need } => {
                say!("{prefix}  {path}: skipped, because something that it needs did not succeed");
            }
            Event::Skipped { why: SkipReason::Emulated } => {
                say!("{prefix}  {path}: skipped, an emulated run sends nothing out of this machine");
            }
            Event::Skipped { why: SkipReason::Removed } => {
                say!("{prefix}  {path}: skipped, the item is in the list no more");
            }
            Event::Expanded { error: Some(error), .. } => {
                say!("{prefix}  {path}: has no list any more: {}", error.message);
            }
            Event::Expanded { keys, .. } => {
                let form = find(state, fact).map(|(node, _)| state.step(node).form());
                match (form, keys.as_slice()) {
                    (Some(Form::Repeat), [number]) => say!("{prefix}  {path}: iteration {number}"),
                    (Some(Form::Call), _) => {}
                    _ => say!("{prefix}  {path}: {} items", keys.len()),
                }
            }
            Event::Started { input, .. } => {
                let uses = find(state, fact).and_then(|(node, _)| state.step(node).uses());
                let pause =
                    uses.and_then(|uses| uses.kind.pause(&values.get(Some(*input)).to_json(), fact.at));
                match pause {
                    Some(pause) if pause.reason == WaitReason::Approval => {
                        say!("{prefix}  {path}: waits for a yes or no: {}", pause.message);
                    }
                    Some(pause) => {
                        let until = pause
                            .until
                            .map(|until| format!(" (until {})", moment(until)))
                            .unwrap_or_default();
                        say!("{prefix}  {path}: {}{until}", pause.message);
                    }
                    None => {}
                }
            }
            Event::InDoubt { what } => say!("{prefix}  {path}: IN DOUBT: {what}"),
            Event::Finished { result } => {
                let step = find(state, fact);
                let kind = step.and_then(|(node, _)| state.step(node).uses()).map(|uses| &uses.kind);
                match (&result.error, kind) {
                    (Some(error), _) => say!("{prefix}  {path}: FAILED: {}", error.message),
                    (None, Some(kind)) if kind.name() == "core.log" => {
                        let message = values.get(result.output).get("message").map(|value| value.to_json());
                        let text = message.as_ref().and_then(|message| message.as_str().map(str::to_owned));
                        let text = text.or_else(|| message.map(|message| message.to_string()));
                        say!("{prefix}  {path}: {}", text.unwrap_or_default());
                    }
                    (None, Some(kind)) if kind.effect() == outx_flow::KindEffect::None => {}
                    (None, Some(_)) if result.assumed => {
                        say!("{prefix}  {path}: no answer came; it counts as sent, as the workflow says");
                    }
                    (None, Some(_)) if result.already => {
                        say!("{prefix}  {path}: done before, not sent again");
                    }
                    (None, Some(_)) => say!("{prefix}  {path}: done"),
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
