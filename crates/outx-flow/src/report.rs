//! A run as people and programs see it from outside.

use crate::journal::{WaitReason, WaitingFor};
use crate::run::{Path, RunId, RunStatus, StepStatus};
use crate::state::{NodeId, Part, RunState, ScopeId};
use crate::values::Values;
use crate::waking::wake_at;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash};
use serde::Serialize;
use serde_json::{Value, json};

/// How a run stands: the one JSON object that the program prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The run's id.
    pub run_id: RunId,
    /// The workflow's name.
    pub name: String,
    /// The account it runs under.
    pub account: Option<AccountId>,
    /// When it was submitted.
    pub started_at: Option<Timestamp>,
    /// How it stands.
    pub status: RunStatus,
    /// The workflow's outputs; null before the end.
    pub outputs: Value,
    /// Why an output could not be computed, where one could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The steps, in the order of the file.
    pub steps: IndexMap<String, StepReport>,
    /// What was done because a step had failed.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub on_failure: IndexMap<String, StepReport>,
    /// What was done at the end.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub finally: IndexMap<String, StepReport>,
    /// What it waits for.
    pub waiting_for: Vec<WaitingFor>,
    /// When something happened in it the last time.
    pub moved_at: Option<Timestamp>,
    /// When the engine left it; nothing while somebody works on it.
    pub stopped_at: Option<Timestamp>,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// Its status.
    pub status: StepStatus,
    /// Its task, once there is one.
    pub task_id: Option<String>,
    /// Its output; null where it has none.
    pub output: Value,
    /// `{kind, message}`, or null.
    pub error: Value,
    /// True when its effect was there before this run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
    /// True when a write completed but said nothing known of itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
    /// True when a write counts as sent because the file says so of one in doubt.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// How many earlier requests for its task may have reached the service: a read was asked again.
    #[serde(skip_serializing_if = "is_zero")]
    pub asked_again: usize,
    /// Why it is in doubt, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// A fan-out's items, in the order of the list; after them those that were in it once. Of a repetition, its last
    /// iteration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemReport>>,
    /// True for a repetition.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeats: bool,
    /// The steps of a workflow that it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<IndexMap<String, StepReport>>,
}

/// How an item of a fan-out stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemReport {
    /// Its key.
    pub key: String,
    /// Its status.
    pub status: StepStatus,
    /// Its outputs; null before its end.
    pub outputs: Value,
    /// `{kind, message}`, or null.
    pub error: Value,
    /// Its steps.
    pub steps: IndexMap<String, StepReport>,
    /// True when it is in the list no more: nothing more is begun for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// A step or an item of a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reported<'r> {
    /// A step.
    Step(&'r StepReport),
    /// An item of a fan-out, or an iteration.
    Item(&'r ItemReport),
}

impl StepReport {
    fn rest(&mut self) {
        if self.status == StepStatus::Running {
            self.status = StepStatus::Waiting;
        }
        for item in self.items.iter_mut().flatten() {
            if item.status == StepStatus::Running {
                item.status = StepStatus::Waiting;
            }
            item.steps.values_mut().for_each(StepReport::rest);
        }
        self.steps.iter_mut().flat_map(IndexMap::values_mut).for_each(StepReport::rest);
    }
}

fn walk<'r>(outer: &Path, steps: &'r IndexMap<String, StepReport>, out: &mut Vec<(Path, Reported<'r>)>) {
    for (id, step) in steps {
        let path = outer.step(id);
        out.push((path.clone(), Reported::Step(step)));
        for item in step.items.iter().flatten() {
            let path = path.item(&item.key);
            out.push((path.clone(), Reported::Item(item)));
            walk(&path, &item.steps, out);
        }
        if let Some(steps) = &step.steps {
            walk(&path, steps, out);
        }
    }
}

impl RunReport {
    /// The parts of the run that have begun, each with the key that its steps' paths begin with.
    pub fn parts(&self) -> impl Iterator<Item = (Option<&'static str>, &IndexMap<String, StepReport>)> {
        let ends = [("on_failure", &self.on_failure), ("finally", &self.finally)];
        let ends = ends.into_iter().filter(|(_, steps)| !steps.is_empty());
        std::iter::once((None, &self.steps)).chain(ends.map(|(word, steps)| (Some(word), steps)))
    }

    /// All steps and items by their paths, each before what is inside of it.
    pub fn all(&self) -> Vec<(Path, Reported<'_>)> {
        let mut out = Vec::new();
        for (word, steps) in self.parts() {
            walk(&word.map_or_else(Path::run, Path::parse), steps, &mut out);
        }
        out
    }

    /// The report of a run that was killed: what it began waits, for nobody works on it.
    pub fn interrupted(mut self) -> Self {
        for part in [&mut self.steps, &mut self.on_failure, &mut self.finally] {
            part.values_mut().for_each(StepReport::rest);
        }
        self
    }

    /// The report of a state.
    pub fn new(run: &RunId, state: &RunState, values: &Values) -> Self {
        Self::with_items(run, state, values, Some(values))
    }

    /// The same without what the items of fan-outs and the iterations of repetitions gave: with null in its place.
    pub fn brief(run: &RunId, state: &RunState, values: &Values) -> Self {
        Self::with_items(run, state, values, None)
    }

    fn with_items(run: &RunId, state: &RunState, values: &Values, of_items: Option<&Values>) -> Self {
        let stopped = state.stopped();
        let [steps, on_failure, finally] = [Part::Main, Part::OnFailure, Part::Finally].map(|part| {
            let scope = state.part_in_progress(part);
            scope.map(|scope| steps(state, (Some(values), of_items), scope)).unwrap_or_default()
        });
        Self {
            run_id: run.clone(),
            name: state.workflow().name.clone(),
            account: state.started().map(|started| started.account.clone()),
            started_at: state.started().map(|started| started.at),
            status: stopped.map_or(RunStatus::Running, |stopped| stopped.status),
            outputs: values.get(stopped.and_then(|stopped| stopped.outputs)).to_json(),
            error: stopped
                .and_then(|stopped| stopped.error.as_ref())
                .map(|error| json!({ "kind": error.kind.word(), "message": error.message })),
            steps,
            on_failure,
            finally,
            waiting_for: stopped.map(|stopped| open(state, &stopped.waiting_for)).unwrap_or_default(),
            moved_at: state.started().map(|_| state.moved_at()),
            stopped_at: stopped.map(|stopped| stopped.at),
        }
    }

    /// When it is to be looked at again; nothing where only a person helps, and after its end.
    pub fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let open = Some(self.waiting_for.as_slice()).filter(|_| !self.status.is_end())?;
        wake_at(open, self.moved_at.unwrap_or(now), now)
    }

    /// Whether anything in it waits for this.
    pub fn waits_for(&self, reason: WaitReason) -> bool {
        self.waiting_for.iter().any(|waiting| waiting.reason == reason)
    }
}

