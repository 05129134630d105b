//! The seam to wherever the ledger is kept.

use crate::entry::{Entry, Intent};
use crate::error::LedgerError;
use crate::rules::Admission;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ActionFact, EntryKey, TaskId, Token};
use serde_json::Value;

/// Where the ledger is kept. Each call is one transaction and is durable when it returns.
///
/// The rules are not an implementer's: `begin` reads the entry, asks [`admit`](crate::admit), and writes what it
/// was told; `record` does the same with [`settle`](crate::settle) and [`keep_output`](crate::keep_output).
/// [`suite::run`](crate::suite::run) tells whether a store keeps its promises.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Asks whether an effect may be sent, and if so notes that it is being sent. `token` names the
    /// permission that would be given; it must be new.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. Nothing was noted then, and nothing may be sent.
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError>;

    /// Takes evidence, in any state. `output` is the raw output where the fact is that a task completed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written, or there is no such entry.
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError>;

    /// One entry.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError>;

    /// The entry that a task belongs to.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError>;

    /// All entries of an account, in the order in which they were begun first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError>;
}
