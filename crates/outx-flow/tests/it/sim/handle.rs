//! What one process has of the store: the real seams over the [`Disk`].

use super::disk::{Disk, Write, Written};
use super::owners::Owned;
use crate::lab::yielded;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::journal::{Batch, Fact, Journal, JournalError, RunSummary, Said};
use outx_flow::{RunId, Signal};
use outx_ledger::limits::{Closures, Limits, Sending};
use outx_ledger::{AccountStore, Admission, Blocked, Entry, Intent, LedgerError, LedgerStore};
use outx_model::{AccountId, ActionFact, ContentHash, EntryKey, PersonName, TaskId, Token};
use serde_json::Value;
use std::sync::Arc;

/// A process's way to the disk. Between the writing and the answer it may die.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) disk: Arc<Disk>,
    /// The run that the process works on. Another process may have taken it since.
    pub(super) owned: Option<Owned>,
    /// A planted defect: the ledger says that it is durable before it is.
    pub(super) hasty: bool,
    /// Another one: the journal takes facts from whoever brings them.
    pub(super) open: bool,
}

impl Handle {
    /// It takes its place in the log when it is asked for, as in a queue, and the answer comes when it is durable.
    async fn write(&self, write: Write) -> Written {
        let (written, durable) = self.disk.write(write);
        self.disk.until(durable).await;
        yielded().await;
        written
    }

    async fn ledger_write(&self, write: Write) -> Written {
        if self.hasty {
            return self.disk.write(write).0;
        }
        self.write(write).await
    }

    /// What is told is durable.
    async fn read<T>(&self, read: T) -> T {
        self.disk.synced().await;
        read
    }
}

#[async_trait]
impl Journal for Handle {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        let Written::Created(created) = self.write(Write::Create(run.clone(), batch)).await else { panic!() };
        created
    }

    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        let after = batch.after.filter(|_| !self.open);
        let write = Write::Append(run.clone(), Batch { after, ..batch });
        let Written::Appended(appended) = self.write(write).await else { panic!() };
        appended
    }

    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.read(self.disk.journal().facts(run).await).await
    }

    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.read(self.disk.journal().values(hashes).await).await
    }

    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.read(self.disk.journal().run(run).await).await
    }

    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.read(self.disk.journal().runs().await).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.read(self.disk.journal().due(now, most).await).await
    }

    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        let write = Write::Say(run.clone(), signal.clone(), now);
        let Written::Appended(said) = self.write(write).await else { panic!() };
        said
    }

    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.read(self.disk.journal().said(run).await).await
    }
}

#[async_trait]
impl LedgerStore for Handle {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        let write = Write::Begin(Box::new(intent.clone()), token, now);
        let Written::Begun(begun) = self.ledger_write(write).await else { panic!() };
        *begun
    }

    async fn record(
        &self,
        _: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let write = Write::Record(entry.clone(), fact.clone(), output.cloned(), now);
        let Written::Recorded(recorded) = self.ledger_write(write).await else { panic!() };
        *recorded
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.read(self.disk.ledger().entry(account, key).await).await
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.read(self.disk.ledger().entry_of_task(account, task).await).await
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.read(self.disk.ledger().entries(account).await).await
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.read(self.disk.ledger().last_contacts(account, people).await).await
    }
}

#[async_trait]
impl AccountStore for Handle {
    async fn limits(&self, account: &AccountId) -> Result<Option<Limits>, LedgerError> {
        self.read(self.disk.ledger().limits(account).await).await
    }

    async fn set_limits(&self, _: &AccountId, limits: Option<Limits>) -> Result<(), LedgerError> {
        self.ledger_write(Write::Limits(limits)).await;
        Ok(())
    }

    async fn closures(&self, account: &AccountId) -> Result<Closures, LedgerError> {
        self.read(self.disk.ledger().closures(account).await).await
    }

    async fn sendings(&self, account: &AccountId, since: Timestamp) -> Result<Vec<Sending>, LedgerError> {
        self.read(self.disk.ledger().sendings(account, since).await).await
    }

    async fn block(&self, _: &AccountId, people: &[Blocked]) -> Result<usize, LedgerError> {
        let Written::Blocked(new) = self.ledger_write(Write::Block(people.to_vec())).await else { panic!() };
        Ok(new)
    }

    async fn unblock(&self, _: &AccountId, _: &[PersonName]) -> Result<usize, LedgerError> {
        unreachable!("nobody is taken from the block list here")
    }

    async fn blocked(&self, account: &AccountId) -> Result<Vec<Blocked>, LedgerError> {
        self.read(self.disk.ledger().blocked(account).await).await
    }
}
