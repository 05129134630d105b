//! The outputs of items and of the workflow.

use super::World;
use crate::definition::{Body, Tree, Used};
use crate::expr::Value;
use crate::journal::StepError;
use crate::run::StepStatus;
use crate::state::{NodeId, ScopeId};
use indexmap::IndexMap;

impl World<'_> {
    /// Evaluates the outputs of an item whose steps have all ended, as [`outputs`](Self::outputs) does.
    pub fn item_outputs(&self, scope: ScopeId) -> (Value, Option<StepError>) {
        match self.state.scope(scope).parent.map(|holder| &self.state.step(holder).body) {
            Some(Body::Each(each)) => self.give(&each.outputs, &each.references, scope),
            Some(Body::Repeat(repeat)) => self.give(&repeat.outputs, &repeat.references, scope),
            Some(Body::Call(call)) => self.give(&call.workflow.outputs, &call.workflow.references, scope),
            Some(Body::Uses(_)) | None => (Value::NULL, None),
        }
    }

    /// What the `outputs` of a step that uses a kind make of what it gave; null where it did not succeed.
    pub(super) fn step_outputs(&self, node: NodeId) -> Value {
        let (step, known) = (self.state.step(node), self.state.node(node));
        if known.status != StepStatus::Succeeded {
            return Value::NULL;
        }
        let (outputs, _) = self.give(&step.outputs, &step.outputs_read, known.scope);
        outputs
    }

    /// Whether a repetition has what it is for, after an iteration; nothing where the file does not say.
    ///
    /// # Errors
    ///
    /// When that cannot be computed, or is neither true nor false.
    pub fn until(&self, scope: ScopeId) -> Result<Option<bool>, StepError> {
        let holder = self.state.scope(scope).parent;
        let Some(repeat) = holder.and_then(|holder| self.state.step(holder).repeat()) else {
            return Ok(None);
        };
        let Some(until) = &repeat.until else { return Ok(None) };
        let bindings = self.scope(&repeat.references, scope, false)?;
        self.is_true(until, "until", &bindings, scope).map(Some)
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
        let bindings = match self.scope(used, at, false) {
            Ok(bindings) => bindings,
            Err(error) => return (Value::NULL, Some(error)),
        };
        let mut error = None;
        let mut pairs = Vec::with_capacity(outputs.len());
        for (name, tree) in outputs {
            let value = tree.evaluate(&bindings).unwrap_or_else(|failure| {
                if !self.reads_unsuccessful(tree, at) && error.is_none() {
                    error = Some(self.failure(&failure, at));
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
