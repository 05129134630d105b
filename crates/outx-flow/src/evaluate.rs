//! What a step's expressions give: pure, and done once.

use crate::definition::{Attribute, Body, Condition, Each, ItemKey, Step, TreeError, Used};
use crate::diagnostic::Source;
use crate::expr::{Scope, Value};
use crate::graph::Strength;
use crate::journal::{SkipReason, StepError, StepErrorKind};
use crate::kind::Start;
use crate::run::{RunId, StepStatus};
use crate::state::{NodeId, RunState, ScopeId};
use crate::values::Values;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::sync::Arc;

/// What came of a step's expressions. It is recorded as a fact, and never computed again.
#[derive(Debug)]
pub enum Evaluated {
    /// The input of an effect.
    Started(Value),
    /// The output of a step without effect.
    Done(Value),
    /// A fan-out's list, and what each item is known by.
    Expanded(Value, Vec<Arc<str>>),
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
}

impl World<'_> {
    /// Evaluates a step whose turn has come.
    pub fn evaluate(&self, node: NodeId) -> Evaluated {
        let step = self.state.step(node);
        if self.lacks_need(node) {
            return Evaluated::Skipped(SkipReason::Need);
        }
        let at = self.state.node(node).scope;
        let scope = self.scope(&step.references, at, true);
        match self.holds(step, &scope) {
            Ok(true) => {}
            Ok(false) => return Evaluated::Skipped(SkipReason::Condition),
            Err(error) => return Evaluated::Failed(error),
        }
        match &step.body {
            Body::Uses(uses) => match uses.with.evaluate(&scope) {
                Ok(input) => match uses.kind.start(&input.to_json()) {
                    Ok(Start::Done(_)) => Evaluated::Done(input),
                    Ok(Start::Task { input, .. } | Start::Local(input)) => {
                        Evaluated::Started(Value::from_json(input))
                    }
                    Err(error) => Evaluated::Failed(error),
                },
                Err(error) => Evaluated::Failed(self.failure(&error)),
            },
            Body::Each(each) => match each.list.evaluate(&scope) {
                Ok(list) => self.expand(each, list, at),
                Err(error) => Evaluated::Failed(self.failure(&error)),
            },
        }
    }

    /// Evaluates the outputs of an item whose steps have all ended.
    ///
    /// # Errors
    ///
    /// The first output that cannot be evaluated.
    pub fn item_outputs(&self, scope: ScopeId) -> Result<Value, StepError> {
        let fan = self.state.scope(scope).parent;
        let Some(each) = fan.and_then(|fan| self.state.step(fan).each()) else { return Ok(Value::NULL) };
        let bindings = self.scope(&each.references, scope, false);
        let pairs = each.outputs.iter().map(|(name, tree)| Ok((name.clone(), tree.evaluate(&bindings)?)));
        let pairs: Result<Vec<_>, TreeError> = pairs.collect();
        pairs.map(Value::map).map_err(|error| self.failure(&error))
    }

    /// Evaluates the workflow's outputs. One that cannot be evaluated because a step that it reads did not
    /// succeed is null; the others' errors are given back.
    pub fn outputs(&self, scope: ScopeId) -> (Value, Option<StepError>) {
        let workflow = self.state.workflow();
        let bindings = self.scope(&workflow.references, scope, false);
        let mut error = None;
        let mut pairs = Vec::new();
        for (name, tree) in &workflow.outputs {
            let value = tree.evaluate(&bindings).unwrap_or_else(|failure| {
                let reads =
                    |id: &str| tree.references().iter().any(|r| r.path.first().is_some_and(|p| p == id));
                let unfinished = workflow.block.steps.iter().enumerate().any(|(index, step)| {
                    let status = self.state.node(self.state.node_in(scope, index)).status;
                    reads(&step.id) && status != StepStatus::Succeeded
                });
                if !unfinished && error.is_none() {
                    error = Some(self.failure(&failure));
                }
                Value::NULL
            });
            pairs.push((name.clone(), value));
        }
        (Value::map(pairs), error)
    }

    fn lacks_need(&self, node: NodeId) -> bool {
        let state = self.state.node(node);
        let graph = &self.state.block(state.scope).graph;
        graph.dependencies(state.step).iter().any(|(on, strength)| {
            let status = self.state.node(self.state.node_in(state.scope, *on)).status;
            match strength {
                Strength::Need => status != StepStatus::Succeeded,
                Strength::Items => !matches!(status, StepStatus::Succeeded | StepStatus::Failed),
                Strength::Order => false,
            }
        })
    }

    fn holds(&self, step: &Step, scope: &Scope) -> Result<bool, StepError> {
        let condition = match &step.condition {
            None => return Ok(true),
            Some(Condition::Constant(known)) => return Ok(*known),
            Some(Condition::Computed(condition)) => condition,
        };
        let place = || self.place(step.span.start);
        match condition.evaluate(scope) {
            Ok(value) => value.as_bool().ok_or_else(|| StepError {
                kind: StepErrorKind::Expression,
                message: format!(
                    "{}: the `if` of `{}` gave {}, not true or false",
                    place(),
                    step.id,
                    value.to_json()
                ),
            }),
            Err(error) => Err(StepError {
                kind: StepErrorKind::Expression,
                message: format!("{}: the `if` of `{}`: {error}", place(), step.id),
            }),
        }
    }

    fn expand(&self, each: &Each, list: Value, at: ScopeId) -> Evaluated {
        if list.kind() != "list" {
            return Evaluated::Failed(StepError {
                kind: StepErrorKind::Expression,
                message: format!("`each` must give a list, not {}", list.to_json()),
            });
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut keys = Vec::with_capacity(list.len().unwrap_or(0));
        for (index, item) in list.items().enumerate() {
            let key = match self.item_key(each, &item, index, at) {
                Ok(key) => key,
                Err(error) => return Evaluated::Failed(error),
            };
            let occurrence = seen.entry(key.clone()).or_insert(0);
            *occurrence += 1;
            keys.push(if *occurrence == 1 { key.into() } else { format!("{key}#{occurrence}").into() });
        }
        Evaluated::Expanded(list, keys)
    }

    /// What an item is known by: never its place, so that an edited list moves nobody.
    fn item_key(&self, each: &Each, item: &Value, index: usize, at: ScopeId) -> Result<String, StepError> {
        match &each.key {
            ItemKey::Computed(tree) => {
                // The key may read the item and what is outside the fan-out, never the item's own steps.
                let scope = self.scope(&outward(&each.references), at, false);
                let scope = bind_item(scope, &each.name, item, index, "");
                let key = tree.evaluate(&scope).map_err(|error| self.failure(&error))?;
                match key.to_json() {
                    serde_json::Value::String(text) if !text.is_empty() => Ok(text),
                    serde_json::Value::Number(number) => Ok(number.to_string()),
                    other => Err(StepError {
                        kind: StepErrorKind::Expression,
                        message: format!(
                            "the `key` of item {} is {other}; it must be a text or a number",
                            index + 1
                        ),
                    }),
                }
            }
            ItemKey::Column(column) => {
                let cell = item.get(column);
                let text = cell.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty());
                Ok(text.map_or_else(|| content_key(item), str::to_owned))
            }
            ItemKey::Content => Ok(content_key(item)),
        }
    }

    /// The bindings of what some expressions use, as seen from a block.
    fn scope(&self, used: &[Used], at: ScopeId, with_step: bool) -> Scope {
        let mut scope = Scope::new();
        let mut steps: IndexMap<&str, Vec<(String, Value)>> = IndexMap::new();
        for used in used {
            match used {
                Used::Step { level, index, attribute } => {
                    let of = self.state.outer(at, *level);
                    let node = self.state.node_in(of, *index);
                    let id = &*self.state.block(of).steps[*index].id;
                    let value = self.attribute(node, *attribute);
                    steps.entry(id).or_default().push((attribute.name().to_owned(), value));
                }
                Used::Root(root) => scope = self.bind_root(scope, root, at, with_step),
            }
        }
        if !steps.is_empty() {
            let pairs = steps.into_iter().map(|(id, pairs)| (id.to_owned(), Value::map(pairs)));
            scope = scope.with("steps", Value::map(pairs));
        }
        scope
    }

    fn bind_root(&self, scope: Scope, root: &str, at: ScopeId, with_step: bool) -> Scope {
        let started = self.state.started();
        let value = match root {
            "inputs" => self.values.get(started.map(|started| started.inputs)),
            "run" => {
                let at = started.map_or(self.now, |started| started.at);
                Value::map([
                    ("id".to_owned(), Value::from(self.run.as_str())),
                    ("name".to_owned(), Value::from(self.state.workflow().name.as_str())),
                    ("started_at".to_owned(), Value::from(at.to_string().as_str())),
                ])
            }
            "step" if with_step => {
                Value::map([("started_at".to_owned(), Value::from(self.now.to_string().as_str()))])
            }
            _ => return self.bind_items(scope, at),
        };
        scope.with(root, value)
    }

    /// The items of all fan-outs around a block, the innermost last.
    fn bind_items(&self, mut scope: Scope, at: ScopeId) -> Scope {
        let mut around = Vec::new();
        let mut at = at;
        while let Some(fan) = self.state.scope(at).parent {
            around.push((fan, at));
            at = self.state.node(fan).scope;
        }
        for (fan, inner) in around.into_iter().rev() {
            let Some(each) = self.state.step(fan).each() else { continue };
            let state = self.state.scope(inner);
            scope = bind_item(scope, &each.name, &self.item(fan, state.item), state.item, &state.key);
        }
        scope
    }

    fn item(&self, fan: NodeId, index: usize) -> Value {
        let list = self.values.get(self.state.node(fan).input);
        list.item(index).unwrap_or(Value::NULL)
    }

    fn attribute(&self, node: NodeId, attribute: Attribute) -> Value {
        let state = self.state.node(node);
        let result = state.result.as_ref();
        let moment =
            |at: Option<Timestamp>| at.map_or(Value::NULL, |at| Value::from(at.to_string().as_str()));
        match attribute {
            Attribute::Output => self.values.get(result.and_then(|result| result.output)),
            Attribute::Raw => self.values.get(result.and_then(|result| result.raw)),
            Attribute::Status => Value::from(state.status.word()),
            Attribute::Error => error_value(result.and_then(|result| result.error.as_ref())),
            Attribute::TaskId => {
                let id = state.task.as_ref().and_then(|task| task.task_id.as_ref());
                id.map_or(Value::NULL, |id| Value::from(id.as_str()))
            }
            Attribute::Already => Value::from(result.is_some_and(|result| result.already)),
            Attribute::StartedAt => moment(state.started_at),
            Attribute::FinishedAt => moment(state.finished_at),
            Attribute::Items => {
                let items = state.items.iter().map(|scope| self.item_value(node, *scope));
                Value::list(items.collect())
            }
            Attribute::Rows => {
                let results = state.items.iter().filter_map(|scope| self.state.scope(*scope).result.as_ref());
                let good = results.filter(|result| result.error.is_none());
                Value::list(good.map(|result| self.values.get(result.output)).collect())
            }
        }
    }

    /// `{key, status, outputs, error, row}` of one item.
    fn item_value(&self, fan: NodeId, scope: ScopeId) -> Value {
        let state = self.state.scope(scope);
        let status = match &state.result {
            None => StepStatus::Running,
            Some(result) if result.error.is_some() => StepStatus::Failed,
            Some(_) => StepStatus::Succeeded,
        };
        let result = state.result.as_ref();
        Value::map([
            ("key".to_owned(), Value::from(&*state.key)),
            ("status".to_owned(), Value::from(status.word())),
            ("outputs".to_owned(), self.values.get(result.and_then(|result| result.output))),
            ("error".to_owned(), error_value(result.and_then(|result| result.error.as_ref()))),
            ("row".to_owned(), self.item(fan, state.item)),
        ])
    }

    fn failure(&self, error: &TreeError) -> StepError {
        let place = self.place(error.place.span.start);
        let help = error.error.help().map(|help| format!(" ({help})")).unwrap_or_default();
        let message = format!("{place}: `{}`: {}{help}", error.place.key, error.error);
        StepError { kind: StepErrorKind::Expression, message }
    }

    fn place(&self, offset: usize) -> String {
        let source: &Source = &self.state.workflow().source;
        let place = source.place(offset);
        format!("{}:{}:{}", source.name(), place.line, place.column)
    }
}

