//! What the service remembers: records that persist and can be read again.

use crate::command::Command;
use crate::fault::On;
use crate::input::Input;
use crate::scenario::Script;
use jiff::Timestamp;
use outx_model::{Call, TaskId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One thing that the service remembers. A service's state is the fold of its records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A create was answered, with whatever status: the request log.
    Request(RequestRecord),
    /// A task was created.
    Task(TaskRecord),
    /// The service began: from here on its scenario's times count. Without it they count from the first
    /// record.
    Start {
        /// When.
        at: Timestamp,
        /// What it makes ids, codes and keys from, whatever it is opened with later: those that it gave
        /// must stay good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// How it behaves, whatever scenario it is opened with later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scenario: Option<Input>,
    },
    /// A tester changed something.
    Command {
        /// When.
        at: Timestamp,
        /// What.
        command: Command,
    },
    /// An injected fault happened to a request, and is used up so far.
    Faulted {
        /// When.
        at: Timestamp,
        /// The request's sort; `any` stands for one that is neither a create nor a poll.
        on: On,
    },
    /// A rule of the scenario that answers only so often was used once.
    Ruled {
        /// When.
        at: Timestamp,
        /// Which, by the address of its content.
        rule: Box<str>,
    },
    /// A code was mailed. It is made from the seed and its number among all, so that it stands nowhere.
    Code {
        /// When.
        at: Timestamp,
        /// To which address.
        email: Box<str>,
        /// The name for a new account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        full_name: Option<Box<str>>,
    },
    /// Somebody signed in with the code that was mailed last, which made an account for an unknown address.
    SignIn {
        /// When.
        at: Timestamp,
        /// By which address.
        email: Box<str>,
    },
}

impl Record {
    /// When it was made.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Request(request) => request.at,
            Self::Task(task) => task.created_at,
            Self::Start { at, .. }
            | Self::Command { at, .. }
            | Self::Faulted { at, .. }
            | Self::Ruled { at, .. }
            | Self::Code { at, .. }
            | Self::SignIn { at, .. } => *at,
        }
    }
}

/// One create in the request log. Polls are counted, not logged: they change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it came.
    pub at: Timestamp,
    /// The team, by the address of its key; nothing where the key was missing.
    pub team: Option<Arc<str>>,
    /// The endpoint: one of the catalogue, or one that the scenario names.
    pub endpoint: Call,
    /// The body, where it could be read.
    pub input: Input,
    /// The answer's status.
    pub status: u16,
    /// The task, where one was created.
    pub task: Option<TaskId>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Its id.
    pub id: TaskId,
    /// The team, by the address of its key.
    pub team: Arc<str>,
    /// The endpoint that created it: one of the catalogue, or one that the scenario named.
    pub endpoint: Call,
    /// The input as the service took it.
    pub input: Input,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the extension begins to work on it, if its browser is open all the time until then.
    pub processing_at: Timestamp,
    /// When it ends, if the browser is open all the time until then.
    pub ends_at: Timestamp,
    /// Why it fails, where it does.
    pub failure: Option<String>,
    /// Whether it fails because a [`Command::Fail`] wished so, which it uses up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wished: bool,
    /// The output that the scenario laid down for it; without one the world makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
}
