//! How many items of a fan-out may have an effect in flight.

use super::{Decision, NodeId, RunState, ScopeId};
use std::collections::BTreeSet;

/// The places of one fan-out.
#[derive(Debug)]
pub(super) struct Gate {
    places: usize,
    taken: usize,
    /// Steps whose turn has come, by their item's place in the list.
    queue: BTreeSet<(usize, NodeId)>,
}

impl Gate {
    pub(super) fn new(places: usize) -> Self {
        Self { places, taken: 0, queue: BTreeSet::new() }
    }

    fn is_full(&self) -> bool {
        self.taken >= self.places
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    #[cfg(test)]
    pub(super) fn queued(&self) -> impl Iterator<Item = NodeId> {
        self.queue.iter().map(|(_, node)| *node)
    }

    #[cfg(test)]
    pub(super) fn has(&self, item: usize, node: NodeId) -> bool {
        self.queue.contains(&(item, node))
    }
}

impl RunState {
    /// A step's turn has come. One with an effect needs a place in each fan-out around it, and waits where
    /// there is none; an item that has a place has it for all of its steps.
    pub(super) fn ready(&mut self, node: NodeId) {
        if self.hold(node, Decision::Evaluate(node)) {
            return;
        }
        if self.step(node).has_effect() {
            if let Some((fan, item)) = self.no_place(node) {
                if let Some(gate) = self.gates.get_mut(&fan) {
                    gate.queue.insert((item, node));
                }
                self.nodes[node.at()].queued_at = Some(fan);
                return;
            }
            self.occupy(node);
        }
        self.decisions.push_back(Decision::Evaluate(node));
    }

    /// A fan-out's list is known: so many of its items may work at once.
    pub(super) fn add_gate(&mut self, fan: NodeId) {
        let places = self.step(fan).each().map_or(1, |each| each.concurrency);
        self.gates.insert(fan, Gate::new(places));
    }

    /// Nobody waits for a place of a fan-out any more; gives those who did.
    pub(super) fn clear_queue(&mut self, fan: NodeId) -> Vec<NodeId> {
        let queue = self.gates.get_mut(&fan).map(|gate| std::mem::take(&mut gate.queue)).unwrap_or_default();
        let queued: Vec<_> = queue.into_iter().map(|(_, node)| node).collect();
        for node in &queued {
            self.nodes[node.at()].queued_at = None;
        }
        queued
    }

    /// A step wants no place any more.
    pub(super) fn leave_queue(&mut self, node: NodeId) {
        let Some(fan) = self.nodes[node.at()].queued_at.take() else { return };
        let item = self.item_within(node, fan);
        if let Some(gate) = self.gates.get_mut(&fan) {
            gate.queue.remove(&(item, node));
        }
    }

    /// The innermost fan-out that has no place for a step, and the item that the step belongs to there.
    fn no_place(&self, node: NodeId) -> Option<(NodeId, usize)> {
        let mut scope = self.nodes[node.at()].scope;
        while let Some(fan) = self.scopes[scope.at()].parent {
            let item = &self.scopes[scope.at()];
            if item.in_flight == 0 && self.gates.get(&fan).is_some_and(Gate::is_full) {
                return Some((fan, item.item));
            }
            scope = self.nodes[fan.at()].scope;
        }
        None
    }

    /// Counts a step against the concurrency of each fan-out around it.
    pub(super) fn occupy(&mut self, node: NodeId) {
        if std::mem::replace(&mut self.nodes[node.at()].holds_place, true) {
            return;
        }
        let mut scope = self.nodes[node.at()].scope;
        while let Some(fan) = self.scopes[scope.at()].parent {
            self.scopes[scope.at()].in_flight += 1;
            if self.scopes[scope.at()].in_flight == 1
                && let Some(gate) = self.gates.get_mut(&fan)
            {
                gate.taken += 1;
            }
            scope = self.nodes[fan.at()].scope;
        }
    }

    /// Gives a step's places to others: it ended, is in doubt, or waits for something outside.
    pub fn release(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.nodes[node.at()].holds_place, false) {
            return;
        }
        let mut scope = self.nodes[node.at()].scope;
        let mut freed = Vec::new();
        while let Some(fan) = self.scopes[scope.at()].parent {
            self.scopes[scope.at()].in_flight -= 1;
            if self.scopes[scope.at()].in_flight == 0
                && let Some(gate) = self.gates.get_mut(&fan)
            {
                gate.taken -= 1;
                freed.push(fan);
            }
            scope = self.nodes[fan.at()].scope;
        }
        for fan in freed {
            self.let_in(fan);
        }
    }

    /// Lets those in who wait for a place of a fan-out, in the order of the list, as far as there are any.
    fn let_in(&mut self, fan: NodeId) {
        while let Some(gate) = self.gates.get(&fan)
            && let Some(&(_, node)) = gate.queue.first()
        {
            if gate.is_full() && self.scopes[self.scope_within(node, fan).at()].in_flight == 0 {
                return;
            }
            if let Some(gate) = self.gates.get_mut(&fan) {
                gate.queue.pop_first();
            }
            self.nodes[node.at()].queued_at = None;
            // It may have to wait again, at another fan-out around it.
            self.ready(node);
        }
    }

    /// A fact came for a step that waits for a place: others gave theirs up, which is not among the facts.
    /// So a state that is recovered may for a while count more than there are places.
    pub(super) fn take_up(&mut self, node: NodeId) {
        if self.nodes[node.at()].queued_at.is_some() {
            self.leave_queue(node);
            self.occupy(node);
        }
    }

    /// The place in a fan-out's list of the item that a step belongs to.
    pub(super) fn item_within(&self, node: NodeId, fan: NodeId) -> usize {
        self.scopes[self.scope_within(node, fan).at()].item
    }

    /// The item of a fan-out that a step belongs to.
    fn scope_within(&self, node: NodeId, fan: NodeId) -> ScopeId {
        let mut scope = self.nodes[node.at()].scope;
        while let Some(parent) = self.scopes[scope.at()].parent.filter(|parent| *parent != fan) {
            scope = self.nodes[parent.at()].scope;
        }
        scope
    }
}
