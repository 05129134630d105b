//! The iterations of a repetition.

use super::{NodeId, NodeState, Part, RunState, ScopeId};
use crate::definition::Repeat;
use crate::run::{Path, StepStatus};
use jiff::{SignedDuration, Timestamp};
use outx_model::ContentHash;
use std::ops::Bound;
use std::sync::Arc;

/// What comes after an iteration that did not bring what the repetition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// The next iteration, at this moment.
    At(Timestamp),
    /// None: the time is over, or there were as many as there may be.
    Over,
}

impl Repeat {
    /// When the next iteration begins: at the first tick after the end of the last one, or when the time is over, which is
    /// the last look. `begun` is the beginning of the repetition, `ended` the end of its iteration `number`, from 1.
    pub fn next_tick(&self, begun: Timestamp, ended: Timestamp, number: u64) -> Tick {
        let over = self.lasts.map(|lasts| later(begun, SignedDuration::try_from(lasts).ok()));
        let is_over = over.is_some_and(|over| over <= ended);
        if is_over || self.max.is_some_and(|max| number >= max) {
            return Tick::Over;
        }
        let every = self.every.as_nanos();
        let passed = ended.duration_since(begun).as_nanos().max(0).unsigned_abs();
        let whole = passed.checked_div(every);
        let next = whole.map_or(passed, |whole| (whole + 1).saturating_mul(every));
        let next = i64::try_from(next).ok().map(SignedDuration::from_nanos);
        let next = later(begun, next).max(ended);
        Tick::At(over.map_or(next, |over| next.min(over)))
    }
}

