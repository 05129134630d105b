//! The state of a run: a fold of its facts, and what follows from it.
//!
//! [`RunState::apply`] takes one fact and is the only way the state changes, live and after a restart alike.
//! What is to be done next comes out of [`RunState::decide`]. Both are pure and cost the same for every
//! fact, however large the graph is. The state holds statuses and counters; values stand in the journal.

#[cfg(test)]
mod audit;
mod definitions;
mod fold;
mod gate;
mod iterate;
mod node;
mod parts;
mod relist;
mod retry;
mod revise;
mod used;

pub use definitions::Definitions;
pub use iterate::Tick;
pub use node::{NodeId, NodeState, Part, ScopeId, ScopeState};

use crate::definition::{Block, Step, Workflow};
use crate::journal::{Fact, Lists, StepError, WaitingFor};
use crate::run::{Path, RunStatus, StepStatus};
use crate::waking::wake_at;
use gate::Gate;
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Evaluate a step's expressions; its turn has come.
    Evaluate(NodeId),
    /// Ask the ledger and send, or do a local effect.
    Begin(NodeId),
    /// Ask for the result of the step's task.
    Poll(NodeId),
    /// All steps of an item, an iteration or a call ended: evaluate its outputs.
    Close(ScopeId),
    /// All items of a fan-out ended, or an iteration of a repetition.
    Join(NodeId),
    /// All steps of the run ended.
    End,
}

/// The state of one run.
#[derive(Debug)]
pub struct RunState {
    workflow: Arc<Workflow>,
    nodes: Vec<NodeState>,
    scopes: Vec<ScopeState>,
    by_path: HashMap<Path, ScopeId>,
    /// Blocks of iterations that are over, by their part and how many steps they have: others take their places.
    free: BTreeSet<(Part, usize, ScopeId)>,
    gates: HashMap<NodeId, Gate>,
    decisions: VecDeque<Decision>,
    /// What has to wait until the list of a fan-out around it was evaluated once more.
    held: HashMap<NodeId, Vec<Decision>>,
    /// The definitions that a change may name.
    definitions: Definitions,
    /// The attempt with which what is done at the run's end begins: one more than any that was made when it came to its
    /// end before, and was opened again.
    next_attempt: u32,
    started: Option<Started>,
    stopped: Option<Stopped>,
    /// When something happened the last time.
    moved_at: Timestamp,
}

/// What the run was started with.
#[derive(Debug, Clone)]
pub struct Started {
    /// When.
    pub at: Timestamp,
    /// The address of the inputs, with null in the place of each that stands apart.
    pub inputs: ContentHash,
    /// Those that stand apart.
    pub lists: Lists,
    /// What all inputs are known by together.
    pub known_by: ContentHash,
    /// The account.
    pub account: AccountId,
    /// The folder that relative paths start from.
    pub folder: String,
}

/// How the engine left the run the last time.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// When.
    pub at: Timestamp,
    /// How it stands.
    pub status: RunStatus,
    /// The address of the outputs, where it ended.
    pub outputs: Option<ContentHash>,
    /// Why an output could not be computed.
    pub error: Option<StepError>,
    /// What it waits for.
    pub waiting_for: Vec<WaitingFor>,
}

/// A fact that cannot follow those before it: the journal is not that of this workflow, or it is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IllegalFact {
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for IllegalFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for IllegalFact {}

impl RunState {
    /// The state before the first fact.
    pub fn new(definitions: impl Into<Definitions>) -> Self {
        let definitions = definitions.into();
        Self {
            workflow: definitions.first.clone(),
            held: HashMap::new(),
            definitions,
            nodes: Vec::new(),
            scopes: Vec::new(),
            by_path: HashMap::new(),
            free: BTreeSet::new(),
            gates: HashMap::new(),
            decisions: VecDeque::new(),
            next_attempt: 0,
            started: None,
            stopped: None,
            moved_at: Timestamp::MIN,
        }
    }

