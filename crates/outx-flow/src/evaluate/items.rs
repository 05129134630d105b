//! A fan-out's list, and what each of its items is known by.

use super::bindings::bind_item;
use super::{Evaluated, World, short};
use crate::definition::{Body, Each, ItemKey, Used};
use crate::expr::{Scope, Value};
use crate::journal::{SkipReason, StepError, StepErrorKind};
use crate::state::{NodeId, ScopeId};
use outx_model::ContentHash;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many items a fan-out may have.
pub const MAX_ITEMS: usize = 100_000;

impl World<'_> {
    pub(super) fn expand(&self, each: &Each, list: Value, at: ScopeId) -> Evaluated {
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
        Evaluated::Expanded(list, keys, None)
    }

    /// Evaluates the list of a fan-out that has one already. Where that is not possible there is no list any more: it is
    /// not known who is still wanted.
    pub(super) fn list_again(&self, node: NodeId) -> Evaluated {
        let step = self.state.step(node);
        let unlisted = |error| Evaluated::Expanded(Value::list(Vec::new()), Vec::new(), Some(error));
        if self.lacks_need(node) {
            let message = "its list cannot be evaluated again, for what it needs did not succeed".to_owned();
            return unlisted(StepError { kind: StepErrorKind::Expression, message });
        }
        let at = self.state.node(node).scope;
        let scope = match self.scope(&step.references, at, true) {
            Ok(scope) => scope,
            Err(error) => return unlisted(error),
        };
        match self.holds(step, &scope, at) {
            Ok(true) => {}
            // Who says by now that it is not to be done wants nobody of its list.
            Ok(false) => return Evaluated::Expanded(Value::list(Vec::new()), Vec::new(), None),
            Err(error) => return unlisted(error),
        }
        match self.inner(&step.body, &scope, node) {
            Evaluated::Failed(error) => unlisted(error),
            listed => listed,
        }
    }

    /// What a step with steps inside begins with: a list, the first iteration, the inputs of a call.
    pub(super) fn inner(&self, body: &Body, scope: &Scope, node: NodeId) -> Evaluated {
        let at = self.state.node(node).scope;
        let one =
            |value, key: &str| Evaluated::Expanded(Value::list(vec![value]), vec![Arc::from(key)], None);
        match body {
            Body::Each(each) => match each.list.evaluate(scope) {
                Ok(list) => self.expand(each, list, at),
                Err(error) => Evaluated::Failed(self.failure(&error, at)),
            },
            Body::Repeat(_) => one(Value::NULL, &self.state.next_name(node)),
            Body::Call(call) => match call.with.evaluate(scope) {
                Ok(with) => match call.inputs(&with.to_json()) {
                    Ok(inputs) => one(Value::from_json(inputs), ""),
                    Err(message) => Evaluated::Failed(StepError { kind: StepErrorKind::Expression, message }),
                },
                Err(error) => Evaluated::Failed(self.failure(&error, at)),
            },
            Body::Uses(_) => Evaluated::Skipped(SkipReason::Need),
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
