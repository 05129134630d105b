//! What the service remembers: records that persist and can be read again.

use jiff::Timestamp;
use outx_model::{Endpoint, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that the service remembers. A service's state is the fold of its records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A create was answered, with whatever status: the request log.
    Request(RequestRecord),
    /// A task was created.
    Task(TaskRecord),
}

/// One create in the request log. Polls are counted, not logged: they change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it came.
    pub at: Timestamp,
    /// The team, by the address of its key; nothing where the key was missing.
    pub team: Option<String>,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The body, where it could be read.
    pub input: Value,
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
    pub team: String,
    /// The endpoint that created it.
    pub endpoint: Endpoint,
    /// The input as the service took it.
    pub input: Value,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the extension begins to work on it.
    pub processing_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Why it fails, where it does.
    pub failure: Option<String>,
}
