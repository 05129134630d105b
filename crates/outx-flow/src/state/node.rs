//! Steps and blocks in progress.

use crate::journal::{SkipReason, StepError, StepErrorKind, StepResult};
use crate::run::{Path, StepStatus};
use jiff::Timestamp;
use outx_model::{ContentHash, EntryKey, TaskId};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            pub(super) fn new(number: usize) -> Self {
                // A run of four thousand million steps does not fit into memory first.
                Self(u32::try_from(number).unwrap_or(u32::MAX))
            }

            pub(super) fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number! {
    /// A step in progress: of the run, or of one item.
    NodeId
}
number! {
    /// A block in progress: that of the run, or of one item.
    ScopeId
}

/// How a step stands.
#[derive(Debug)]
pub struct NodeState {
    /// The block it belongs to.
    pub scope: ScopeId,
    /// Its number in that block.
    pub step: usize,
    /// Its status. `waiting` is not among them: it is a running step while nothing works on the run.
    pub status: StepStatus,
    /// Which attempt this is, from 0.
    pub attempt: u32,
    /// How many steps it still waits for.
    pub(super) blocked: usize,
    /// Whether it counts against the concurrency of the fan-outs around it now.
    pub(super) holds_place: bool,
    /// The fan-out at which it waits for a place.
    pub(super) queued_at: Option<NodeId>,
    /// When its expressions were evaluated.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The address of its evaluated input, or of a fan-out's list.
    pub input: Option<ContentHash>,
    /// The key by which its write is known, where the file gives one.
    pub once: Option<std::sync::Arc<str>>,
    /// Whether its write is like no other, because the file that it was begun under says so.
    pub like_no_other: bool,
    /// How it ended.
    pub result: Option<StepResult>,
    /// Its remote side, once there is one.
    pub task: Option<Box<TaskState>>,
    /// Why it was left out, where it was.
    pub skipped: Option<SkipReason>,
    /// A fan-out's items, in the order of the list.
    pub items: Vec<ScopeId>,
    /// Items that were in its list once.
    pub removed: Vec<ScopeId>,
    /// How many of both have not ended.
    pub(super) items_left: usize,
    /// What the iteration before the one in progress gave.
    pub previous: Option<ContentHash>,
    /// How many iterations of a repetition belong to attempts before this one.
    pub(super) iterations_before: u64,
    /// How many times one of them ended.
    pub(super) items_ended: usize,
    /// Whether its list is to be evaluated once more, because the run was changed. Until then nothing in it begins.
    pub relisting: bool,
    /// Why its list could not be evaluated once more.
    pub list_error: Option<StepError>,
}

impl NodeState {
    pub(super) fn new(scope: ScopeId, step: usize, blocked: usize) -> Self {
        Self {
            scope,
            step,
            status: StepStatus::NotStarted,
            attempt: 0,
            blocked,
            holds_place: false,
            queued_at: None,
            started_at: None,
            finished_at: None,
            input: None,
            once: None,
            like_no_other: false,
            result: None,
            task: None,
            skipped: None,
            items: Vec::new(),
            removed: Vec::new(),
            items_left: 0,
            previous: None,
            iterations_before: 0,
            items_ended: 0,
            relisting: false,
            list_error: None,
        }
    }
}

impl NodeState {
    /// Whether its expressions are to be evaluated, once nothing is in its way.
    pub(super) fn is_to_evaluate(&self) -> bool {
        self.status == StepStatus::NotStarted || self.relisting
    }

    /// Whether it failed, and in this way.
    pub fn failed_by(&self, kind: StepErrorKind) -> bool {
        let error = self.result.as_ref().and_then(|result| result.error.as_ref());
        error.is_some_and(|error| error.kind == kind)
    }
}

/// What is known of a step's task.
#[derive(Debug, Default)]
pub struct TaskState {
    /// What the ledger knows it by.
    pub entry: Option<EntryKey>,
    /// Its id, once it was accepted.
    pub task_id: Option<TaskId>,
    /// Whether another action created it.
    pub joined: bool,
    /// How many requests before the last may have reached the service (reads only).
    pub asked_before: usize,
    /// Why it is in doubt, where it is.
    pub doubt: Option<String>,
}

/// The parts of a run, each after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The workflow's `steps`.
    Main,
    /// Its `on_failure`.
    OnFailure,
    /// Its `finally`.
    Finally,
}

/// How a block stands.
#[derive(Debug)]
pub struct ScopeState {
    /// The step it is inside of; nothing for a part of the run.
    pub parent: Option<NodeId>,
    /// The part of the run that it belongs to.
    pub part: Part,
    /// The list that it is an item of, and was last where it is in it no more.
    pub list: Option<ContentHash>,
    /// Its row, where that stands apart from the list.
    pub row: Option<ContentHash>,
    /// Its place in that list.
    pub item: usize,
    /// Its key there.
    pub key: std::sync::Arc<str>,
    /// Its path: empty for the run's own block.
    pub path: Path,
    /// The number of its first step among all nodes.
    pub(super) first: usize,
    /// How many of its steps have not ended.
    pub(super) left: usize,
    /// How many steps in it, also those of inner fan-outs, hold a place of the fan-out's concurrency.
    pub(super) in_flight: usize,
    /// When it ended among the blocks of its step: the number of those that had ended before.
    pub(super) ended: usize,
    /// How the item ended.
    pub result: Option<StepResult>,
    /// Whether it, or an item around it, is in its list no more.
    pub removed: bool,
    /// Whether it belongs to an iteration that is over, of which nothing but the end is kept.
    pub(super) forgotten: bool,
}
