//! Journals, ledgers and ways that are slow, full, broken or queued.

use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::journal::{
    Batch, Fact, Journal, JournalError, JournalErrorKind, MemoryJournal, RunSummary, Said,
};
use outx_flow::{RunId, SeenError, SeenStore, Signal};
use outx_ledger::{Admission, Entry, Intent, LedgerError, LedgerErrorKind, LedgerStore, MemoryLedger};
use outx_model::{AccountId, ActionFact, ContentHash, Endpoint, EntryKey, PersonName, TaskId, Token};
use outx_transport::{Context, Request, Response, Transport, TransportError};
use serde_json::Value;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

/// Lets everybody else work once. Between any two such points a program can be killed.
pub(crate) async fn yielded() {
    let mut done = false;
    poll_fn(|context| {
        if std::mem::replace(&mut done, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Journal, ledger and transport as they are, but that no call is ready at once: a crash can come before
/// each and, with its effect done and its answer unheard, after each.
pub(crate) struct Slow<T: ?Sized>(pub(crate) Arc<T>);

#[async_trait]
impl Journal for Slow<MemoryJournal> {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.0.create(run, batch).await
    }
    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        yielded().await;
        let done = self.0.append(run, batch).await;
        yielded().await;
        done
    }
    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.0.facts(run).await
    }
    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.0.values(hashes).await
    }
    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.0.run(run).await
    }
    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.0.runs().await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.0.due(now, most).await
    }
    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        self.0.say(run, signal, now).await
    }
    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.0.said(run).await
    }
}

#[async_trait]
impl LedgerStore for Slow<MemoryLedger> {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        yielded().await;
        let done = self.0.begin(intent, token, now).await;
        yielded().await;
        done
    }
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        yielded().await;
        let done = self.0.record(account, entry, fact, output, now).await;
        yielded().await;
        done
    }
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.0.entry(account, key).await
    }
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.0.entry_of_task(account, task).await
    }
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.0.entries(account).await
    }
    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        yielded().await;
        let found = self.0.last_contacts(account, people).await;
        yielded().await;
        found
    }
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Slow<T> {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        yielded().await;
        let done = self.0.send(request, context).await;
        yielded().await;
        done
    }
}

impl fmt::Debug for Slow<dyn SeenStore> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl SeenStore for Slow<dyn SeenStore> {
    async fn are_seen(&self, account: &AccountId, marks: &[ContentHash]) -> Result<Vec<bool>, SeenError> {
        yielded().await;
        let done = self.0.are_seen(account, marks).await;
        yielded().await;
        done
    }
    async fn see(&self, account: &AccountId, marks: &[ContentHash], now: Timestamp) -> Result<(), SeenError> {
        yielded().await;
        let done = self.0.see(account, marks, now).await;
        yielded().await;
        done
    }
}

/// A ledger that cannot say whether one endpoint may be sent, and notices so after others have worked a while.
pub(crate) struct Broken(pub(super) Arc<dyn LedgerStore>, pub(super) Endpoint, pub(super) usize);

#[async_trait]
impl LedgerStore for Broken {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        if intent.endpoint == self.1 {
            for _ in 0..self.2 {
                yielded().await;
            }
            return Err(LedgerError::new(LedgerErrorKind::Store, "the store is busy"));
        }
        self.0.begin(intent, token, now).await
    }
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        self.0.record(account, entry, fact, output, now).await
    }
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.0.entry(account, key).await
    }
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.0.entry_of_task(account, task).await
    }
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.0.entries(account).await
    }
    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.0.last_contacts(account, people).await
    }
}

/// A ledger that takes all evidence in at once, as into a queue, and is long in answering.
pub(crate) struct Queued(pub(super) Arc<dyn LedgerStore>);

#[async_trait]
impl LedgerStore for Queued {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        self.0.begin(intent, token, now).await
    }
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        let recorded = self.0.record(account, entry, fact, output, now).await;
        for _ in 0..30 {
            yielded().await;
        }
        recorded
    }
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.0.entry(account, key).await
    }
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.0.entry_of_task(account, task).await
    }
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.0.entries(account).await
    }
    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.0.last_contacts(account, people).await
    }
}

/// A journal on a full disk: it can be read, and not written.
pub(crate) struct Full(pub(super) Arc<MemoryJournal>);

#[async_trait]
impl Journal for Full {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.0.create(run, batch).await
    }
    async fn append(&self, _: &RunId, _: Batch) -> Result<(), JournalError> {
        yielded().await;
        Err(JournalError::new(JournalErrorKind::Store, "the disk is full"))
    }
    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.0.facts(run).await
    }
    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.0.values(hashes).await
    }
    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.0.run(run).await
    }
    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.0.runs().await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.0.due(now, most).await
    }
    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        self.0.say(run, signal, now).await
    }
    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.0.said(run).await
    }
}
