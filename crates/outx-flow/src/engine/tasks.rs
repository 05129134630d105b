//! The pending tasks of an account, in one queue for all engines that share it.

use crate::run::RunId;
use crate::state::NodeId;
use outx_model::{TaskId, Ticket};
use outx_poller::{Checkpoint, Fleet, Pace, Share, SharedFleet, TaskSource};
use outx_transport::Clock;
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// The pending tasks of an account, whoever drives the runs that they belong to: one budget of polls, one circuit, and
/// turns between the runs. An engine has one of its own, unless it is given one ([`Setup::tasks`](super::Setup::tasks)).
#[derive(Clone)]
pub struct Tasks {
    fleet: SharedFleet<NodeId>,
    /// Those of runs that hear what was said to them, and go on at once.
    set_aside: Arc<Mutex<HashMap<RunId, Known>>>,
}

/// What is known of tasks that were followed.
type Known = HashMap<TaskId, Checkpoint>;

impl Tasks {
    /// Tasks that `source` is asked about, which knows those of one account.
    pub fn of(source: Arc<TaskSource>, clock: Arc<dyn Clock>) -> Self {
        Self { fleet: SharedFleet::new(Fleet::new(source, clock)), set_aside: Arc::default() }
    }

    /// The part of one run.
    pub(super) fn join(&self, run: &RunId) -> Part {
        let known = self.aside(|aside| aside.remove(run)).unwrap_or_default();
        Part { share: self.fleet.join(), known, tasks: self.clone() }
    }

    /// Nobody goes on with a run at once.
    pub(super) fn forget(&self, run: &RunId) {
        self.aside(|aside| drop(aside.remove(run)));
    }

    fn aside<T>(&self, then: impl FnOnce(&mut HashMap<RunId, Known>) -> T) -> T {
        then(&mut self.set_aside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

/// The pending tasks of one run.
pub(super) struct Part {
    share: Share<NodeId>,
    /// What is known of those that were followed before something was said to the run.
    known: Known,
    tasks: Tasks,
}

impl Part {
    /// Follows a step's task; where it was followed a moment ago, it goes on where that ended.
    pub(super) fn follow(&mut self, node: NodeId, ticket: &Ticket, pace: Pace) {
        match self.known.remove(&ticket.id) {
            Some(known) => self.share.resume(node, known, pace),
            None => self.share.add(node, ticket.clone(), pace),
        };
    }

    /// Sets aside what is known of tasks, for the run that goes on at once.
    pub(super) fn set_aside(&mut self, run: &RunId, known: impl Iterator<Item = Checkpoint>) {
        let known: Known = known.map(|known| (known.ticket().id.clone(), known)).collect();
        if !known.is_empty() {
            self.tasks.aside(|aside| aside.insert(run.clone(), known));
        }
    }
}

impl Deref for Part {
    type Target = Share<NodeId>;

    fn deref(&self) -> &Share<NodeId> {
        &self.share
    }
}

impl DerefMut for Part {
    fn deref_mut(&mut self) -> &mut Share<NodeId> {
        &mut self.share
    }
}
