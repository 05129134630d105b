//! What one fact changes.

use super::node::TaskState;
use super::{
    Decision, IllegalFact, NodeId, NodeState, Part, RunState, ScopeId, ScopeState, Started, Stopped,
};
use crate::definition::Once;
use crate::journal::apart::inputs_of;
use crate::journal::{Event, Fact, SkipReason, StepResult};
use crate::run::{Path, StepStatus};
use outx_model::ContentHash;
use std::collections::HashSet;
use std::sync::Arc;

/// What a block is inside of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holder {
    Run(Part),
    Step(NodeId),
}

/// What a path names.
enum Place {
    Run,
    Node(NodeId),
    Item(ScopeId),
}

impl RunState {
    /// Takes one fact.
    ///
    /// # Errors
    ///
    /// When the fact cannot follow those before it. The state is unchanged then.
    pub fn apply(&mut self, fact: &Fact) -> Result<(), IllegalFact> {
        match (self.place(&fact.path)?, &fact.event) {
            (Place::Run, Event::RunStarted { inputs, lists, account, folder, .. }) => {
                if self.started.is_some() {
                    return Err(illegal(fact, "the run was started before"));
                }
                let (known_by, lists) = (inputs_of(*inputs, lists), lists.clone());
                let (inputs, account, folder) = (*inputs, account.clone(), folder.clone());
                self.started = Some(Started { at: fact.at, inputs, lists, known_by, account, folder });
                self.open_part(Part::Main, Path::run());
            }
            (Place::Run, _) if self.started.is_none() => {
                return Err(illegal(fact, "the run was not started"));
            }
            (Place::Node(node), Event::Retried) => self.retry(node).map_err(|why| illegal(fact, why))?,
            (Place::Run, Event::Revised { inputs, lists, definition }) => {
                self.revise((*inputs, lists), *definition, fact.at).map_err(|why| illegal(fact, &why))?;
            }
            _ if self.stopped.as_ref().is_some_and(|stopped| stopped.status.is_end()) => {
                return Err(illegal(fact, "the run has ended"));
            }
            (Place::Run, Event::RunResumed { account }) => {
                self.stopped = None;
                if let (Some(started), Some(account)) = (&mut self.started, account) {
                    started.account = account.clone();
                }
            }
            (Place::Run, Event::RunStopped { status, outputs, error, waiting_for }) => {
                self.stopped = Some(Stopped {
                    at: fact.at,
                    status: *status,
                    outputs: *outputs,
                    error: error.clone(),
                    waiting_for: waiting_for.clone(),
                });
            }
            (Place::Item(scope), Event::Finished { result }) => self.close(scope, result, fact)?,
            (Place::Node(node), event) => self.step_fact(node, event, fact)?,
            _ => return Err(illegal(fact, "it does not belong there")),
        }
        if !matches!(fact.event, Event::RunResumed { .. } | Event::RunStopped { .. }) {
            // The clock of another process may have been behind.
            self.moved_at = self.moved_at.max(fact.at);
        }
        Ok(())
    }

