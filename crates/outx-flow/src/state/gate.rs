//! How many items of a fan-out may have an effect in flight.

use super::{Decision, NodeId, RunState};
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
}

impl RunState {
    /// A step's turn has come. One with an effect waits for a place, unless its item has one already.
    pub(super) fn ready(&mut self, node: NodeId) {
        if self.step(node).has_effect() {
            let scope = self.nodes[node.at()].scope;
            if let Some(fan) = self.scopes[scope.at()].parent {
                let item = self.scopes[scope.at()].item;
                let active = self.scopes[scope.at()].in_flight > 0;
                if let Some(gate) = self.gates.get_mut(&fan)
                    && !active
                    && gate.taken >= gate.places
                {
                    gate.queue.insert((item, node));
                    return;
                }
                self.occupy(node);
            }
        }
        self.decisions.push_back(Decision::Evaluate(node));
    }

    /// Counts a step against its fan-out's concurrency.
    pub(super) fn occupy(&mut self, node: NodeId) {
        let scope = self.nodes[node.at()].scope;
        let Some(fan) = self.scopes[scope.at()].parent else { return };
        if std::mem::replace(&mut self.nodes[node.at()].holds_place, true) {
            return;
        }
        self.scopes[scope.at()].in_flight += 1;
        if self.scopes[scope.at()].in_flight == 1
            && let Some(gate) = self.gates.get_mut(&fan)
        {
            gate.taken += 1;
        }
    }

    /// Gives a step's place to the next item: it ended, is in doubt, or waits for something outside.
    pub fn release(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.nodes[node.at()].holds_place, false) {
            return;
        }
        let scope = self.nodes[node.at()].scope;
        let Some(fan) = self.scopes[scope.at()].parent else { return };
        self.scopes[scope.at()].in_flight -= 1;
        if self.scopes[scope.at()].in_flight > 0 {
            return;
        }
        let Some(gate) = self.gates.get_mut(&fan) else { return };
        gate.taken -= 1;
        let Some(&(item, _)) = gate.queue.first() else { return };
        let mut freed = Vec::new();
        while let Some(&(of, next)) = gate.queue.first()
            && of == item
        {
            gate.queue.pop_first();
            freed.push(next);
        }
        for next in freed {
            self.occupy(next);
            self.decisions.push_back(Decision::Evaluate(next));
        }
    }
}
