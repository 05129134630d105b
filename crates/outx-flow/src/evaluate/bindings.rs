//! What expressions see: the steps, the inputs, the run, and the items around them.

use super::World;
use crate::definition::{Attribute, Used};
use crate::expr::{Contacts, Scope, Value};
use crate::journal::StepError;
use crate::run::StepStatus;
use crate::secret::stand_in;
use crate::state::{NodeId, ScopeId};
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::ContentHash;
use std::sync::Arc;

impl World<'_> {
    /// The bindings of what some expressions use, as seen from a block.
    ///
    /// # Errors
    ///
    /// When a named value that they use cannot be computed.
    pub(super) fn scope(&self, used: &[Used], at: ScopeId, with_step: bool) -> Result<Scope, StepError> {
        let mut scope = match self.contacts {
            Some(contacts) => Scope::new().knowing(contacts.clone()),
            None => Scope::new(),
        };
        let mut vars = Vec::new();
        let mut inputs = Vec::new();
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
                Used::Var { level, index } => vars.extend(self.var(self.state.outer(at, *level), *index)?),
                Used::Input(name) => {
                    inputs.extend(self.input_named(at, name).map(|value| (name.to_string(), value)));
                }
                Used::Root(root) => scope = self.bind_root(scope, root, at, with_step),
            }
        }
        if used.iter().any(|used| matches!(used, Used::Input(_)))
            && !used.iter().any(|used| matches!(used, Used::Root(root) if **root == *"inputs"))
        {
            scope = scope.with("inputs", Value::map(inputs));
        }
        if !vars.is_empty() {
            scope = scope.with("vars", Value::map(vars));
        }
        if !steps.is_empty() {
            let pairs = steps.into_iter().map(|(id, pairs)| (id.to_owned(), Value::map(pairs)));
            scope = scope.with("steps", Value::map(pairs));
        }
        Ok(scope)
    }

    /// A named value, as seen from the block that it is computed in.
    fn var(&self, at: ScopeId, index: usize) -> Result<Option<(String, Value)>, StepError> {
        let workflow = self.state.workflow_of(at);
        let Some(var) = workflow.vars.get(index) else { return Ok(None) };
        let known = var.is_global.then(|| (workflow.hash, index, self.inputs_of(at)));
        if let Some(value) = known.as_ref().and_then(|key| self.values.var(key)) {
            return Ok(Some((var.name.to_string(), value)));
        }
        let asked = || self.contacts.map_or(0, Contacts::uses);
        let before = asked();
        let scope = self.scope(&var.references, at, true)?;
        let value = var.tree.evaluate(&scope).map_err(|error| self.failure(&error, at))?;
        // Who was contacted is another question at each moment.
        if let Some(key) = known.filter(|_| asked() == before) {
            self.values.keep_var(key, &value);
        }
        Ok(Some((var.name.to_string(), value)))
    }

    /// One of the inputs that a block sees. A large list among them is not held for the sake of the others.
    fn input_named(&self, at: ScopeId, name: &Arc<str>) -> Option<Value> {
        if let Some((_, inner)) = self.state.call_around(at) {
            return self.item(inner).get(name);
        }
        let started = self.state.started()?;
        match started.lists.get(name) {
            Some(rows) => Some(self.rows(rows)),
            None => self.values.field(started.inputs, name),
        }
    }

    fn rows(&self, rows: &[ContentHash]) -> Value {
        Value::list(rows.iter().map(|row| self.values.get(Some(*row))).collect())
    }

    /// All inputs of the run.
    pub(crate) fn inputs(&self) -> Value {
        let Some(started) = self.state.started() else { return Value::NULL };
        let inputs = self.values.get(Some(started.inputs));
        if started.lists.is_empty() {
            return inputs;
        }
        Value::map(inputs.entries().map(|(name, value)| {
            let value = started.lists.get(name).map_or(value, |rows| self.rows(rows));
            (name.to_owned(), value)
        }))
    }

    /// The address of the inputs that a block sees: those of the run, or of the call around it.
    fn inputs_of(&self, at: ScopeId) -> Option<ContentHash> {
        match self.state.call_around(at) {
            Some((_, inner)) => self.state.scope(inner).list,
            None => self.state.started().map(|started| started.known_by),
        }
    }

    fn bind_root(&self, scope: Scope, root: &str, at: ScopeId, with_step: bool) -> Scope {
        let started = self.state.started();
        let part = self.state.scope(at).part;
        let value = match root {
            "inputs" => match self.state.call_around(at) {
                Some((_, inner)) => self.item(inner),
                None => self.inputs(),
            },
            "secrets" => return scope.with("secrets", self.secrets(at)),
            "iteration" => Value::from(self.iteration(at).map_or(0, |(_, number)| number)),
            "previous" => {
                let before = self.iteration(at).and_then(|(holder, _)| self.state.node(holder).previous);
                self.values.get(before)
            }
            "run" => {
                let at = started.map_or(self.now, |started| started.at);
                Value::map([
                    ("id".to_owned(), Value::from(self.run.as_str())),
                    ("name".to_owned(), Value::from(self.state.workflow().name.as_str())),
                    ("started_at".to_owned(), Value::from(at.to_string().as_str())),
                    ("status".to_owned(), Value::from(self.state.status_before(part).word())),
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
            if self.state.step(fan).call().is_some() {
                break;
            }
            around.push((fan, at));
            at = self.state.node(fan).scope;
        }
        for (fan, inner) in around.into_iter().rev() {
            let Some(each) = self.state.step(fan).each() else { continue };
            let state = self.state.scope(inner);
            scope = bind_item(scope, &each.name, &self.item(inner), state.item, &state.key);
        }
        scope
    }

    /// What stands for the secrets of the workflow that a block is in.
    fn secrets(&self, at: ScopeId) -> Value {
        let names = self.state.workflow_of(at).secrets.iter();
        Value::map(names.map(|name| {
            let text = if self.without_secrets { String::new() } else { stand_in(name) };
            (name.clone(), Value::from(text.as_str()))
        }))
    }

    /// The repetition that a block is in, and the number of its iteration, from 1.
    fn iteration(&self, at: ScopeId) -> Option<(NodeId, i64)> {
        let mut at = at;
        while let Some(holder) = self.state.scope(at).parent {
            if self.state.step(holder).repeat().is_some() {
                let number = self.state.iteration(holder).map_or(1, |(_, number)| number);
                return Some((holder, i64::try_from(number).unwrap_or(i64::MAX)));
            }
            at = self.state.node(holder).scope;
        }
        None
    }

    /// The row of an item, as its list has it.
    pub fn item(&self, scope: ScopeId) -> Value {
        let state = self.state.scope(scope);
        if state.row.is_some() {
            return self.values.get(state.row);
        }
        self.values.get(state.list).item(state.item).unwrap_or(Value::NULL)
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
                let items = self.state.items_in_order(node);
                Value::list(items.into_iter().map(|scope| self.item_value(scope)).collect())
            }
            Attribute::Outputs => self.step_outputs(node),
            Attribute::Rows => {
                let items = self.state.items_in_order(node);
                let results = items.iter().filter_map(|scope| self.state.scope(*scope).result.as_ref());
                let good = results.filter(|result| result.error.is_none());
                Value::list(good.map(|result| self.values.get(result.output)).collect())
            }
        }
    }

    /// `{key, status, outputs, error, row}` of one item.
    fn item_value(&self, scope: ScopeId) -> Value {
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
            ("row".to_owned(), self.item(scope)),
        ])
    }
}

/// Binds an item by its name, and `item` with its key, place and columns. Without a name of its own, `item`
/// is the item itself, with `key`, `index` and `row` beside its fields.
pub(super) fn bind_item(scope: Scope, name: &str, item: &Value, index: usize, key: &str) -> Scope {
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

fn error_value(error: Option<&StepError>) -> Value {
    error.map_or(Value::NULL, |error| {
        Value::map([
            ("kind".to_owned(), Value::from(error.kind.word())),
            ("message".to_owned(), Value::from(error.message.as_str())),
        ])
    })
}
