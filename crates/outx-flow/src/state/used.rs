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
        self.arrives(node, None)
    }

    /// Whether what a step gave in an iteration has come to where it was to go, as far as the iteration is concerned: all in
    /// it that depends on the step has succeeded. Where nothing in it does, and the iteration's outputs read the step, it is
    /// where the repetition's own outputs go: the next iteration takes them away.
    pub fn has_arrived_within(&self, node: NodeId, iteration: ScopeId) -> bool {
        self.arrives(node, Some(iteration))
    }

    /// The steps of a block, with those of all blocks inside of it.
    pub(crate) fn all_in(&self, scope: ScopeId) -> Vec<NodeId> {
        let mut all: Vec<_> = self.nodes_in(scope).collect();
        let mut next = 0;
        while let Some(node) = all.get(next) {
            let items = self.nodes[node.at()].items.clone();
            all.extend(items.into_iter().flat_map(|item| self.nodes_in(item)));
            next += 1;
        }
        all
    }

    fn arrives(&self, node: NodeId, iteration: Option<ScopeId>) -> bool {
        let mut known = HashSet::new();
        let mut open = vec![node];
        let (mut is_used, mut is_given_out) = (false, false);
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
                    is_used = true;
                    open.push(self.node_in(scope, *next));
                }
            }
            if let Some(holder) = self.scopes[scope.at()].parent
                && self.gives_on(scope, step)
            {
                if iteration == Some(scope) {
                    is_given_out = true;
                } else {
                    open.push(holder);
                }
            }
        }
        is_used || !is_given_out
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
