//! What the counters of a state must be, counted anew, for runs that are drawn.

mod draw;
mod model;

use super::{NodeId, RunState, ScopeId};

impl RunState {
    /// Every counter against what it counts.
    fn audit(&self) -> Result<(), String> {
        let wrong = |what: &str, at: String, is: usize, should: usize| {
            Err(format!("{what} of `{at}` is {is}, and should be {should}"))
        };
        for (number, scope) in self.scopes.iter().enumerate().filter(|(_, scope)| !scope.forgotten) {
            let at = || scope.path.to_string();
            let left =
                self.nodes_in(ScopeId::new(number)).filter(|node| !self.nodes[node.at()].status.is_end());
            let left = left.count();
            if scope.left != left {
                return wrong("left", at(), scope.left, left);
            }
            if scope.result.is_some() && left > 0 {
                return Err(format!("the item `{}` has ended, and its steps have not", at()));
            }
            let within = (0..self.nodes.len()).map(NodeId::new).filter(|node| {
                self.nodes[node.at()].holds_place && self.around(*node).any(|it| it == ScopeId::new(number))
            });
            let within = within.count();
            if scope.parent.is_some() && scope.in_flight != within {
                return wrong("in_flight", at(), scope.in_flight, within);
            }
            let is_gone = self.around_of(ScopeId::new(number)).any(|around| {
                let parent = self.scopes[around.at()].parent;
                parent.is_some_and(|fan| self.nodes[fan.at()].removed.contains(&around))
            });
            if is_gone != scope.removed
                && !self.around_of(ScopeId::new(number)).any(|around| {
                    // Until its list is known again, what was removed within an item stays so.
                    self.scopes[around.at()].parent.is_some_and(|fan| self.nodes[fan.at()].relisting)
                })
            {
                return Err(format!("`{}` is removed: {}, and should be: {is_gone}", at(), scope.removed));
            }
        }
        for (number, known) in self.nodes.iter().enumerate() {
            let node = NodeId::new(number);
            if self.scopes[known.scope.at()].forgotten {
                if !known.status.is_end() || !known.items.is_empty() || known.holds_place {
                    return Err(format!("step {number} is forgotten, and not at its end"));
                }
                continue;
            }
            let at = || self.path(node).to_string();
            let blocked = self.open_dependencies(node);
            if known.is_to_evaluate() && known.blocked != blocked {
                return wrong("blocked", at(), known.blocked, blocked);
            }
            let open = known.items.iter().chain(&known.removed);
            let open = open.filter(|item| self.scopes[item.at()].result.is_none()).count();
            if known.items_left != open {
                return wrong("items_left", at(), known.items_left, open);
            }
            if known.status.is_end() && (open > 0 || known.holds_place || known.queued_at.is_some()) {
                return Err(format!("`{}` has ended, and holds on to something", at()));
            }
            if let Some(fan) = known.queued_at {
                let item = self.item_within(node, fan);
                let is_there = self.gates.get(&fan).is_some_and(|gate| gate.has(item, node));
                if !is_there || known.holds_place {
                    return Err(format!("`{}` waits for a place where nobody looks for it", at()));
                }
            }
        }
        for (fan, gate) in &self.gates {
            let known = &self.nodes[fan.at()];
            let busy = known.items.iter().chain(&known.removed);
            let busy = busy.filter(|item| self.scopes[item.at()].in_flight > 0).count();
            if gate.taken() != busy {
                return wrong("taken", self.path(*fan).to_string(), gate.taken(), busy);
            }
            for node in gate.queued() {
                if self.nodes[node.at()].queued_at != Some(*fan) {
                    return Err(format!("`{}` is looked for where it does not wait", self.path(node)));
                }
            }
        }
        Ok(())
    }

    /// The blocks around a step, the innermost first.
    fn around(&self, node: NodeId) -> impl Iterator<Item = ScopeId> {
        self.around_of(self.nodes[node.at()].scope)
    }

    fn around_of(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(scope), |at| {
            self.scopes[at.at()].parent.map(|fan| self.nodes[fan.at()].scope)
        })
    }
}
