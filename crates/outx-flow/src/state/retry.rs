//! Doing once more what has ended.

use super::{NodeId, NodeState, RunState, ScopeId};
use crate::kind::KindEffect;
use crate::run::{RunStatus, StepStatus};
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl RunState {
    /// A step that has ended begins its next attempt; what is around it is open again.
    pub(super) fn retry(&mut self, node: NodeId) -> Result<(), &'static str> {
        let known = &self.nodes[node.at()];
        if !known.status.is_end() {
            return Err("the step has not ended");
        }
        let repeats = self.step(node).repeat().is_some();
        if !known.items.is_empty() && !repeats {
            return Err("steps inside of it were begun");
        }
        if self.scopes[known.scope.at()].removed {
            return Err("its item is in the list no more");
        }
        if self.stopped.as_ref().is_some_and(|stopped| stopped.status == RunStatus::Cancelled) {
            return Err("the run was cancelled");
        }
        let part = self.part_of(node);
        self.is_ending(part)?;
        self.stopped = None;
        self.drop_later_parts(part);
        let was_past = self.is_past(self.nodes[node.at()].scope);
        self.reopen(node);
        if was_past {
            self.list_again_around(node);
        }
        let NodeState { scope, step, attempt, .. } = self.nodes[node.at()];
        let blocked = self.open_dependencies(node);
        if repeats {
            let anew = self.begin_anew(node);
            self.nodes[node.at()] = NodeState { attempt: attempt + 1, blocked, ..anew };
        } else if self.nodes[node.at()].removed.is_empty() {
            self.nodes[node.at()] =
                NodeState { attempt: attempt + 1, ..NodeState::new(scope, step, blocked) };
        } else {
            // What its items did is not forgotten.
            self.ask_for_list(node);
            (self.nodes[node.at()].attempt, self.nodes[node.at()].blocked) = (attempt + 1, blocked);
        }
        self.turn(node);
        Ok(())
    }

    /// The lists around a step within an iteration were left alone when the run was changed after that had ended: who is in
    /// them no more is not worked on again.
    fn list_again_around(&mut self, node: NodeId) {
        let mut within = Vec::new();
        let mut scope = self.nodes[node.at()].scope;
        while let Some(holder) = self.scopes[scope.at()].parent.filter(|it| self.step(*it).repeat().is_none())
        {
            within.push(holder);
            scope = self.nodes[holder.at()].scope;
        }
        for holder in within.into_iter().rev() {
            if !self.nodes[holder.at()].relisting && self.ask_for_list(holder) {
                self.turn(holder);
            }
        }
    }

    /// A step does not count as ended any more, nor does what holds it.
    fn reopen(&mut self, node: NodeId) {
        let NodeState { scope, step, .. } = self.nodes[node.at()];
        let first = self.scopes[scope.at()].first;
        for next in self.block(scope).graph.dependents(step).to_vec() {
            let next = NodeId::new(first + next);
            if self.nodes[next.at()].is_to_evaluate() {
                self.nodes[next.at()].blocked += 1;
                // Its turn had come, and comes again: until then it has no place, and waits for none.
                self.leave_queue(next);
                self.release(next);
            }
        }
        self.scopes[scope.at()].left += 1;
        let Some(fan) = self.scopes[scope.at()].parent else { return };
        if self.scopes[scope.at()].result.take().is_some() {
            self.nodes[fan.at()].items_left += 1;
        }
        let around = &mut self.nodes[fan.at()];
        if around.status.is_end() {
            around.status = StepStatus::Running;
            around.finished_at = None;
            around.result = None;
            self.reopen(fan);
        }
    }

    /// How many of the steps that it waits for have not ended.
    pub(super) fn open_dependencies(&self, node: NodeId) -> usize {
        let NodeState { scope, step, .. } = self.nodes[node.at()];
        let first = self.scopes[scope.at()].first;
        let before = self.block(scope).graph.dependencies(step);
        before.iter().filter(|(on, _)| !self.nodes[first + *on].status.is_end()).count()
    }

    /// What is done once more when some steps are: these, and what rests on them, as far as it has ended and nothing
    /// was sent by it. In an order in which it can be told, each step after those that it rests on.
    pub fn to_retry(&self, steps: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        let is_end = |node: NodeId| self.nodes[node.at()].status.is_end();
        self.resting_on(steps, |node| self.may_be_done_again(node), is_end)
    }

    /// Some steps, and what rests on them as far as it may be done again; also what rests on a fan-out around one of
    /// them, where that says so.
    pub(super) fn resting_on(
        &self,
        steps: impl IntoIterator<Item = NodeId>,
        may: impl Fn(NodeId) -> bool,
        reaches_out_of: impl Fn(NodeId) -> bool,
    ) -> Vec<NodeId> {
        let mut again: BTreeSet<NodeId> = BTreeSet::new();
        // Fan-outs that are open again because something in them is.
        let mut open: Vec<NodeId> = steps.into_iter().collect();
        let named: BTreeSet<NodeId> = open.iter().copied().collect();
        while let Some(node) = open.pop() {
            let known = &self.nodes[node.at()];
            let is_done_again = known.items.is_empty() || named.contains(&node);
            if is_done_again && !again.insert(node) {
                continue;
            }
            let first = self.scopes[known.scope.at()].first;
            for next in self.block(known.scope).graph.dependents(known.step) {
                let next = NodeId::new(first + next);
                if may(next) && !again.contains(&next) {
                    open.push(next);
                }
            }
            open.extend(self.scopes[known.scope.at()].parent.filter(|fan| reaches_out_of(*fan)));
        }
        // What comes later in the run is done anew when these have ended.
        let first = again.iter().map(|node| self.part_of(*node)).min();
        let mut order: Vec<_> = again.into_iter().filter(|node| Some(self.part_of(*node)) == first).collect();
        order.sort_by_key(|node| {
            let known = &self.nodes[node.at()];
            // What is within a fan-out stands before what rests on the fan-out.
            (Reverse(known.scope), self.block(known.scope).graph.place(known.step))
        });
        order
    }

    /// What rests on a step that is done once more: a write that was sent stays what it is, and so does a fan-out whose
    /// items were begun.
    fn may_be_done_again(&self, node: NodeId) -> bool {
        let known = &self.nodes[node.at()];
        let was_sent = self.writes(node) && known.status == StepStatus::Succeeded;
        known.status.is_end() && known.items.is_empty() && !was_sent
    }

    /// Whether a step changes something on LinkedIn.
    pub(super) fn writes(&self, node: NodeId) -> bool {
        self.step(node).uses().is_some_and(|uses| uses.kind.effect() == KindEffect::Write)
    }

    /// The steps that failed by themselves: of those with steps inside, which fail with those, the repetitions alone that
    /// did not get what they are for. They begin anew, with all that is in them.
    pub fn failed_steps(&self) -> Vec<NodeId> {
        let is_wanted = |node: &NodeState| !self.scopes[node.scope.at()].removed;
        let failed = self.nodes().filter(|(id, node)| {
            let by_itself = node.items.is_empty() || self.failed_to_get(*id);
            node.status == StepStatus::Failed
                && is_wanted(node)
                && by_itself
                && !self.is_begun_anew(node.scope)
        });
        failed.map(|(id, _)| id).collect()
    }

    /// Whether a block is inside of a repetition that is to begin anew.
    fn is_begun_anew(&self, scope: ScopeId) -> bool {
        let mut at = scope;
        while let Some(holder) = self.scopes[at.at()].parent {
            if self.failed_to_get(holder) {
                return true;
            }
            at = self.nodes[holder.at()].scope;
        }
        false
    }
}
