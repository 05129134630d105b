//! A fan-out's list, and what each of its items is known by.

use super::bindings::bind_item;
use super::keys::Keys;
use super::{Evaluated, World, short};
use crate::definition::{Body, Each, ItemKey, Tree, Used};
use crate::expr::{Scope, Value};
use crate::journal::{SkipReason, StepError, StepErrorKind};
use crate::state::{NodeId, ScopeId};
use outx_model::ContentHash;
use std::sync::Arc;

/// How many items a fan-out may have.
pub const MAX_ITEMS: usize = 100_000;

/// A list that cannot be used.
pub(super) fn wrong(message: String) -> StepError {
    StepError { kind: StepErrorKind::Expression, message }
}

impl World<'_> {
    fn expand(&self, each: &Each, list: Value, at: ScopeId) -> Result<Evaluated, StepError> {
        if list.kind() != "list" {
            return Err(wrong(format!("`each` must give a list, not {}", short(&list.to_json()))));
        }
        let mut keys = Keys::of(list.len().unwrap_or(0))?;
        for (index, item) in list.items().enumerate() {
            keys.add(&self.item_key(each, &item, index, at)?);
        }
        Ok(Evaluated::Expanded(list, keys.all(), None))
    }

    /// The rows of a fan-out's list, where it is an input whose rows stand apart: they are not to be held all at once.
    pub fn rows_of(&self, fan: NodeId) -> Option<Arc<[ContentHash]>> {
        let input = self.state.step(fan).each()?.input.as_ref()?;
        match self.state.call_around(self.state.node(fan).scope) {
            Some(_) => None,
            None => self.state.started()?.lists.get(input).cloned(),
        }
    }

    /// What comes of such a fan-out before its list is looked at; nothing where it is to be done.
    pub fn before_rows(&self, fan: NodeId) -> Option<Evaluated> {
        let step = self.state.step(fan);
        let input = step.each().and_then(|each| each.input.as_ref());
        let is_list = |used: &&Used| matches!(used, Used::Input(name) if Some(name) == input);
        let others: Vec<_> = step.references.iter().filter(|used| !is_list(used)).cloned().collect();
        self.turn(fan, &others).err()
    }

    /// What some of its rows are known by, which begin at a place of the list.
    ///
    /// # Errors
    ///
    /// What comes of the fan-out where one of them has no key.
    pub fn keys_of(&self, fan: NodeId, rows: &[ContentHash], first: usize) -> Result<Vec<String>, Evaluated> {
        let Some(each) = self.state.step(fan).each() else { return Ok(Vec::new()) };
        let at = self.state.node(fan).scope;
        let key = |(place, row): (usize, &ContentHash)| {
            self.item_key(each, &self.values.get(Some(*row)), first + place, at)
        };
        let keys: Result<Vec<_>, _> = rows.iter().enumerate().map(key).collect();
        keys.map_err(|error| self.failed(fan, error))
    }

    /// What a step with steps inside begins with: a list, the first iteration, the inputs of a call.
    pub(super) fn inner(&self, body: &Body, scope: &Scope, node: NodeId) -> Result<Evaluated, StepError> {
        let at = self.state.node(node).scope;
        let evaluate = |tree: &Tree| tree.evaluate(scope).map_err(|error| self.failure(&error, at));
        let one =
            |value, key: &str| Ok(Evaluated::Expanded(Value::list(vec![value]), vec![Arc::from(key)], None));
        match body {
            Body::Each(each) => self.expand(each, evaluate(&each.list)?, at),
            Body::Repeat(_) => one(Value::NULL, &self.state.next_name(node)),
            Body::Call(call) => {
                let inputs = call.inputs(&evaluate(&call.with)?.to_json()).map_err(wrong)?;
                one(Value::from_json(inputs), "")
            }
            Body::Uses(_) => Ok(Evaluated::Skipped(SkipReason::Need)),
        }
    }

    /// What an item is known by: never its place, so that an edited list moves nobody.
    fn item_key(&self, each: &Each, item: &Value, index: usize, at: ScopeId) -> Result<String, StepError> {
        match &each.key {
            ItemKey::Computed(tree) => {
                // The key may read the item and what is outside the fan-out, never the item's own steps.
                let scope = self.scope(&outward(&each.references), at, false)?;
                let scope = bind_item(scope, &each.name, item, index, "");
                let key = tree.evaluate(&scope).map_err(|error| self.failure(&error, at))?;
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
}

/// The uses of an item's outputs and key that reach outside the item, as seen from the fan-out's own block.
fn outward(used: &[Used]) -> Vec<Used> {
    let outward = used.iter().filter_map(|used| match used {
        Used::Step { level: 0, .. } | Used::Var { level: 0, .. } => None,
        Used::Step { level, index, attribute } => {
            Some(Used::Step { level: level - 1, index: *index, attribute: *attribute })
        }
        Used::Var { level, index } => Some(Used::Var { level: level - 1, index: *index }),
        Used::Input(name) => Some(Used::Input(name.clone())),
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
