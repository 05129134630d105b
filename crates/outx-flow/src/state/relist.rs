//! The list of a fan-out, evaluated once more: new keys begin, and those that are gone do nothing more.

use super::fold::Holder;
use super::{Decision, NodeId, RunState, ScopeId};
use crate::journal::SkipReason;
use crate::run::StepStatus;
use jiff::Timestamp;
use outx_model::ContentHash;
use std::collections::HashMap;
use std::sync::Arc;

impl RunState {
    /// Takes a decision about a step within a fan-out whose list is to be evaluated once more: true where it has to
    /// wait for that.
    pub(super) fn hold(&mut self, node: NodeId, decision: Decision) -> bool {
        let mut scope = self.nodes[node.at()].scope;
        while let Some(fan) = self.scopes[scope.at()].parent {
            if self.nodes[fan.at()].relisting {
                self.held.entry(fan).or_default().push(decision);
                return true;
            }
            scope = self.nodes[fan.at()].scope;
        }
        false
    }

    /// A step that was begun, and whose effect nobody works on, is begun again; one that may not have sent anything
    /// yet not before it is known whether it is still wanted.
    pub(super) fn begin_again(&mut self, node: NodeId) {
        let task = self.nodes[node.at()].task.as_ref();
        let has_task = task.is_some_and(|task| task.task_id.is_some());
        if has_task || !self.hold(node, Decision::Begin(node)) {
            self.decisions.push_back(Decision::Begin(node));
        }
    }

    /// A fan-out has another list. An item that is in both keeps its facts, whatever its place and its row are now.
    pub(super) fn relist(
        &mut self,
        fan: NodeId,
        list: ContentHash,
        (keys, rows): (&[Arc<str>], &[ContentHash]),
        at: Timestamp,
    ) {
        let held = self.held.remove(&fan).unwrap_or_default();
        let mut turns = self.clear_queue(fan);
        let node = &mut self.nodes[fan.at()];
        (node.relisting, node.input) = (false, Some(list));
        let before = std::mem::take(&mut node.items).into_iter().chain(std::mem::take(&mut node.removed));
        let before: Vec<_> = before.collect();
        let mut known: HashMap<_, _> =
            before.iter().map(|scope| (self.scopes[scope.at()].key.clone(), *scope)).collect();
        let mut items = Vec::with_capacity(keys.len());
        for (item, key) in keys.iter().enumerate() {
            let scope = if let Some(scope) = known.remove(key) {
                let state = &mut self.scopes[scope.at()];
                (state.list, state.item) = (Some(list), item);
                if state.removed {
                    self.restore(scope, &mut turns);
                }
                scope
            } else {
                let path = self.path_inside(fan, key);
                let scope = self.add(Holder::Step(fan), Some(list), item, key.clone(), path);
                turns.extend(self.nodes_in(scope));
                scope
            };
            self.scopes[scope.at()].row = rows.get(item).copied();
            items.push(scope);
        }
        let removed: Vec<_> =
            before.into_iter().filter(|scope| known.contains_key(&self.scopes[scope.at()].key)).collect();
        for scope in &removed {
            self.withdraw(*scope, at);
        }
        let node = &mut self.nodes[fan.at()];
        (node.items, node.removed) = (items, removed);
        self.count_items(fan);
        for decision in held {
            match decision {
                Decision::Evaluate(node) => turns.push(node),
                Decision::Begin(node) => self.begin_again(node),
                other => self.decisions.push_back(other),
            }
        }
        // In the order of the new list, so that places are given in it.
        turns.sort_by_cached_key(|node| (self.item_within(*node, fan), *node));
        turns.dedup();
        for node in turns {
            self.turn(node);
        }
        if self.nodes[fan.at()].items_left == 0 {
            self.decisions.push_back(Decision::Join(fan));
        }
        if self.step(fan).call().is_some() {
            // Its block may have ended meanwhile.
            self.decisions.extend(self.nodes[fan.at()].items.iter().copied().map(Decision::Close));
        }
    }

    /// A step is ready if nothing is in its way.
    pub(super) fn turn(&mut self, node: NodeId) {
        let known = &self.nodes[node.at()];
        if known.is_to_evaluate() && known.blocked == 0 {
            self.ready(node);
        }
    }

    /// An item is in its list no more: what was not begun is left out. What was begun goes on to its end, and sends
    /// nothing.
    fn withdraw(&mut self, scope: ScopeId, at: Timestamp) {
        self.scopes[scope.at()].removed = true;
        let left_out = self.leave_out(scope, at);
        self.scopes[scope.at()].left -= left_out;
        for node in self.nodes_in(scope) {
            self.nodes[node.at()].relisting = false;
            for held in self.held.remove(&node).unwrap_or_default() {
                if let Decision::Begin(node) = held {
                    self.begin_again(node);
                }
            }
            let known = &self.nodes[node.at()];
            let inner: Vec<_> = known.items.iter().chain(&known.removed).copied().collect();
            for item in inner {
                self.withdraw(item, at);
            }
            let known = &self.nodes[node.at()];
            if self.step(node).block().is_some() && !known.status.is_end() && known.items_left == 0 {
                self.decisions.push_back(Decision::Join(node));
            }
        }
        let state = &self.scopes[scope.at()];
        if state.left == 0 && state.result.is_none() {
            self.decisions.push_back(Decision::Close(scope));
        }
    }