    /// The state after some facts, with all that is to be done from there: what was begun and has not ended is
    /// begun again, and the ledger says what became of it.
    ///
    /// # Errors
    ///
    /// A fact that cannot follow those before it.
    pub fn recover<'f>(
        definitions: impl Into<Definitions>,
        facts: impl IntoIterator<Item = &'f Fact>,
    ) -> Result<Self, IllegalFact> {
        let mut state = Self::new(definitions);
        for fact in facts {
            state.apply(fact)?;
        }
        // What was under way then is under way no more: each of those steps is begun again, once.
        state.decisions.retain(|decision| !matches!(decision, Decision::Begin(_) | Decision::Poll(_)));
        for number in 0..state.nodes.len() {
            let node = NodeId::new(number);
            let begun = matches!(state.nodes[number].status, StepStatus::Running | StepStatus::InDoubt);
            if begun && state.step(node).block().is_none() {
                state.begin_again(node);
            }
        }
        Ok(state)
    }

    /// The next thing to be done, once. Nothing when all that can be done is under way.
    pub fn decide(&mut self) -> Option<Decision> {
        loop {
            let decision = self.decisions.pop_front()?;
            if self.is_open(decision) {
                return Some(decision);
            }
        }
    }

    /// Whether a decision still stands: a fact that came since (a recovered run holds all of them) may have overtaken it.
    pub fn is_open(&self, decision: Decision) -> bool {
        match decision {
            // Where a step before it is done once more, its turn comes again.
            Decision::Evaluate(node) => {
                let node = &self.nodes[node.at()];
                node.is_to_evaluate() && node.blocked == 0 && node.queued_at.is_none()
            }
            Decision::Begin(node) => !self.nodes[node.at()].status.is_end(),
            Decision::Join(node) => {
                let node = &self.nodes[node.at()];
                // One that is done once more has no list yet.
                node.status == StepStatus::Running && node.items_left == 0 && !node.relisting
            }
            Decision::Poll(node) => self.nodes[node.at()].status == StepStatus::Running,
            Decision::Close(scope) => {
                let state = &self.scopes[scope.at()];
                let waits = state.parent.is_some_and(|holder| {
                    // The end of a call is its own, and its inputs are to be known before.
                    self.step(holder).call().is_some() && self.nodes[holder.at()].relisting
                });
                state.result.is_none() && state.left == 0 && !waits && !state.forgotten
            }
            Decision::End => {
                let is_over = self.stopped.as_ref().is_some_and(|stopped| stopped.status.is_end());
                !is_over && self.is_complete()
            }
        }
    }

    /// The workflow.
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }

    /// What it was started with; nothing before the first fact.
    pub fn started(&self) -> Option<&Started> {
        self.started.as_ref()
    }

    /// How the engine left it the last time; nothing while it works on it.
    pub fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// When something happened in the run the last time, be it that it was submitted; that it was stopped or taken up
    /// again is nothing.
    pub fn moved_at(&self) -> Timestamp {
        self.moved_at
    }

    /// When a run that waits is to be looked at again; nothing where only a person helps, and after its end.
    pub fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let stopped = self.stopped.as_ref().filter(|stopped| !stopped.status.is_end())?;
        wake_at(&stopped.waiting_for, self.moved_at, now)
    }

    /// One step.
    pub fn node(&self, node: NodeId) -> &NodeState {
        &self.nodes[node.at()]
    }

    /// The run's own block in progress; nothing before the first fact.
    pub fn root(&self) -> Option<ScopeId> {
        self.scopes.first().map(|_| ScopeId::new(0))
    }

    /// All steps, also those of items, in the order in which they came to be; of a repetition those of its last iteration.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &NodeState)> {
        let known = self.nodes.iter().enumerate().filter(|(_, node)| !self.scopes[node.scope.at()].forgotten);
        known.map(|(number, node)| (NodeId::new(number), node))
    }

    /// One block in progress: that of the run, or of an item.
    pub fn scope(&self, scope: ScopeId) -> &ScopeState {
        &self.scopes[scope.at()]
    }

    /// The definition of a step.
    pub fn step(&self, node: NodeId) -> &Step {
        let node = &self.nodes[node.at()];
        &self.block(node.scope).steps[node.step]
    }

    /// The definition of a block in progress.
    pub fn block(&self, scope: ScopeId) -> &Block {
        let state = &self.scopes[scope.at()];
        let inner = match state.parent {
            Some(holder) => self.step(holder).block(),
            None => self.part(state.part),
        };
        inner.unwrap_or(&self.workflow.block)
    }

    /// The step with a number in a block in progress.
    pub fn node_in(&self, scope: ScopeId, step: usize) -> NodeId {
        NodeId::new(self.scopes[scope.at()].first + step)
    }

    /// The block so many blocks further out.
    pub fn outer(&self, scope: ScopeId, levels: usize) -> ScopeId {
        let mut at = scope;
        for _ in 0..levels {
            at = match self.scopes[at.at()].parent {
                Some(holder) => self.nodes[holder.at()].scope,
                // What is done at the end sees what was done before.
                None => ScopeId::new(0),
            };
        }
        at
    }

    /// The step of an id, as one sees it from a block: there, or in a block around it.
    pub fn visible(&self, scope: ScopeId, id: &str) -> Option<NodeId> {
        let mut at = scope;
        loop {
            if let Some(step) = self.block(at).by_id.get(id) {
                return Some(self.node_in(at, *step));
            }
            at = match self.scopes[at.at()].parent {
                Some(holder) => self.nodes[holder.at()].scope,
                None if at == ScopeId::new(0) => return None,
                None => ScopeId::new(0),
            };
        }
    }

    /// The call of another workflow that a block is inside of, the innermost, with its own block.
    pub fn call_around(&self, scope: ScopeId) -> Option<(NodeId, ScopeId)> {
        let mut at = scope;
        loop {
            let holder = self.scopes[at.at()].parent?;
            if self.step(holder).call().is_some() {
                return Some((holder, at));
            }
            at = self.nodes[holder.at()].scope;
        }
    }

    /// The workflow whose file a block stands in: that of the run, or one that it calls.
    pub fn workflow_of(&self, scope: ScopeId) -> &Arc<Workflow> {
        let call = self.call_around(scope).and_then(|(holder, _)| self.step(holder).call());
        call.map_or(&self.workflow, |call| &call.workflow)
    }

    /// The path of a block inside of a step: the step's own where there is but one.
    fn path_inside(&self, holder: NodeId, key: &str) -> Path {
        let path = self.path(holder);
        if self.step(holder).call().is_some() { path } else { path.item(key) }
    }

    /// A step's place.
    pub fn path(&self, node: NodeId) -> Path {
        let state = &self.nodes[node.at()];
        self.scopes[state.scope.at()].path.step(&self.step(node).id)
    }

    /// Whether the file allows a step to fail, or a fan-out around it.
    fn may_fail(&self, node: &NodeState) -> bool {
        let mut node = node;
        loop {
            if self.block(node.scope).steps[node.step].allow_failure {
                return true;
            }
            let Some(fan) = self.scopes[node.scope.at()].parent else { return false };
            node = &self.nodes[fan.at()];
        }
    }

    /// The ids that lead to a step, without the keys of items: `person.invite`, `finally.report`.
    pub fn ids(&self, node: NodeId) -> String {
        let mut ids = vec![&*self.step(node).id];
        let mut scope = self.node(node).scope;
        while let Some(fan) = self.scope(scope).parent {
            ids.push(&self.step(fan).id);
            scope = self.node(fan).scope;
        }
        ids.extend(self.scope(scope).part.word());
        ids.reverse();
        ids.join(".")
    }

    /// A step's place with the keys of the items around it, and without the numbers of iterations: what it is known by from
    /// one time to the next, and from run to run.
    pub fn lasting_path(&self, node: NodeId) -> Path {
        let state = &self.nodes[node.at()];
        self.lasting_block(state.scope).step(&self.step(node).id)
    }

    fn lasting_block(&self, scope: ScopeId) -> Path {
        let state = &self.scopes[scope.at()];
        match state.parent {
            Some(holder) if self.step(holder).each().is_some() => self.lasting_path(holder).item(&state.key),
            Some(holder) => self.lasting_path(holder),
            None => state.path.clone(),
        }
    }

    /// How the run stands when nothing is under way any more.
    pub fn status(&self) -> RunStatus {
        self.status_of(self.nodes.iter())
    }

    fn status_of<'n>(&self, nodes: impl Iterator<Item = &'n NodeState>) -> RunStatus {
        let mut failed = false;
        let mut open = false;
        for node in nodes {
            match node.status {
                // Needs attention outranks waiting, and both outrank what has ended.
                StepStatus::InDoubt => return RunStatus::NeedsAttention,
                // What an item did that is not wanted any more is no failure of the run.
                StepStatus::Failed if self.scopes[node.scope.at()].removed => {}
                StepStatus::Failed => failed |= !self.may_fail(node),
                status if !status.is_end() => open = true,
                _ => {}
            }
        }
        match (open, failed) {
            (true, _) => RunStatus::Waiting,
            (false, true) => RunStatus::Failed,
            (false, false) => RunStatus::Succeeded,
        }
    }
}
