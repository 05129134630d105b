//! Whether what a step gave has come to where it was to go.

use super::{Decision, NodeId, RunState, ScopeId};
use crate::definition::{Attribute, Body, Used, Workflow};
use crate::graph::Strength;
use crate::run::StepStatus;
use outx_model::ContentHash;
use std::collections::HashSet;

impl RunState {
    /// Values that what is decided next probably reads: the rows of items, and what steps beside it gave.
    pub(crate) fn wanted_next(&self) -> impl Iterator<Item = ContentHash> {
        let wanted = self.decisions.iter().filter_map(|decision| match decision {
            Decision::Evaluate(node) => Some((self.nodes[node.at()].scope, &self.step(*node).references)),
            Decision::Close(scope) => Some((*scope, self.read_at_its_end(*scope)?)),
            _ => None,
        });
        wanted.flat_map(move |(scope, references)| {
            let given = references.iter().filter_map(move |used| match used {
                Used::Step { level: 0, index, attribute: Attribute::Output } => {
                    self.nodes[self.node_in(scope, *index).at()].result.as_ref()?.output
                }
                _ => None,
            });
            self.scopes[scope.at()].row.into_iter().chain(given)
        })
    }

    /// Whether a step and all that depends on it, also through the outputs of what it is inside of, has succeeded.
    pub fn has_arrived(&self, node: NodeId) -> bool {
        let mut known = HashSet::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if !known.insert(node) {
                continue;
            }
            if self.nodes[node.at()].status != StepStatus::Succeeded {
                return false;
            }
            let (scope, step) = (self.nodes[node.at()].scope, self.nodes[node.at()].step);
            let graph = &self.block(scope).graph;
            for next in graph.dependents(step) {
                let reads = |(on, strength): &(usize, Strength)| *on == step && *strength != Strength::Order;
                if graph.dependencies(*next).iter().any(reads) {
                    open.push(self.node_in(scope, *next));
                }
            }
            if let Some(holder) = self.scopes[scope.at()].parent
                && self.gives_on(scope, step)
            {
                open.push(holder);
            }
        }
        true
    }

    /// Whether the outputs of what a block is inside of read one of its steps.
    fn gives_on(&self, scope: ScopeId, step: usize) -> bool {
        let references = self.read_at_its_end(scope);
        references.is_some_and(|references| reads(self.workflow_of(scope), references, 0, step))
    }

    /// What is read when a block ends that is inside of a step.
    fn read_at_its_end(&self, scope: ScopeId) -> Option<&Vec<Used>> {
        match &self.step(self.scopes[scope.at()].parent?).body {
            Body::Each(each) => Some(&each.references),
            Body::Repeat(repeat) => Some(&repeat.references),
            Body::Call(call) => Some(&call.workflow.references),
            Body::Uses(_) => None,
        }
    }
}

/// Whether some references, from so many blocks further in, read a step.
fn reads(workflow: &Workflow, references: &[Used], further_in: usize, step: usize) -> bool {
    references.iter().any(|used| match used {
        Used::Step { level, index, .. } => *level == further_in && *index == step,
        // It is computed in a block further out, and reads what it does from there.
        Used::Var { level, index } => {
            let var = workflow.vars.get(*index).filter(|_| *level <= further_in);
            var.is_some_and(|var| reads(workflow, &var.references, further_in - level, step))
        }
        Used::Input(_) | Used::Root(_) => false,
    })
}
