//! Exit codes: a promise to scripts.

use outx_flow::journal::WaitReason;
use outx_flow::{RunReport, RunStatus};
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: succeeded.
    Success,
    /// 1: a step or a task failed.
    Failed,
    /// 2: wrong usage, or an invalid workflow or input. Nothing was run.
    Usage,
    /// 3: the key is missing or refused. A run can be resumed.
    Authentication,
    /// 4: no browser extension is awake (`outx task` only).
    ExtensionAsleep,
    /// 5: a write is in doubt: a person has to look.
    NeedsAttention,
    /// 6: a limit is reached (`outx task` only).
    LimitReached,
    /// 7: the service cannot be reached. A run can be resumed.
    Network,
    /// 8: it waits, and nothing is wrong.
    Waiting,
    /// 70: the program or its store failed, or another process took the run over. A run can be resumed.
    Internal,
    /// 130: stopped by a person.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Authentication => 3,
            Self::ExtensionAsleep => 4,
            Self::NeedsAttention => 5,
            Self::LimitReached => 6,
            Self::Network => 7,
            Self::Waiting => 8,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// The exit of a run that stands so.
    pub fn of_run(report: &RunReport) -> Self {
        match report.status {
            RunStatus::Succeeded => Self::Success,
            RunStatus::Failed => Self::Failed,
            RunStatus::NeedsAttention => Self::NeedsAttention,
            RunStatus::Cancelled | RunStatus::Running => Self::Interrupted,
            RunStatus::Waiting => {
                let waits = |reason| report.waiting_for.iter().any(|waiting| waiting.reason == reason);
                if waits(WaitReason::Stopped) {
                    Self::Interrupted
                } else if waits(WaitReason::Key) || waits(WaitReason::Secret) {
                    Self::Authentication
                } else if waits(WaitReason::Network) {
                    Self::Network
                } else {
                    Self::Waiting
                }
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