/// What the run still waits for: a person may have settled a step since the engine left it.
fn open(state: &RunState, waiting: &[WaitingFor]) -> Vec<WaitingFor> {
    let is_open = |waiting: &&WaitingFor| {
        state.find(&waiting.path).is_none_or(|node| !state.node(node).status.is_end())
    };
    waiting.iter().filter(is_open).cloned().collect()
}

/// The values of what is outside of items, and of what they gave; nothing where those are not to be shown.
type Shown<'v> = (Option<&'v Values>, Option<&'v Values>);

fn shown(values: Option<&Values>, hash: Option<ContentHash>) -> Value {
    values.map_or(Value::Null, |values| values.get(hash).to_json())
}

fn steps(state: &RunState, values: Shown<'_>, scope: ScopeId) -> IndexMap<String, StepReport> {
    let report = |(index, step): (usize, &crate::definition::Step)| {
        let node = state.node_in(scope, index);
        (step.id.to_string(), step_report(state, values, node))
    };
    state.block(scope).steps.iter().enumerate().map(report).collect()
}

fn step_report(state: &RunState, values: Shown<'_>, node: NodeId) -> StepReport {
    let known = state.node(node);
    let task = known.task.as_ref();
    let result = known.result.as_ref();
    // While nothing works on the run, what was begun waits.
    let resting = state.stopped().is_some() && known.status == StepStatus::Running;
    let step = state.step(node);
    let (own, of_items) = values;
    let called = step.call().and_then(|_| known.items.first()).map(|scope| steps(state, values, *scope));
    let items = step.block().filter(|_| step.call().is_none()).map(|_| {
        let item = |scope: &ScopeId| {
            let item = state.scope(*scope);
            let steps = steps(state, (of_items, of_items), *scope);
            let status = match &item.result {
                Some(result) if result.error.is_some() => StepStatus::Failed,
                Some(_) => StepStatus::Succeeded,
                None => open_status(&steps),
            };
            let result = item.result.as_ref();
            ItemReport {
                key: item.key.to_string(),
                status,
                outputs: shown(of_items, result.and_then(|result| result.output)),
                error: error(result.and_then(|result| result.error.as_ref())),
                steps,
                removed: item.removed,
            }
        };
        known.items.iter().chain(&known.removed).map(item).collect::<Vec<_>>()
    });
    let cancelled = state.stopped().is_some_and(|stopped| stopped.status == RunStatus::Cancelled);
    let status = match &items {
        _ if cancelled && !known.status.is_end() => StepStatus::Cancelled,
        Some(items) if resting && items.iter().any(|item| item.status == StepStatus::InDoubt) => {
            StepStatus::InDoubt
        }
        None if resting && called.as_ref().is_some_and(|steps| open_status(steps) == StepStatus::InDoubt) => {
            StepStatus::InDoubt
        }
        _ if resting => StepStatus::Waiting,
        _ => known.status,
    };
    StepReport {
        status,
        task_id: task.and_then(|task| task.task_id.as_ref()).map(ToString::to_string),
        output: shown(own, result.and_then(|result| result.output)),
        error: error(result.and_then(|result| result.error.as_ref())),
        already: result.is_some_and(|result| result.already),
        unconfirmed: result.is_some_and(|result| result.unconfirmed),
        assumed: result.is_some_and(|result| result.assumed),
        asked_again: task.map_or(0, |task| task.asked_before),
        doubt: task.and_then(|task| task.doubt.clone()),
        items,
        repeats: step.repeat().is_some(),
        steps: called,
    }
}

/// An item that has not ended stands as its steps do: a doubt outweighs waiting, waiting what has not begun.
fn open_status(steps: &IndexMap<String, StepReport>) -> StepStatus {
    let any = |status| steps.values().any(|step| step.status == status);
    [StepStatus::InDoubt, StepStatus::Waiting, StepStatus::Running]
        .into_iter()
        .find(|status| any(*status))
        .unwrap_or(if any(StepStatus::Succeeded) { StepStatus::Waiting } else { StepStatus::NotStarted })
}

fn error(error: Option<&crate::journal::StepError>) -> Value {
    error.map_or(Value::Null, |error| json!({ "kind": error.kind.word(), "message": error.message }))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}
