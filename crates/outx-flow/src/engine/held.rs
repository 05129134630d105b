//! What no new effect may be begun for.

use crate::definition::Step;
use crate::journal::WaitReason;
use outx_model::Call;
use std::collections::HashSet;

/// What no new effect may be begun for, until the run is driven again.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Anything: a person stopped the run.
    everything: bool,
    /// Anything on the account: its key, its extension or the network does not work.
    account: bool,
    /// A limit is reached.
    endpoints: HashSet<Call>,
}

impl Held {
    /// A person stopped the run.
    pub(super) fn stop(&mut self) {
        self.everything = true;
    }

    /// Whether a person did.
    pub(super) fn is_stopped(&self) -> bool {
        self.everything
    }

    /// What keeps one step from going on may keep others too.
    pub(super) fn wait(&mut self, reason: WaitReason, endpoint: Option<Call>) {
        match reason {
            WaitReason::Key | WaitReason::Network | WaitReason::Extension => self.account = true,
            WaitReason::Limit => self.endpoints.extend(endpoint),
            WaitReason::StillPending
            | WaitReason::Stopped
            | WaitReason::Time
            | WaitReason::Approval
            | WaitReason::Permission
            | WaitReason::Secret => {}
        }
    }

    /// Whether a step may not begin. Files can be written without a key or a network.
    pub(super) fn holds(&self, step: &Step) -> bool {
        let Some(uses) = step.uses().filter(|_| step.has_effect()) else { return false };
        let limited = |call: Call| self.endpoints.contains(&call);
        let account = self.account && uses.kind.creates_tasks();
        self.everything || account || uses.kind.task().is_some_and(limited)
    }
}