    fn step_fact(&mut self, node: NodeId, event: &Event, fact: &Fact) -> Result<(), IllegalFact> {
        self.may_follow(node, event).map_err(|why| illegal(fact, why))?;
        self.take_up(node);
        // Whatever a later definition says: under another name the ledger would know nothing of what was sent.
        let like_no_other = self.step(node).uses().is_some_and(|uses| matches!(uses.once, Some(Once::Each)));
        let calls = self.step(node).call().is_some();
        let state = &mut self.nodes[node.at()];
        match event {
            Event::Started { input, once } => {
                state.once.clone_from(once);
                state.like_no_other = like_no_other;
                state.status = StepStatus::Running;
                state.started_at = Some(fact.at);
                state.input = Some(*input);
                self.decisions.push_back(Decision::Begin(node));
            }
            Event::Expanded { items, keys, rows, error } if state.relisting => {
                state.list_error.clone_from(error);
                self.relist(node, *items, (keys, rows), fact.at);
            }
            Event::Expanded { items, keys, .. } if state.status == StepStatus::Running => {
                self.next_iteration(node, *items, keys);
            }
            Event::Expanded { items, keys, rows, error } => {
                state.list_error.clone_from(error);
                state.status = StepStatus::Running;
                state.started_at = Some(fact.at);
                state.input = Some(*items);
                self.expand(node, *items, keys, rows);
            }
            Event::Skipped { why } => {
                state.status = StepStatus::Skipped;
                state.skipped = Some(*why);
                state.finished_at = Some(fact.at);
                if let Some(task) = &mut state.task {
                    task.doubt = None;
                }
                self.end(node);
            }
            Event::Begun { entry, asked_before, .. } => {
                let task = state.task.get_or_insert_with(Box::<TaskState>::default);
                task.entry = Some(entry.clone());
                task.asked_before = task.asked_before.max(*asked_before);
            }
            Event::InDoubt { what } => {
                state.status = StepStatus::InDoubt;
                state.task.get_or_insert_with(Box::<TaskState>::default).doubt = Some(what.clone());
                self.release(node);
            }
            Event::Accepted { task_id, joined } => {
                // A late answer takes the doubt away.
                state.status = StepStatus::Running;
                let task = state.task.get_or_insert_with(Box::<TaskState>::default);
                task.task_id = Some(task_id.clone());
                task.joined = *joined;
                task.doubt = None;
                self.decisions.push_back(Decision::Poll(node));
            }
            Event::Finished { result } => {
                if calls {
                    // It has one block, whose end is its own, also where its inputs could not be computed once more.
                    for call in state.items.iter().chain(&state.removed) {
                        self.scopes[call.at()].result = Some(result.clone());
                    }
                    state.items_left = 0;
                }
                state.status =
                    if result.error.is_none() { StepStatus::Succeeded } else { StepStatus::Failed };
                state.started_at.get_or_insert(fact.at);
                state.finished_at = Some(fact.at);
                state.result = Some(result.clone());
                if let Some(task) = &mut state.task {
                    task.doubt = None;
                }
                self.end(node);
            }
            // They were refused or taken above.
            Event::RunStarted { .. }
            | Event::RunResumed { .. }
            | Event::RunStopped { .. }
            | Event::Revised { .. }
            | Event::Retried => {}
        }
        Ok(())
    }

