//! Names and statuses of runs and steps.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The name of one execution of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Arc<str>);

impl RunId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The place of a step within a run: `invite`, or `person[ada].invite` inside a fan-out. It is made of names
/// and keys, never of positions, so that an edited list or file does not move it. The empty path is the run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(Arc<str>);

impl Path {
    /// The run itself.
    pub fn run() -> Self {
        Self(Arc::from(""))
    }

    /// The path of a text as it was displayed.
    pub fn parse(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The step `id` below this place.
    pub fn step(&self, id: &str) -> Self {
        if self.0.is_empty() { Self(Arc::from(id)) } else { Self(format!("{}.{id}", self.0).into()) }
    }

    /// The item `key` of this fan-out. Brackets and percent signs of the key are escaped.
    pub fn item(&self, key: &str) -> Self {
        if key.contains(['[', ']', '%']) {
            let key = key.replace('%', "%25").replace('[', "%5B").replace(']', "%5D");
            return Self(format!("{}[{key}]", self.0).into());
        }
        Self(format!("{}[{key}]", self.0).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Path {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A process works on it, or did until it was killed.
    Running,
    /// All that must succeed has succeeded.
    Succeeded,
    /// A step failed.
    Failed,
    /// It waits for a task, the account, the key or the network; nothing is wrong.
    Waiting,
    /// A write is in doubt: a person has to settle it.
    NeedsAttention,
    /// A person stopped it.
    Cancelled,
}

impl RunStatus {
    /// The status's word, as it stands in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::NeedsAttention => "needs_attention",
            Self::Cancelled => "cancelled",
        }
    }

    /// True when nothing is left to do.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Its turn has not come.
    NotStarted,
    /// It is being worked on.
    Running,
    /// It waits for a task or for the account.
    Waiting,
    /// Done.
    Succeeded,
    /// Ended without success.
    Failed,
    /// Left out: a condition, or something that it needs.
    Skipped,
    /// A write that may have been sent.
    InDoubt,
    /// Stopped by a person.
    Cancelled,
}

impl StepStatus {
    /// The status's word, as expressions and JSON output know it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::InDoubt => "in_doubt",
            Self::Cancelled => "cancelled",
        }
    }

    /// True for succeeded, failed, skipped and cancelled. A doubt can still be settled.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}