/// Binds an item by its name, and `item` with its key, place and columns. Without a name of its own, `item`
/// is the item itself, with `key`, `index` and `row` beside its fields.
fn bind_item(scope: Scope, name: &str, item: &Value, index: usize, key: &str) -> Scope {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let mut about = vec![
        ("key".to_owned(), Value::from(key)),
        ("index".to_owned(), Value::from(index)),
        ("row".to_owned(), item.clone()),
    ];
    if name != "item" {
        return scope.with(name, item.clone()).with("item", Value::map(about));
    }
    if item.kind() != "map" {
        return scope.with("item", item.clone());
    }
    about.retain(|(name, _)| item.get(name).is_none());
    about.extend(item.entries().map(|(name, value)| (name.to_owned(), value)));
    scope.with("item", Value::map(about))
}

/// The uses of an item's outputs and key that reach outside the item, as seen from the fan-out's own block.
fn outward(used: &[Used]) -> Vec<Used> {
    let outward = used.iter().filter_map(|used| match used {
        Used::Step { level: 0, .. } => None,
        Used::Step { level, index, attribute } => {
            Some(Used::Step { level: level - 1, index: *index, attribute: *attribute })
        }
        Used::Root(root) => Some(Used::Root(root.clone())),
    });
    outward.collect()
}

/// A short text is known by itself, anything else by its hash.
fn content_key(item: &Value) -> String {
    const LONGEST: usize = 64;
    match item.as_str() {
        Some(text) if !text.is_empty() && text.chars().count() <= LONGEST => text.to_owned(),
        _ => ContentHash::of_json(&item.to_json()).to_string()[..12].to_owned(),
    }
}

fn error_value(error: Option<&StepError>) -> Value {
    error.map_or(Value::NULL, |error| {
        Value::map([
            ("kind".to_owned(), Value::from(error.kind.word())),
            ("message".to_owned(), Value::from(error.message.as_str())),
        ])
    })
}