    /// Whether a fact can be the next one of a step; if not, why not.
    fn may_follow(&self, node: NodeId, event: &Event) -> Result<(), &'static str> {
        let state = &self.nodes[node.at()];
        let step = self.step(node);
        let holds_steps = step.block().is_some();
        let fresh = state.status == StepStatus::NotStarted;
        if state.status.is_end() {
            return Err("the step has ended");
        }
        if state.is_to_evaluate() && state.blocked > 0 {
            return Err("the steps that it waits for have not ended");
        }
        match event {
            Event::Finished { .. } | Event::Skipped { .. } if state.relisting => {
                Err("the list of the fan-out is to be evaluated once more")
            }
            Event::Expanded { keys, .. } if step.repeat().is_some() => self.may_be_next(state, keys),
            Event::Started { .. } | Event::Expanded { .. } if !state.is_to_evaluate() => {
                Err("the step has begun")
            }
            // The ledger is asked after the start, and may say that the person must not be contacted; also of what was in
            // doubt and turned out not to have been sent.
            Event::Skipped { .. }
                if state.items_left > 0 || state.task.as_ref().is_some_and(|task| task.task_id.is_some()) =>
            {
                Err("the step has an effect under way")
            }
            Event::Skipped { why: SkipReason::Condition | SkipReason::Need } if !fresh => {
                Err("the step has begun")
            }
            Event::Skipped { why: SkipReason::Removed } if !self.scopes[state.scope.at()].removed => {
                Err("the item is in its list")
            }
            Event::Started { .. } if holds_steps => Err("the step has steps inside"),
            Event::Expanded { .. } if !holds_steps => Err("the step has no steps inside"),
            Event::Expanded { keys, .. } if step.call().is_some() && keys.len() > 1 => {
                Err("a call has one block")
            }
            Event::Expanded { keys, .. } if keys.iter().collect::<HashSet<_>>().len() < keys.len() => {
                Err("two items have the same key")
            }
            Event::Expanded { keys, rows, .. } if !rows.is_empty() && rows.len() != keys.len() => {
                Err("there is not a row for each item")
            }
            Event::Begun { .. } | Event::InDoubt { .. } | Event::Accepted { .. } if fresh || holds_steps => {
                Err("the step has no effect under way")
            }
            // The end of a call is that of the steps inside, which is no fact of its own.
            Event::Finished { .. } if step.call().is_some() && self.is_whole(state) => Ok(()),
            Event::Finished { .. } if state.items_left > 0 => Err("the steps inside have not ended"),
            Event::RunStarted { .. }
            | Event::RunResumed { .. }
            | Event::RunStopped { .. }
            | Event::Revised { .. } => Err("it is a fact of the run"),
            _ => Ok(()),
        }
    }

    /// Whether all steps inside of a call have ended.
    fn is_whole(&self, call: &NodeState) -> bool {
        call.items.iter().chain(&call.removed).all(|scope| self.scopes[scope.at()].left == 0)
    }

    /// Opens a block: its steps come to be, and those that wait for none are ready.
    pub(super) fn open(
        &mut self,
        holder: Holder,
        list: Option<ContentHash>,
        item: usize,
        key: Arc<str>,
        path: Path,
    ) -> ScopeId {
        let scope = self.add(holder, list, item, key, path);
        for node in self.nodes_in(scope) {
            if self.nodes[node.at()].blocked == 0 {
                self.ready(node);
            }
        }
        scope
    }

    /// The steps of a block come to be, and none of them is ready.
    pub(super) fn add(
        &mut self,
        holder: Holder,
        list: Option<ContentHash>,
        item: usize,
        key: Arc<str>,
        path: Path,
    ) -> ScopeId {
        let (parent, part) = match holder {
            Holder::Run(part) => (None, part),
            Holder::Step(node) => (Some(node), self.part_of(node)),
        };
        let taken = parent.and_then(|holder| self.take_place(part, holder));
        let scope = taken.unwrap_or_else(|| ScopeId::new(self.scopes.len()));
        let first = taken.map_or(self.nodes.len(), |scope| self.scopes[scope.at()].first);
        self.by_path.insert(path.clone(), scope);
        let (left, in_flight, ended, result, removed) = (0, 0, 0, None, false);
        let state = ScopeState {
            parent,
            part,
            list,
            row: None,
            item,
            key,
            path,
            first,
            left,
            in_flight,
            ended,
            result,
            removed,
            forgotten: false,
        };
        match taken {
            Some(_) => self.scopes[scope.at()] = state,
            None => self.scopes.push(state),
        }
        let graph = &self.block(scope).graph;
        let blocked: Vec<usize> = (0..graph.len()).map(|step| graph.dependencies(step).len()).collect();
        self.scopes[scope.at()].left = blocked.len();
        let attempt = self.first_attempt(part);
        for (step, blocked) in blocked.into_iter().enumerate() {
            let node = NodeState { attempt, ..NodeState::new(scope, step, blocked) };
            match self.nodes.get_mut(first + step) {
                Some(place) if taken.is_some() => *place = node,
                _ => self.nodes.push(node),
            }
        }
        scope
    }

    /// The steps of a block.
    pub(super) fn nodes_in(&self, scope: ScopeId) -> impl Iterator<Item = NodeId> + use<> {
        let first = self.scopes[scope.at()].first;
        (first..first + self.block(scope).steps.len()).map(NodeId::new)
    }

    /// A fan-out's list is known: its items come to be.
    fn expand(&mut self, fan: NodeId, list: ContentHash, keys: &[Arc<str>], rows: &[ContentHash]) {
        self.add_gate(fan);
        self.nodes[fan.at()].items_left = keys.len();
        for (item, key) in keys.iter().enumerate() {
            let path = self.path_inside(fan, key);
            let scope = self.open(Holder::Step(fan), Some(list), item, key.clone(), path);
            self.scopes[scope.at()].row = rows.get(item).copied();
            self.nodes[fan.at()].items.push(scope);
        }
        if keys.is_empty() {
            self.decisions.push_back(Decision::Join(fan));
        }
    }

    /// An item ended.
    fn close(&mut self, scope: ScopeId, result: &StepResult, fact: &Fact) -> Result<(), IllegalFact> {
        let state = &mut self.scopes[scope.at()];
        let (None, Some(fan), 0) = (&state.result, state.parent, state.left) else {
            return Err(illegal(fact, "the item has ended, or its steps have not"));
        };
        state.result = Some(result.clone());
        let holder = &mut self.nodes[fan.at()];
        holder.items_ended += 1;
        state.ended = holder.items_ended;
        holder.items_left -= 1;
        if holder.items_left == 0 {
            self.decisions.push_back(Decision::Join(fan));
        }
        Ok(())
    }

    /// A step ended: those that wait for it come nearer to their turn.
    fn end(&mut self, node: NodeId) {
        let NodeState { scope, step, .. } = self.nodes[node.at()];
        let first = self.scopes[scope.at()].first;
        let dependents = self.block(scope).graph.dependents(step).to_vec();
        for next in dependents {
            let next = NodeId::new(first + next);
            // Where the step was done once more, others may have ended long ago.
            if !self.nodes[next.at()].is_to_evaluate() {
                continue;
            }
            self.nodes[next.at()].blocked -= 1;
            if self.nodes[next.at()].blocked == 0 {
                self.ready(next);
            }
        }
        // After that: an item that has a place goes on with its next step before another item begins.
        self.release(node);
        self.scopes[scope.at()].left -= 1;
        if self.scopes[scope.at()].left == 0 {
            match self.scopes[scope.at()].parent {
                Some(_) => self.decisions.push_back(Decision::Close(scope)),
                None => self.part_ended(self.scopes[scope.at()].part),
            }
        }
    }

    /// The step at a path, if there is one.
    pub fn find(&self, path: &Path) -> Option<NodeId> {
        match self.place(path) {
            Ok(Place::Node(node)) => Some(node),
            _ => None,
        }
    }

    /// What a path names: the last part is a step of the block that the rest names, or an item.
    fn place(&self, path: &Path) -> Result<Place, IllegalFact> {
        let text = path.as_str();
        if text.is_empty() {
            return Ok(Place::Run);
        }
        let unknown = || IllegalFact { message: format!("there is nothing at `{text}` in this run") };
        if text.ends_with(']') {
            return self.by_path.get(text).map(|scope| Place::Item(*scope)).ok_or_else(unknown);
        }
        // Keys may hold dots, but only inside their brackets, which they hold none of.
        let keys_end = text.rfind(']').map_or(0, |end| end + 1);
        let (outer, id) = match text[keys_end..].rfind('.') {
            Some(dot) => (&text[..keys_end + dot], &text[keys_end + dot + 1..]),
            None => ("", text),
        };
        let scope = *self.by_path.get(outer).ok_or_else(unknown)?;
        let step = *self.block(scope).by_id.get(id).ok_or_else(unknown)?;
        Ok(Place::Node(self.node_in(scope, step)))
    }
}

fn illegal(fact: &Fact, why: &str) -> IllegalFact {
    IllegalFact { message: format!("the fact of `{}` at {} cannot be: {why}", fact.path, fact.at) }
}
