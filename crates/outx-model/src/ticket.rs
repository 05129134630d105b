//! The handle of an accepted task.

use crate::{AccountId, Call, TaskId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an accepted action became: small, serialisable, and enough to go on polling anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The service's id of the task.
    pub id: TaskId,
    /// The endpoint that created it. The answer does not tell it reliably, so it travels along.
    pub endpoint: Call,
    /// The account whose key can read it.
    pub account: AccountId,
    /// When the create was answered, by the local clock.
    pub created_at: Timestamp,
    /// The version of the completion law by which it is polled; 0 while no law was learned.
    #[serde(default)]
    pub law: u32,
}
