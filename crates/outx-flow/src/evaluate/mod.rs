//! What a step's expressions give: pure, and done once.

mod bindings;
mod items;
mod keys;
mod outputs;

pub use items::MAX_ITEMS;
pub(crate) use keys::Keys;

use items::wrong;

use crate::definition::{Body, Condition, Once, Step, TreeError, Used, Uses};
use crate::diagnostic::{Place, Source};
use crate::expr::{Contacts, Scope, Value};
use crate::graph::Strength;
use crate::journal::{SkipReason, StepError, StepErrorKind};
use crate::kind::Start;
use crate::run::{RunId, StepStatus};
use crate::secret::has_stand_in;
use crate::state::{NodeId, RunState, ScopeId};
use crate::values::Values;
use jiff::Timestamp;
use outx_ledger::FORGOTTEN;
use std::sync::Arc;

/// What came of a step's expressions. It is recorded as a fact, and never computed again.
#[derive(Debug)]
pub enum Evaluated {
    /// The input of an effect, and the key by which it is known, where the file gives one.
    Started(Value, Option<Arc<str>>),
    /// The output of a step without effect.
    Done(Value),
    /// A fan-out's list, and what each item is known by; or no list in the place of an earlier one, and why.
    Expanded(Value, Vec<Arc<str>>, Option<StepError>),
    /// The step is left out.
    Skipped(SkipReason),
    /// An expression could not be evaluated, or gave what is not allowed.
    Failed(StepError),
}

/// What expressions may read, besides their expressions' own text.
#[derive(Debug, Clone, Copy)]
pub struct World<'w> {
    /// The run's state.
    pub state: &'w RunState,
    /// The values of its facts.
    pub values: &'w Values,
    /// The run's id.
    pub run: &'w RunId,
    /// The moment that will be recorded as the step's start.
    pub now: Timestamp,
    contacts: Option<&'w Contacts>,
    without_secrets: bool,
}

impl<'w> World<'w> {
    /// What expressions of a run may read at a moment.
    pub fn new(state: &'w RunState, values: &'w Values, run: &'w RunId, now: Timestamp) -> Self {
        Self { state, values, run, now, contacts: None, without_secrets: false }
    }

    /// The same with what `contacted` is told. Without it, whatever calls that fails.
    pub fn knowing(self, contacts: &'w Contacts) -> Self {
        Self { contacts: Some(contacts), ..self }
    }
}

