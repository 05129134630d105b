//! The outputs of items and of the workflow.

use super::World;
use crate::definition::{Tree, Used};
use crate::expr::Value;
use crate::journal::StepError;
use crate::run::StepStatus;
use crate::state::ScopeId;
use indexmap::IndexMap;

impl World<'_> {
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
}
