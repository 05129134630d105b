//! Facts: what happened in a run, each written once and never changed.

use super::apart::{Lists, rows_of};
use crate::run::{Path, RunStatus};
use jiff::Timestamp;
use outx_model::{AccountId, Call, ContentHash, EntryKey, TaskId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Where.
    pub path: Path,
    /// In which attempt of that step, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// What happened. Values stand beside the facts, by hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run was submitted.
    RunStarted {
        /// The text of the workflow file.
        definition: ContentHash,
        /// The inputs, checked and completed, with null in the place of each that stands apart.
        inputs: ContentHash,
        /// Those that stand apart: large lists, by their rows.
        #[serde(default, skip_serializing_if = "Lists::is_empty")]
        lists: Lists,
        /// The account it runs under.
        account: AccountId,
        /// The folder that relative paths of the workflow start from.
        folder: String,
    },
    /// A process took the run up again.
    RunResumed {
        /// The account it runs under from here on, where that is another than before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<AccountId>,
    },
    /// The engine stopped working on the run.
    RunStopped {
        /// How it stands.
        status: RunStatus,
        /// The workflow's outputs, where the run ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outputs: Option<ContentHash>,
        /// Why an output could not be computed, where one could not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<StepError>,
        /// What it waits for, where it waits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waiting_for: Vec<WaitingFor>,
    },
    /// A person gave the run other inputs, or another definition. What was begun stays what it is.
    Revised {
        /// All inputs from here on, with null in the place of each that stands apart.
        inputs: ContentHash,
        /// Those that stand apart: large lists, by their rows.
        #[serde(default, skip_serializing_if = "Lists::is_empty")]
        lists: Lists,
        /// The text of the workflow file from here on, where it is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<ContentHash>,
    },
    /// A step's expressions were evaluated; its effect rests on this.
    Started {
        /// The evaluated input.
        input: ContentHash,
        /// The key by which its write is known, where the file gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        once: Option<Arc<str>>,
    },
    /// A fan-out's list was evaluated; after a change of the run once more, and then new keys begin and those that
    /// are gone do nothing more.
    Expanded {
        /// The list itself; where its rows stand apart, what it is known by.
        items: ContentHash,
        /// What each item is known by, in the order of the list.
        keys: Vec<Arc<str>>,
        /// Its rows, where they stand apart: large ones, of which each is read when its item needs it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rows: Vec<ContentHash>,
        /// Why a list that was there before is taken away: it could not be evaluated again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<StepError>,
    },
    /// A step was left out.
    Skipped {
        /// Why.
        why: SkipReason,
    },
    /// The ledger gave permission to send: a copy of what it said.
    Begun {
        /// What the ledger knows it by.
        entry: EntryKey,
        /// What it calls.
        endpoint: Call,
        /// How many earlier requests for it may have reached the service (reads only).
        asked_before: usize,
    },
    /// A task exists.
    Accepted {
        /// Its id.
        task_id: TaskId,
        /// True when another action created it, and this step joined.
        joined: bool,
    },
    /// It may have been sent, and nobody knows.
    InDoubt {
        /// What is known.
        what: String,
    },
    /// The step ended.
    Finished {
        /// How, and with what.
        result: StepResult,
    },
    /// A person wants the step, which had ended, to be done once more: its next attempt begins.
    Retried,
}

impl Event {
    /// The definition that it names, which is a text and no value of an expression.
    pub fn definition(&self) -> Option<ContentHash> {
        match self {
            Self::RunStarted { definition, .. } => Some(*definition),
            Self::Revised { definition, .. } => *definition,
            _ => None,
        }
    }

