//! The parts of a run: its steps, what is done when one of them failed, and what is done whatever came of it.

use super::fold::Holder;
use super::{Decision, NodeId, Part, RunState, ScopeId};
use crate::definition::Block;
use crate::run::{Path, RunStatus};
use std::sync::Arc;

impl Part {
    /// The part's key in the file, which its steps' paths begin with; nothing for the steps of the workflow.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Main => None,
            Self::OnFailure => Some("on_failure"),
            Self::Finally => Some("finally"),
        }
    }
}

impl RunState {
    /// The steps of a part, where the workflow has it.
    pub(super) fn part(&self, part: Part) -> Option<&Block> {
        match part {
            Part::Main => Some(&self.workflow.block),
            Part::OnFailure => self.workflow.on_failure.as_ref(),
            Part::Finally => self.workflow.finally.as_ref(),
        }
    }

    /// The block of a part in progress; nothing before its turn.
    pub fn part_in_progress(&self, part: Part) -> Option<ScopeId> {
        let at = self.scopes.iter().position(|scope| scope.parent.is_none() && scope.part == part);
        at.map(ScopeId::new)
    }

    /// Whether all parts that are to be done have ended.
    pub(super) fn is_complete(&self) -> bool {
        let parts = self.scopes.iter().filter(|scope| scope.parent.is_none());
        !self.scopes.is_empty() && parts.into_iter().all(|scope| scope.left == 0)
    }

    /// A part ended: the next one begins, or the run is at its end.
    pub(super) fn part_ended(&mut self, part: Part) {
        let next = match part {
            Part::Main if self.part(Part::OnFailure).is_some() && self.status() == RunStatus::Failed => {
                Some(Part::OnFailure)
            }
            Part::Main | Part::OnFailure => Some(Part::Finally),
            Part::Finally => None,
        };
        let next = next.filter(|part| self.part(*part).is_some());
        match next.and_then(|part| Some((part, part.word()?))) {
            Some((part, word)) => {
                self.open_part(part, Path::parse(word));
            }
            None => self.decisions.push_back(Decision::End),
        }
    }

    /// The steps of a part come to be, and those that wait for none are ready. Where the run came to its end before, it is
    /// their next attempt.
    pub(super) fn open_part(&mut self, part: Part, path: Path) {
        self.open(Holder::Run(part), None, 0, Arc::from(""), path);
    }

    /// The attempt with which the steps of a part begin, also those within others: to the ledger none of what is done at
    /// the next end is what was done at the one before.
    pub(super) fn first_attempt(&self, part: Part) -> u32 {
        if part == Part::Main { 0 } else { self.next_attempt }
    }

    /// How the parts before one stand: what an expression there reads as `run.status`.
    pub fn status_before(&self, part: Part) -> RunStatus {
        if part == Part::Main {
            return RunStatus::Running;
        }
        let is_before = |node: &super::NodeState| self.scopes[node.scope.at()].part < part;
        self.status_of(self.nodes.iter().filter(|node| is_before(node)))
    }

    /// Why nothing before the part in progress can be changed, where one is.
    pub(super) fn is_ending(&self, part: Part) -> Result<(), &'static str> {
        let later = |scope: &&super::ScopeState| scope.parent.is_none() && scope.part > part;
        match self.scopes.iter().find(|scope| later(scope) && scope.left > 0) {
            Some(scope) if scope.part == Part::OnFailure => {
                Err("the run is at its `on_failure`; let it end first")
            }
            Some(_) => Err("the run is at its `finally`; let it end first"),
            None => Ok(()),
        }
    }

    /// What comes after a part is to be done anew, when it has ended once more. All blocks that came to be after it belong
    /// to later parts: it had ended.
    pub(super) fn drop_later_parts(&mut self, part: Part) {
        let later = self.scopes.iter().position(|scope| scope.parent.is_none() && scope.part > part);
        let Some(scopes) = later else { return };
        let nodes = self.scopes[scopes].first;
        let is_kept = |node: &NodeId| node.at() < nodes;
        self.by_path.retain(|_, scope| scope.at() < scopes);
        self.gates.retain(|node, _| is_kept(node));
        self.held.retain(|node, _| is_kept(node));
        self.decisions.retain(|decision| match decision {
            Decision::Evaluate(node)
            | Decision::Begin(node)
            | Decision::Poll(node)
            | Decision::Join(node) => is_kept(node),
            Decision::Close(scope) => scope.at() < scopes,
            Decision::End => false,
        });
        let dropped = self.nodes[nodes..].iter().map(|node| node.attempt + 1).max();
        self.next_attempt = dropped.unwrap_or_default().max(self.next_attempt);
        self.free.retain(|(_, _, scope)| scope.at() < scopes);
        self.scopes.truncate(scopes);
        self.nodes.truncate(nodes);
    }

    /// The part of the run that a step belongs to.
    pub fn part_of(&self, node: NodeId) -> Part {
        self.scopes[self.nodes[node.at()].scope.at()].part
    }
}
