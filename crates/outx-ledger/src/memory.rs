//! The ledger in memory: for tests, for emulated runs that need no memory, and as the simplest true store.

use crate::entry::{Entry, Intent};
use crate::error::{LedgerError, LedgerErrorKind};
use crate::rules::{Admission, admit, keep_output, settle};
use crate::store::LedgerStore;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ActionFact, EntryKey, TaskId, Token};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A ledger that lives as long as the process. Calls never wait; two calls at once are one after the other.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order in which they were begun first.
    entries: Vec<Entry>,
    by_key: HashMap<(AccountId, EntryKey), usize>,
}

impl MemoryLedger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Entries are replaced whole, so a panic elsewhere never leaves half of one.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn place(&self, account: &AccountId, key: &EntryKey) -> Option<usize> {
        self.by_key.get(&(account.clone(), key.clone())).copied()
    }

    fn put(&mut self, entry: Entry) {
        if let Some(place) = self.place(&entry.account, &entry.key) {
            self.entries[place] = entry;
        } else {
            self.by_key.insert((entry.account.clone(), entry.key.clone()), self.entries.len());
            self.entries.push(entry);
        }
    }
}

#[async_trait]
impl LedgerStore for MemoryLedger {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        let mut kept = self.kept();
        let place = kept.place(&intent.account, &intent.entry);
        let (admission, entry) = admit(place.map(|place| &kept.entries[place]), intent, token, now);
        if let Some(entry) = entry {
            kept.put(entry);
        }
        Ok(admission)
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let mut kept = self.kept();
        let Some(place) = kept.place(account, entry) else {
            let message = format!("the account `{account}` has no entry `{entry}`");
            return Err(LedgerError::new(LedgerErrorKind::NoEntry, message));
        };
        let known = &mut kept.entries[place];
        settle(known, fact, now);
        keep_output(known, fact, output);
        Ok(known.clone())
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        let kept = self.kept();
        Ok(kept.place(account, key).map(|place| kept.entries[place].clone()))
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        let kept = self.kept();
        let of_task = |entry: &&Entry| entry.account == *account && entry.knows_task(task);
        Ok(kept.entries.iter().find(of_task).cloned())
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.kept().entries.iter().filter(|entry| entry.account == *account).cloned().collect())
    }
}