    /// All values that it names, the definition among them.
    pub fn values(&self) -> Vec<ContentHash> {
        match self {
            Self::RunStarted { definition, inputs, lists, .. } => {
                [definition, inputs].into_iter().chain(rows_of(lists)).copied().collect()
            }
            Self::Revised { inputs, lists, definition } => {
                definition.iter().chain([inputs]).chain(rows_of(lists)).copied().collect()
            }
            Self::RunStopped { outputs, .. } => outputs.iter().copied().collect(),
            Self::Started { input, .. } => vec![*input],
            Self::Expanded { items, rows, .. } if rows.is_empty() => vec![*items],
            Self::Expanded { rows, .. } => rows.clone(),
            Self::Finished { result } => {
                result.output.into_iter().chain(result.raw).chain(result.contacts).collect()
            }
            // Written out, so that whoever adds an event that names a value says it here.
            Self::RunResumed { .. }
            | Self::Skipped { .. }
            | Self::Begun { .. }
            | Self::Accepted { .. }
            | Self::InDoubt { .. }
            | Self::Retried => Vec::new(),
        }
    }
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingFor {
    /// Which step.
    pub path: Path,
    /// For what.
    pub reason: WaitReason,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// In a sentence.
    pub message: String,
}

/// Why a step waits. None of these is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The service refuses the key.
    Key,
    /// The service cannot be reached.
    Network,
    /// No browser extension of the team was active within 48 hours.
    Extension,
    /// A limit of the service or of LinkedIn is reached.
    Limit,
    /// The task has not ended within its patience; its ticket stays good.
    StillPending,
    /// A person stopped the run.
    Stopped,
    /// The workflow says that time is to pass.
    Time,
    /// A person has to say yes or no.
    Approval,
    /// It would start a program of this machine, and whoever works on the run may not.
    Permission,
    /// A secret has no value where the run is worked on.
    Secret,
}

impl WaitReason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Key,
        Self::Network,
        Self::Extension,
        Self::Limit,
        Self::StillPending,
        Self::Stopped,
        Self::Time,
        Self::Approval,
        Self::Permission,
        Self::Secret,
    ];

    /// The reason's word, as it stands in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Network => "network",
            Self::Extension => "extension",
            Self::Limit => "limit",
            Self::StillPending => "still_pending",
            Self::Stopped => "stopped",
            Self::Time => "time",
            Self::Approval => "approval",
            Self::Permission => "permission",
            Self::Secret => "secret",
        }
    }
}

/// How a step ended, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Nothing when it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// What `steps.X.output` reads: the typed view of an endpoint, the outputs of an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<ContentHash>,
    /// What came back, untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<ContentHash>,
    /// True when the effect was there before this run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
    /// True when a write completed but said nothing known of itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
    /// True when a write counts as sent because the file says so of one in doubt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// When whom had been written to last, as far as `until` asked at the end of an iteration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<ContentHash>,
}

impl StepResult {
    /// Success with an output.
    pub fn success(output: Option<ContentHash>) -> Self {
        Self {
            error: None,
            output,
            raw: None,
            already: false,
            unconfirmed: false,
            assumed: false,
            contacts: None,
        }
    }

    /// Failure.
    pub fn failure(error: StepError) -> Self {
        Self { error: Some(error), ..Self::success(None) }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// The kind, for conditions.
    pub kind: StepErrorKind,
    /// For people.
    pub message: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepErrorKind {
    /// An expression could not be evaluated, or gave a value that is not allowed.
    Expression,
    /// The service will never accept the request.
    Rejected,
    /// The task failed.
    TaskFailed,
    /// The request was accepted, but its result cannot be had.
    OutcomeUnknown,
    /// A person gave it up.
    GivenUp,
    /// A file or another local resource could not be used.
    Io,
    /// An item of the fan-out failed.
    ItemFailed,
    /// The workflow said so.
    Stated,
    /// A person said no.
    NotApproved,
    /// What it waited for did not come in time.
    Expired,
}

impl StepErrorKind {
    /// The kind's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expression => "expression",
            Self::Rejected => "rejected",
            Self::TaskFailed => "task_failed",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::GivenUp => "given_up",
            Self::Io => "io",
            Self::ItemFailed => "item_failed",
            Self::Stated => "stated",
            Self::NotApproved => "not_approved",
            Self::Expired => "expired",
        }
    }
}

/// Why a step was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Its `if` was false.
    Condition,
    /// Something that it needs failed or was skipped.
    Need,
    /// The person is on the account's block list.
    DoNotContact,
    /// The item is in the list no more.
    Removed,
    /// The run is emulated, and it would have reached others.
    Emulated,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}
