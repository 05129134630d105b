//! A run that was given other inputs, or another definition.

use super::fold::Holder;
use super::{Decision, NodeId, NodeState, Part, RunState, ScopeId};
use crate::definition::{Block, Workflow};
use crate::journal::Lists;
use crate::journal::apart::inputs_of;
use crate::run::{RunStatus, StepStatus};
use jiff::Timestamp;
use outx_model::ContentHash;
use std::sync::Arc;

impl RunState {
    /// The run goes on with other inputs, and with another definition where one is named. What was begun stays what it is,
    /// found by its path; every list is evaluated once more.
    pub(super) fn revise(
        &mut self,
        (inputs, lists): (ContentHash, &Lists),
        definition: Option<ContentHash>,
        at: Timestamp,
    ) -> Result<(), String> {
        if self.stopped.as_ref().is_some_and(|stopped| stopped.status == RunStatus::Cancelled) {
            return Err("the run was cancelled".to_owned());
        }
        let workflow = match definition {
            None => self.workflow.clone(),
            Some(address) => {
                let known = self.definitions.later.get(&address).cloned();
                known.ok_or_else(|| format!("its definition {address} is not at hand"))?
            }
        };
        self.may_go_on_as(&workflow)?;
        self.rebuild(workflow, at);
        if let Some(started) = &mut self.started {
            started.inputs = inputs;
            started.lists = lists.clone();
            started.known_by = inputs_of(inputs, lists);
        }
        Ok(())
    }

    /// Whether the run can go on with another definition: what is under way must be in it, and what was begun must be
    /// what it is.
    ///
    /// # Errors
    ///
    /// Why it cannot, in a sentence.
    pub fn may_go_on_as(&self, workflow: &Workflow) -> Result<(), String> {
        self.is_ending(Part::Main).map_err(str::to_owned)?;
        self.root().map_or(Ok(()), |root| self.may_become(root, &workflow.block))
    }

    /// Whether the steps of a block can go on as those of another.
    fn may_become(&self, scope: ScopeId, block: &Block) -> Result<(), String> {
        for node in self.nodes_in(scope) {
            let (known, step, path) = (self.node(node), self.step(node), self.path(node));
            let Some(new) = block.by_id.get(&step.id).map(|index| &block.steps[*index]) else {
                if known.status == StepStatus::NotStarted || known.status.is_end() {
                    continue;
                }
                return Err(format!("`{path}` is under way, and the new definition has no such step"));
            };
            if matches!(known.status, StepStatus::NotStarted | StepStatus::Skipped) {
                continue;
            }
            let (was, becomes) = (step.does(), new.does());
            if was != becomes {
                return Err(format!(
                    "`{path}` was begun as {was}, and the new definition makes it {becomes}; give the step another id"
                ));
            }
            if let Some(inner) = new.block() {
                for item in known.items.iter().chain(&known.removed) {
                    self.may_become(*item, inner)?;
                }
            }
        }
        Ok(())
    }

    /// Builds the state anew around what is known of each step.
    fn rebuild(&mut self, workflow: Arc<Workflow>, at: Timestamp) {
        let fresh = Self { workflow, ..Self::new(self.definitions.clone()) };
        let mut old = std::mem::replace(self, fresh);
        old.drop_later_parts(Part::Main);
        self.next_attempt = old.next_attempt;
        (self.started, self.moved_at) = (old.started.take(), old.moved_at);
        if let Some(root) = old.root() {
            self.carry(&mut old, root, Holder::Run(Part::Main));
        }
        for scope in (0..self.scopes.len()).map(ScopeId::new) {
            if self.scopes[scope.at()].removed || self.is_past(scope) {
                // Steps that come with the definition are nothing for who was removed before, nor for an iteration that
                // is over.
                self.leave_out(scope, at);
            }
        }
        let all: Vec<_> = (0..self.nodes.len()).map(NodeId::new).collect();
        for node in &all {
            let scope = self.nodes[node.at()].scope;
            if !self.scopes[scope.at()].removed && !self.is_past(scope) {
                self.ask_for_list(*node);
            }
        }
        for scope in (0..self.scopes.len()).map(ScopeId::new) {
            self.count_steps(scope);
        }
        for node in &all {
            if self.step(*node).block().is_some() && self.nodes[node.at()].input.is_some() {
                self.count_items(*node);
                self.add_gate(*node);
            }
        }
        for node in &all {
            let is_begun = self.nodes[node.at()].status == StepStatus::Running;
            if is_begun && self.step(*node).has_effect() {
                self.occupy(*node);
            }
        }
        for node in &all {
            self.turn(*node);
        }
        self.conclude(&all);
    }

    /// What has nothing left to do ends.
    fn conclude(&mut self, all: &[NodeId]) {
        let items = self.scopes.iter().enumerate().filter(|(_, scope)| scope.parent.is_some());
        let whole = items.filter(|(_, scope)| scope.left == 0 && scope.result.is_none());
        self.decisions.extend(whole.map(|(number, _)| Decision::Close(ScopeId::new(number))));
        for node in all {
            let known = &self.nodes[node.at()];
            let has_list = self.step(*node).block().is_some() && known.input.is_some();
            if has_list && !known.status.is_end() && !known.relisting && known.items_left == 0 {
                self.decisions.push_back(Decision::Join(*node));
            }
        }
        if self.scopes.first().is_some_and(|root| root.left == 0) {
            self.part_ended(Part::Main);
        }
    }

    /// A block with what is known of its steps.
    fn carry(&mut self, old: &mut Self, from: ScopeId, holder: Holder) -> ScopeId {
        let was = &mut old.scopes[from.at()];
        let (list, item, key, path) = (was.list, was.item, was.key.clone(), was.path.clone());
        let (row, result, removed, ended) = (was.row, was.result.take(), was.removed, was.ended);
        let scope = self.add(holder, list, item, key, path);
        let state = &mut self.scopes[scope.at()];
        (state.row, state.result, state.removed, state.ended) = (row, result, removed, ended);
        for (step, node) in self.nodes_in(scope).enumerate().collect::<Vec<_>>() {
            let Some(index) = old.block(from).by_id.get(&self.step(node).id).copied() else { continue };
            let before = old.node_in(from, index);
            let becomes = self.step(node).does() != old.step(before).does();
            let mut known = std::mem::replace(&mut old.nodes[before.at()], NodeState::new(from, index, 0));
            if becomes {
                // It was not begun, or left out: what it would have sent is nothing to what it is now.
                let NodeState { status, attempt, iterations_before, finished_at, skipped, .. } = known;
                let fresh = NodeState::new(scope, step, 0);
                known = NodeState { status, attempt, finished_at, skipped, iterations_before, ..fresh };
            }
            let (items, removed) = (known.items, known.removed);
            self.nodes[node.at()] = NodeState {
                scope,
                step,
                blocked: 0,
                holds_place: false,
                queued_at: None,
                items: Vec::new(),
                removed: Vec::new(),
                items_left: 0,
                relisting: false,
                ..known
            };
            let carried = |this: &mut Self, old: &mut Self, all: Vec<ScopeId>| {
                all.into_iter().map(|item| this.carry(old, item, Holder::Step(node))).collect()
            };
            let items = carried(self, old, items);
            let removed = carried(self, old, removed);
            let known = &mut self.nodes[node.at()];
            (known.items, known.removed) = (items, removed);
        }
        scope
    }
}
