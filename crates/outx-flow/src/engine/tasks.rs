//! The pending tasks of an account, in one queue for all engines that share it.

use crate::state::NodeId;
use outx_poller::{Fleet, Share, SharedFleet, TaskSource};
use outx_transport::Clock;
use std::fmt;
use std::sync::Arc;

/// The pending tasks of an account, whoever drives the runs that they belong to: one budget of polls, one circuit, and
/// turns between the runs. An engine has one of its own, unless it is given one ([`Setup::tasks`](super::Setup::tasks)).
#[derive(Clone)]
pub struct Tasks(SharedFleet<NodeId>);

impl Tasks {
    /// Tasks that `source` is asked about, which knows those of one account.
    pub fn of(source: Arc<TaskSource>, clock: Arc<dyn Clock>) -> Self {
        Self(SharedFleet::new(Fleet::new(source, clock)))
    }

    /// The part of one run.
    pub(super) fn join(&self) -> Share<NodeId> {
        self.0.join()
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}
