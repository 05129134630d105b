//! What the ledger keeps about one intended effect.

use jiff::Timestamp;
use outx_model::{
    AccountId, Action, ActionKey, ContentHash, Effect, Endpoint, EntryKey, Target, TaskId, Ticket,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What somebody wants to send, before it is known whether it may be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Who asks.
    pub by: ActionKey,
    /// What the effect is known by.
    pub entry: EntryKey,
    /// Whose it is.
    pub account: AccountId,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What a write acts on.
    pub target: Option<Target>,
    /// The input, as it would be sent.
    pub input: Value,
}

/// The memory of one intended effect, over all runs and commands of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is known by, within its account.
    pub key: EntryKey,
    /// Whose it is.
    pub account: AccountId,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Read or write.
    pub effect: Effect,
    /// What a write acts on.
    pub target: Option<Target>,
    /// The address of the input.
    pub input: ContentHash,
    /// Who asked last with a permission to send.
    pub by: ActionKey,
    /// When permission was last given.
    pub begun_at: Timestamp,
    /// When a task id was first heard of.
    pub accepted_at: Option<Timestamp>,
    /// All that is known of the present action.
    pub action: Action,
    /// Actions before it that ended without effect, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Action>,
    /// The raw output, once the task completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

impl Entry {
    /// The handle of a task of this entry.
    pub fn ticket(&self, id: TaskId) -> Ticket {
        Ticket {
            id,
            endpoint: self.endpoint,
            account: self.account.clone(),
            created_at: self.accepted_at.unwrap_or(self.begun_at),
            law: 0,
        }
    }

    /// Whether a task is this entry's, of its present action or of an earlier one.
    pub fn knows_task(&self, id: &TaskId) -> bool {
        std::iter::once(&self.action).chain(&self.earlier).any(|action| action.task_ids().contains(id))
    }
}