    /// Leaves out what was not begun in an item that is in its list no more; gives how many steps those are.
    pub(super) fn leave_out(&mut self, scope: ScopeId, at: Timestamp) -> usize {
        let mut left_out = 0;
        for node in self.nodes_in(scope) {
            if self.nodes[node.at()].status != StepStatus::NotStarted {
                continue;
            }
            self.leave_queue(node);
            self.release(node);
            let known = &mut self.nodes[node.at()];
            known.status = StepStatus::Skipped;
            known.skipped = Some(SkipReason::Removed);
            known.finished_at = Some(at);
            left_out += 1;
        }
        left_out
    }

    /// An item is in its list again: what was left out for want of it has its turn.
    fn restore(&mut self, scope: ScopeId, turns: &mut Vec<NodeId>) {
        self.scopes[scope.at()].removed = false;
        for node in self.nodes_in(scope) {
            if self.go_on_with(node, turns) {
                continue;
            }
            let known = &mut self.nodes[node.at()];
            if known.skipped == Some(SkipReason::Removed) {
                known.status = StepStatus::NotStarted;
                (known.skipped, known.finished_at) = (None, None);
                turns.push(node);
            } else if self.ask_for_list(node) {
                turns.push(node);
            }
        }
        self.count_steps(scope);
    }

    /// A repetition that has begun goes on where it was: it has no list that could be another one. True for such a step.
    fn go_on_with(&mut self, node: NodeId, turns: &mut Vec<NodeId>) -> bool {
        let iterations = self.nodes[node.at()].items.clone();
        if self.step(node).repeat().is_none() || iterations.is_empty() {
            return false;
        }
        let known = &mut self.nodes[node.at()];
        if known.skipped == Some(SkipReason::Removed) {
            known.status = StepStatus::Running;
            (known.skipped, known.finished_at) = (None, None);
        } else if known.status.is_end() {
            for iteration in iterations {
                self.want(iteration);
            }
            return true;
        }
        for iteration in iterations {
            self.restore(iteration, turns);
        }
        self.count_items(node);
        let known = &self.nodes[node.at()];
        if !known.status.is_end() && known.items_left == 0 {
            self.decisions.push_back(Decision::Join(node));
        }
        true
    }

    /// What has ended in a block is wanted again, and stays what it is.
    fn want(&mut self, scope: ScopeId) {
        self.scopes[scope.at()].removed = false;
        for node in self.nodes_in(scope) {
            let items = self.nodes[node.at()].items.clone();
            for item in items {
                self.want(item);
            }
        }
    }

    /// A fan-out that has a list is to have another one: true for such a step.
    pub(super) fn ask_for_list(&mut self, node: NodeId) -> bool {
        if !self.step(node).has_list() || self.nodes[node.at()].input.is_none() {
            return false;
        }
        let known = &mut self.nodes[node.at()];
        known.relisting = true;
        known.status = StepStatus::Running;
        (known.result, known.finished_at, known.list_error) = (None, None, None);
        true
    }

    /// Counts the steps of a block that have not ended, and for each what it waits for; an item that is not whole has not
    /// ended.
    pub(super) fn count_steps(&mut self, scope: ScopeId) {
        let mut left = 0;
        for node in self.nodes_in(scope) {
            left += usize::from(!self.nodes[node.at()].status.is_end());
            if self.nodes[node.at()].is_to_evaluate() {
                self.nodes[node.at()].blocked = self.open_dependencies(node);
            }
        }
        let state = &mut self.scopes[scope.at()];
        state.left = left;
        if left > 0 {
            state.result = None;
        }
    }

    /// Counts the items of a fan-out that have not ended.
    pub(super) fn count_items(&mut self, fan: NodeId) {
        let known = &self.nodes[fan.at()];
        let open = |scope: &&ScopeId| self.scopes[scope.at()].result.is_none();
        let left = known.items.iter().chain(&known.removed).filter(open).count();
        self.nodes[fan.at()].items_left = left;
    }

    /// What rests on a fan-out's list, also further out, has ended and is computed once more when the list is another
    /// one: no writes, but for those that were left out, and no fan-outs, whose own lists are evaluated once more. In an
    /// order in which it can be told.
    pub fn to_redo(&self, fan: NodeId) -> Vec<NodeId> {
        let may = |node: NodeId| {
            let known = &self.nodes[node.at()];
            let has_list = self.step(node).block().is_some() && known.input.is_some();
            let was_left_out = known.status == StepStatus::Skipped;
            known.status.is_end() && !has_list && (was_left_out || !self.writes(node))
        };
        let mut again = self.resting_on([fan], may, |_| true);
        again.retain(|node| *node != fan);
        again
    }
}