impl World<'_> {
    /// Evaluates a step whose turn has come.
    pub fn evaluate(&self, node: NodeId) -> Evaluated {
        let step = self.state.step(node);
        let scope = match self.turn(node, &step.references) {
            Ok(scope) => scope,
            Err(instead) => return instead,
        };
        let at = self.state.node(node).scope;
        match &step.body {
            Body::Uses(uses) => match self.input(step, uses, &scope, at) {
                Ok(input) => match uses.kind.start(&input.to_json()) {
                    Ok(Start::Task { input, .. } | Start::Local(input))
                        if uses.kind.reaches_others() && names_forgotten(&input) =>
                    {
                        Evaluated::Failed(forgotten())
                    }
                    Ok(Start::Done(output)) => Evaluated::Done(Value::from_json(output)),
                    Ok(Start::Task { input, .. } | Start::Local(input) | Start::Pause(input)) => {
                        match self.once_key(uses, &scope, at) {
                            Ok(once) => Evaluated::Started(Value::from_json(input), once),
                            Err(error) => Evaluated::Failed(error),
                        }
                    }
                    Err(error) => Evaluated::Failed(error),
                },
                Err(error) => Evaluated::Failed(error),
            },
            body => self.inner(body, &scope, node).unwrap_or_else(|error| self.failed(node, error)),
        }
    }

    /// What the expressions of a step whose turn has come read, if it is to be done; else what comes of it. Where it is a
    /// fan-out that has a list already, who says by now that it is not to be done wants nobody of its list.
    fn turn(&self, node: NodeId, used: &[Used]) -> Result<Scope, Evaluated> {
        let again = self.state.node(node).relisting;
        if self.lacks_need(node) {
            let message = "its list cannot be evaluated again, for what it needs did not succeed";
            return Err(if again {
                unlisted(Some(wrong(message.to_owned())))
            } else {
                Evaluated::Skipped(SkipReason::Need)
            });
        }
        let at = self.state.node(node).scope;
        let scope = self.scope(used, at, true).map_err(|error| self.failed(node, error))?;
        match self.holds(self.state.step(node), &scope, at) {
            Ok(true) => Ok(scope),
            Ok(false) if again => Err(unlisted(None)),
            Ok(false) => Err(Evaluated::Skipped(SkipReason::Condition)),
            Err(error) => Err(self.failed(node, error)),
        }
    }

    /// What comes of a step whose expressions cannot be evaluated. A fan-out that has a list has none any more: it is not
    /// known who is still wanted.
    pub fn failed(&self, node: NodeId, error: StepError) -> Evaluated {
        if self.state.node(node).relisting { unlisted(Some(error)) } else { Evaluated::Failed(error) }
    }

    /// What the step's kind is given. Nothing that was read can pass for a secret, also where the step has none: whatever
    /// stands for one is given its value when it is sent.
    fn input(&self, step: &Step, uses: &Uses, scope: &Scope, at: ScopeId) -> Result<Value, StepError> {
        let input = uses.with.evaluate(scope).map_err(|error| self.failure(&error, at))?;
        if !uses.kind.takes_secrets() || !has_stand_in(&input.to_json()) {
            return Ok(input);
        }
        let bare = World { without_secrets: true, ..*self };
        let scope = bare.scope(&step.references, at, true)?;
        let bare = uses.with.evaluate(&scope).map_err(|error| self.failure(&error, at))?;
        if has_stand_in(&bare.to_json()) {
            let message = "a text that was read holds what stands for a secret: nothing is sent".to_owned();
            return Err(StepError { kind: StepErrorKind::Expression, message });
        }
        Ok(input)
    }

    fn once_key(&self, uses: &Uses, scope: &Scope, at: ScopeId) -> Result<Option<Arc<str>>, StepError> {
        let Some(Once::Key { key, .. }) = &uses.once else { return Ok(None) };
        match key.evaluate(scope).map_err(|error| self.failure(&error, at))?.to_json() {
            serde_json::Value::String(text) if !text.trim().is_empty() => Ok(Some(text.into())),
            serde_json::Value::Number(number) => Ok(Some(number.to_string().into())),
            other => {
                let message =
                    format!("the key of `once` is {}; it must be a text or a number", short(&other));
                Err(StepError { kind: StepErrorKind::Expression, message })
            }
        }
    }

    fn lacks_need(&self, node: NodeId) -> bool {
        let state = self.state.node(node);
        let graph = &self.state.block(state.scope).graph;
        graph.dependencies(state.step).iter().any(|(on, strength)| {
            let on = self.state.node(self.state.node_in(state.scope, *on));
            let succeeded = on.status == StepStatus::Succeeded;
            match strength {
                Strength::Need => !succeeded,
                // One whose list could not even be evaluated has no items to read.
                Strength::Items => !succeeded && !on.failed_by(StepErrorKind::ItemFailed),
                Strength::Order => false,
            }
        })
    }

    fn holds(&self, step: &Step, scope: &Scope, at: ScopeId) -> Result<bool, StepError> {
        step.condition.as_ref().map_or(Ok(true), |condition| self.is_true(condition, "if", scope, at))
    }

    fn is_true(
        &self,
        condition: &Condition,
        key: &str,
        scope: &Scope,
        at: ScopeId,
    ) -> Result<bool, StepError> {
        let (condition, place) = match condition {
            Condition::Constant(known) => return Ok(*known),
            Condition::Computed(condition, place) => (condition, place),
        };
        let value = condition
            .evaluate(scope)
            .map_err(|error| self.failure(&TreeError { error, place: Box::new(place.clone()) }, at))?;
        value.as_bool().ok_or_else(|| {
            let source = &self.state.workflow_of(at).source;
            let place = at_place(source, source.place(place.span.start));
            let message = format!("{place}: `{key}` gave {}, not true or false", short(&value.to_json()));
            StepError { kind: StepErrorKind::Expression, message }
        })
    }

    fn failure(&self, error: &TreeError, at: ScopeId) -> StepError {
        let source = &self.state.workflow_of(at).source;
        let place = at_place(source, error.place.of_error(source, &error.error));
        let help = error.error.help().map(|help| format!(" ({help})")).unwrap_or_default();
        let message = format!("{place}: `{}`: {}{help}", error.place.key, error.error.message());
        StepError { kind: StepErrorKind::Expression, message }
    }
}

/// No list in the place of an earlier one.
fn unlisted(error: Option<StepError>) -> Evaluated {
    Evaluated::Expanded(Value::list(Vec::new()), Vec::new(), error)
}

fn at_place(source: &Source, place: Place) -> String {
    format!("{}:{}:{}", source.name(), place.line, place.column)
}

/// Whether an input holds what stands in the place of a person who was forgotten.
fn names_forgotten(input: &serde_json::Value) -> bool {
    match input {
        serde_json::Value::String(text) => text.contains(FORGOTTEN),
        serde_json::Value::Array(items) => items.iter().any(names_forgotten),
        serde_json::Value::Object(fields) => fields.values().any(names_forgotten),
        _ => false,
    }
}

fn forgotten() -> StepError {
    let message = format!(
        "its input says `{FORGOTTEN}`, for it is about a person who was forgotten: nothing is sent; give the run its \
         list anew, without that row"
    );
    StepError { kind: StepErrorKind::Expression, message }
}

/// A value in a message: its beginning, on one line.
fn short(value: &serde_json::Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
