//! What following a task comes to.

use crate::progress::Progress;
use jiff::Timestamp;
use outx_model::Ticket;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What following one task came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<O = Value> {
    /// The task is done; its raw output.
    Completed(O),
    /// The task ended without success.
    Failed {
        /// In the service's words.
        reason: String,
        /// The raw output.
        raw: O,
    },
    /// The service does not know the task, so its result cannot be had; why, in a sentence. The action was
    /// accepted all the same and counts as sent.
    Unobtainable(String),
    /// The task has not been seen to end. Nothing has failed: the ticket stays good, and following it again
    /// goes on where this ended.
    StillPending(Pause),
}

impl<O> Outcome<O> {
    /// True when the task has ended, or can never be seen to.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::StillPending(_))
    }
}

/// Why a task is no longer asked about for the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Pause {
    /// The policy's patience has ended.
    Patience,
    /// The policy's polls are used up.
    Polls,
    /// No browser extension of the team was active within 48 hours. The task is asked about in vain until
    /// somebody opens the browser.
    Extension,
    /// The key is missing, wrong, withdrawn, or not permitted to ask.
    Key,
    /// The service asks not to be called before a moment that lies beyond the policy's patience.
    RateLimited {
        /// That moment.
        until: Timestamp,
    },
    /// Nobody answers.
    Network,
}

/// In a few words, such as `patience has ended`.
impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patience => "patience has ended",
            Self::Polls => "the polls are used up",
            Self::Extension => "no browser extension is awake",
            Self::Key => "the key is refused",
            Self::RateLimited { until } => return write!(f, "not to be asked before {until}"),
            Self::Network => "nobody answers",
        })
    }
}

/// A ticket that was followed, with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed<T = (), K = Ticket, O = Value> {
    /// What it was added with; nothing for a [`Poller`](crate::Poller).
    pub tag: T,
    /// The ticket, good for following it again where it is still pending.
    pub ticket: K,
    /// What came of it.
    pub outcome: Outcome<O>,
    /// How many polls it took.
    pub polls: u32,
    /// What went wrong with the last poll, where that told nothing about the task: one line for people.
    pub trouble: Option<String>,
    /// What is known of the task, such as when it was last seen alive.
    pub progress: Progress,
    /// When the last answer came: the end lies between the last sight of the task and this.
    pub at: Timestamp,
}