/// The moment a while after another; the last one there is where that is none.
fn later(moment: Timestamp, by: Option<SignedDuration>) -> Timestamp {
    by.and_then(|by| moment.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

impl RunState {
    /// The iteration of a repetition that is in progress, or was last, and its number in this attempt, from 1; nothing
    /// before the first.
    pub fn iteration(&self, node: NodeId) -> Option<(ScopeId, u64)> {
        let known = &self.nodes[node.at()];
        let scope = *known.items.first()?;
        Some((scope, self.named(scope).saturating_sub(known.iterations_before).max(1)))
    }

    /// What the next iteration of a repetition is known by. Where that begins anew the names go on, so that nothing in it
    /// passes for what was done before.
    pub fn next_name(&self, node: NodeId) -> Arc<str> {
        self.name_after(&self.nodes[node.at()]).to_string().into()
    }

    fn name_after(&self, state: &NodeState) -> u64 {
        state.items.first().map_or(state.iterations_before, |scope| self.named(*scope)) + 1
    }

    fn named(&self, scope: ScopeId) -> u64 {
        self.scopes[scope.at()].key.parse().unwrap_or_default()
    }

    /// A repetition begins anew: of its iterations nothing is kept but how many there were.
    pub(super) fn begin_anew(&mut self, node: NodeId) -> NodeState {
        let (known, before) = (&self.nodes[node.at()], self.name_after(&self.nodes[node.at()]) - 1);
        let (scope, step, attempt) = (known.scope, known.step, known.attempt);
        for gone in std::mem::take(&mut self.nodes[node.at()].items) {
            self.forget(gone);
        }
        self.gates.remove(&node);
        NodeState { attempt, iterations_before: before, ..NodeState::new(scope, step, 0) }
    }

    /// Whether a repetition failed by itself, and not with one of its steps: it expired, or `until` could not be computed.
    pub(super) fn failed_to_get(&self, node: NodeId) -> bool {
        let known = &self.nodes[node.at()];
        let last = known.items.first().and_then(|scope| self.scopes[scope.at()].result.as_ref());
        self.step(node).repeat().is_some()
            && known.status == StepStatus::Failed
            && last.is_some_and(|last| last.error.is_none())
    }

    /// Whether the next iteration of a repetition can begin.
    pub(super) fn may_be_next(&self, state: &NodeState, keys: &[Arc<str>]) -> Result<(), &'static str> {
        let before = state.items.first().map(|scope| &self.scopes[scope.at()]);
        match (before, keys) {
            (_, [key]) if **key != *self.name_after(state).to_string() => {
                Err("the iteration is not the next one")
            }
            (None, [_]) if state.is_to_evaluate() => Ok(()),
            (Some(before), [_]) if before.result.is_some() && state.status == StepStatus::Running => Ok(()),
            _ => Err("the iteration before has not ended"),
        }
    }

    /// The next iteration begins in the place of the one before, of which its end alone is kept.
    pub(super) fn next_iteration(&mut self, node: NodeId, list: ContentHash, keys: &[Arc<str>]) {
        let (Some(scope), [key]) = (self.nodes[node.at()].items.first().copied(), keys) else { return };
        let steps: Vec<_> = self.nodes_in(scope).collect();
        for inner in &steps {
            let (items, removed) = (
                std::mem::take(&mut self.nodes[inner.at()].items),
                std::mem::take(&mut self.nodes[inner.at()].removed),
            );
            for gone in items.into_iter().chain(removed) {
                self.forget(gone);
            }
            self.gates.remove(inner);
            let step = self.nodes[inner.at()].step;
            let blocked = self.block(scope).graph.dependencies(step).len();
            let attempt = self.first_attempt(self.scopes[scope.at()].part);
            self.nodes[inner.at()] = NodeState { attempt, ..NodeState::new(scope, step, blocked) };
        }
        let path = self.path_inside(node, key);
        self.by_path.remove(&self.scopes[scope.at()].path);
        self.by_path.insert(path.clone(), scope);
        let state = &mut self.scopes[scope.at()];
        self.nodes[node.at()].previous = state.result.take().and_then(|result| result.output);
        (state.path, state.key, state.list) = (path, key.clone(), Some(list));
        (state.result, state.left) = (None, steps.len());
        self.nodes[node.at()].items_left = 1;
        for inner in steps {
            if self.nodes[inner.at()].blocked == 0 {
                self.ready(inner);
            }
        }
    }

    /// Whether a block belongs to an iteration that has ended.
    pub(super) fn is_past(&self, scope: ScopeId) -> bool {
        let mut at = scope;
        while let Some(holder) = self.scopes[at.at()].parent {
            if self.scopes[at.at()].result.is_some() && self.step(holder).repeat().is_some() {
                return true;
            }
            at = self.nodes[holder.at()].scope;
        }
        false
    }

    /// A block of an iteration that is over: it has ended, and nobody finds it any more. Its place is another's.
    fn forget(&mut self, scope: ScopeId) {
        self.by_path.remove(&self.scopes[scope.at()].path);
        let nodes: Vec<_> = self.nodes_in(scope).collect();
        for node in &nodes {
            let known = &mut self.nodes[node.at()];
            let inner =
                std::mem::take(&mut known.items).into_iter().chain(std::mem::take(&mut known.removed));
            for gone in inner.collect::<Vec<_>>() {
                self.forget(gone);
            }
            self.gates.remove(node);
            let step = self.nodes[node.at()].step;
            let over = NodeState { status: StepStatus::Succeeded, ..NodeState::new(scope, step, 0) };
            self.nodes[node.at()] = over;
        }
        let state = &mut self.scopes[scope.at()];
        (state.path, state.key, state.result) = (Path::run(), Arc::from(""), None);
        (state.left, state.removed, state.forgotten) = (0, true, true);
        self.free.insert((state.part, nodes.len(), scope));
    }

    /// The place of a forgotten block for one inside of a step. It comes after that step's own, as if it were new: what is
    /// inside is always found behind what is around it.
    pub(super) fn take_place(&mut self, part: Part, holder: NodeId) -> Option<ScopeId> {
        let steps = self.step(holder).block()?.steps.len();
        let behind = (part, steps, self.nodes[holder.at()].scope);
        let found = self.free.range((Bound::Excluded(behind), Bound::Unbounded)).next().copied();
        let found = found.filter(|(of, size, _)| (*of, *size) == (part, steps))?;
        self.free.remove(&found);
        Some(found.2)
    }

    /// The items of a fan-out as what reads them has them.
    pub fn items_in_order(&self, fan: NodeId) -> Vec<ScopeId> {
        let mut items = self.nodes[fan.at()].items.clone();
        if self.step(fan).each().is_some_and(|each| each.as_they_end) {
            items.sort_by_key(|scope| {
                let scope = &self.scopes[scope.at()];
                (scope.result.is_none(), scope.ended)
            });
        }
        items
    }

    /// When an iteration ended: with the last of its steps.
    pub fn ended_at(&self, scope: ScopeId) -> Timestamp {
        let ends = self.nodes_in(scope).filter_map(|node| self.nodes[node.at()].finished_at);
        ends.max().unwrap_or(self.moved_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Block;
    use crate::graph::Graph;
    use std::time::Duration;

    fn every(every: u64, lasts: Option<u64>, max: Option<u64>) -> Repeat {
        let graph = Graph::new(0, &[]).unwrap();
        let block = Block { steps: Vec::new(), graph, by_id: indexmap::IndexMap::new() };
        Repeat {
            every: Duration::from_secs(every),
            lasts: lasts.map(Duration::from_secs),
            until: None,
            max,
            over_is_success: false,
            block,
            outputs: indexmap::IndexMap::new(),
            references: Vec::new(),
        }
    }

    #[test]
    fn missed_ticks_count_as_one_and_the_last_look_is_at_the_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let tick = |repeat: &Repeat, ended, number| repeat.next_tick(at(0), at(ended), number);
        let hourly = every(3600, Some(10_000), None);
        assert_eq!(tick(&hourly, 5, 1), Tick::At(at(3600)));
        // It took two hours and a bit: the ticks at one and at two hours are not made up for.
        assert_eq!(tick(&hourly, 7201, 1), Tick::At(at(10_000)));
        assert_eq!(tick(&hourly, 3600, 1), Tick::At(at(7200)));
        assert_eq!(tick(&hourly, 10_000, 4), Tick::Over);
        assert_eq!(tick(&every(60, None, Some(3)), 5, 2), Tick::At(at(60)));
        assert_eq!(tick(&every(60, None, Some(3)), 65, 3), Tick::Over);
        assert_eq!(tick(&every(0, None, Some(3)), 65, 1), Tick::At(at(65)));
    }
}
