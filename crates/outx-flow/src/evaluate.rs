//! What a step's expressions give: pure, and done once.

use crate::definition::{Attribute, Body, Condition, Each, ItemKey, Step, Tree, TreeError, Used};
use crate::diagnostic::{Place, Source};
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
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many items a fan-out may have.
pub const MAX_ITEMS: usize = 100_000;

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
                    Ok(Start::Done(output)) => Evaluated::Done(Value::from_json(output)),
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

    /// Evaluates the outputs of an item whose steps have all ended, as [`outputs`](Self::outputs) does.
    pub fn item_outputs(&self, scope: ScopeId) -> (Value, Option<StepError>) {
        let fan = self.state.scope(scope).parent;
        match fan.and_then(|fan| self.state.step(fan).each()) {
            Some(each) => self.give(&each.outputs, &each.references, scope),
            None => (Value::NULL, None),
        }
    }

    /// Evaluates the workflow's outputs. One that cannot be evaluated because a step that it reads did not
    /// succeed is null; of the others' errors the first is given back.
    pub fn outputs(&self, scope: ScopeId) -> (Value, Option<StepError>) {
        let workflow = self.state.workflow();
        self.give(&workflow.outputs, &workflow.references, scope)
    }

    fn give(
        &self,
        outputs: &IndexMap<String, Tree>,
        used: &[Used],
        at: ScopeId,
    ) -> (Value, Option<StepError>) {
        let bindings = self.scope(used, at, false);
        let mut error = None;
        let mut pairs = Vec::with_capacity(outputs.len());
        for (name, tree) in outputs {
            let value = tree.evaluate(&bindings).unwrap_or_else(|failure| {
                if !self.reads_unsuccessful(tree, at) && error.is_none() {
                    error = Some(self.failure(&failure));
                }
                Value::NULL
            });
            pairs.push((name.clone(), value));
        }
        (Value::map(pairs), error)
    }

    /// Whether a value reads a step that did not succeed.
    fn reads_unsuccessful(&self, tree: &Tree, at: ScopeId) -> bool {
        tree.references().iter().filter(|reference| reference.root == "steps").any(|reference| {
            let id = reference.path.first().map_or("", String::as_str);
            let node = self.state.visible(at, id);
            node.is_some_and(|node| self.state.node(node).status != StepStatus::Succeeded)
        })
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

    fn holds(&self, step: &Step, scope: &Scope) -> Result<bool, StepError> {
        let (condition, place) = match &step.condition {
            None => return Ok(true),
            Some(Condition::Constant(known)) => return Ok(*known),
            Some(Condition::Computed(condition, place)) => (condition, place),
        };
        let value = condition
            .evaluate(scope)
            .map_err(|error| self.failure(&TreeError { error, place: Box::new(place.clone()) }))?;
        value.as_bool().ok_or_else(|| {
            let message = format!(
                "{}: `if` gave {}, not true or false",
                self.place(place.span.start),
                short(&value.to_json())
            );
            StepError { kind: StepErrorKind::Expression, message }
        })
    }

    fn expand(&self, each: &Each, list: Value, at: ScopeId) -> Evaluated {
        let wrong = |message| Evaluated::Failed(StepError { kind: StepErrorKind::Expression, message });
        if list.kind() != "list" {
            return wrong(format!("`each` must give a list, not {}", short(&list.to_json())));
        }
        let length = list.len().unwrap_or(0);
        if length > MAX_ITEMS {
            return wrong(format!("`each` gave {length} items; there may be {MAX_ITEMS}"));
        }
        let mut known: HashSet<Arc<str>> = HashSet::with_capacity(length);
        let mut occurrences: HashMap<String, usize> = HashMap::new();
        let mut keys = Vec::with_capacity(length);
        for (index, item) in list.items().enumerate() {
            let key = match self.item_key(each, &item, index, at) {
                Ok(key) => key,
                Err(error) => return Evaluated::Failed(error),
            };
            // A second item of one key gets a number; which may be another's key, so the next one is tried.
            let mut unique: Arc<str> = Arc::from(key.as_str());
            while !known.insert(unique.clone()) {
                let occurrence = occurrences.entry(key.clone()).or_insert(1);
                *occurrence += 1;
                unique = format!("{key}#{occurrence}").into();
            }
            keys.push(unique);
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
                            "the `key` of item {} is {}; it must be a text or a number",
                            index + 1,
                            short(&other)
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
        let source = &self.state.workflow().source;
        let place = at_place(source, error.place.of_error(source, &error.error));
        let help = error.error.help().map(|help| format!(" ({help})")).unwrap_or_default();
        let message = format!("{place}: `{}`: {}{help}", error.place.key, error.error.message());
        StepError { kind: StepErrorKind::Expression, message }
    }

    fn place(&self, offset: usize) -> String {
        let source = &self.state.workflow().source;
        at_place(source, source.place(offset))
    }
}

fn at_place(source: &Source, place: Place) -> String {
    format!("{}:{}:{}", source.name(), place.line, place.column)
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
