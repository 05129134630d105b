//! The ways of one engine to everything else. They lead nowhere once it was dropped.

use crate::effect::{FaultPoint, Faults};
use crate::journal::{Batch, Fact, Journal, JournalError, RunSummary, Said};
use crate::run::RunId;
use crate::signal::Signal;
use async_trait::async_trait;
use futures_util::task::AtomicWaker;
use jiff::Timestamp;
use outx_ledger::{Admission, Entry, Intent, LedgerError, LedgerStore};
use outx_model::{AccountId, ActionFact, ContentHash, EntryKey, PersonName, TaskId, Token};
use outx_transport::{Context, Request, Response, Transport, TransportError};
use serde_json::Value;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{self, Poll};

/// Whether an engine is still there, and when it ends.
#[derive(Default)]
pub(crate) struct Life {
    /// The point at which it ends, and how often it may still be passed.
    ends_at: Option<(FaultPoint, AtomicUsize)>,
    is_over: AtomicBool,
    watcher: AtomicWaker,
}

impl Life {
    /// One that ends at a point, when it is passed for the `nth` time.
    #[cfg(feature = "suite")]
    pub(crate) fn until(point: FaultPoint, nth: usize) -> Self {
        Self { ends_at: Some((point, AtomicUsize::new(nth))), ..Self::default() }
    }

    /// Ends it.
    #[cfg(feature = "testing")]
    pub(crate) fn end(&self) {
        self.is_over.store(true, SeqCst);
        self.watcher.wake();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }

    /// Wakes whoever asks, when it ends.
    pub(crate) fn watch(&self, context: &task::Context<'_>) {
        self.watcher.register(context.waker());
    }

    /// Does something for an engine that is there. Before the answer is heard all others have a turn, so that the
    /// engine can end, or another one can come between, with the work done.
    async fn does<T>(&self, work: impl Future<Output = T>) -> T {
        self.alive().await;
        let done = work.await;
        yielded().await;
        self.alive().await;
        done
    }

    async fn alive(&self) {
        if self.is_over() {
            pending::<()>().await;
        }
    }
}

impl Faults for Life {
    fn at(&self, point: FaultPoint) {
        if let Some((at, left)) = &self.ends_at
            && *at == point
            && left.fetch_sub(1, SeqCst) == 1
        {
            self.is_over.store(true, SeqCst);
            self.watcher.wake();
        }
    }
}

/// Lets everybody else work once.
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

/// Something as it is for an engine as long as that is there.
pub(crate) struct Way<T: ?Sized> {
    pub(crate) to: Arc<T>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Way<T> {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        self.life.does(self.to.send(request, context)).await
    }
}

#[async_trait]
impl Journal for Way<dyn Journal> {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.life.does(self.to.create(run, batch)).await
    }
    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        self.life.does(self.to.append(run, batch)).await
    }
    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.life.does(self.to.facts(run)).await
    }
    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.life.does(self.to.values(hashes)).await
    }
    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.life.does(self.to.run(run)).await
    }
    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.life.does(self.to.runs()).await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.life.does(self.to.due(now, most)).await
    }
    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        self.life.does(self.to.say(run, signal, now)).await
    }
    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.life.does(self.to.said(run)).await
    }
}

#[async_trait]
impl LedgerStore for Way<dyn LedgerStore> {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        self.life.does(self.to.begin(intent, token, now)).await
    }
    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        self.life.does(self.to.record(account, entry, fact, output, now)).await
    }
    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.life.does(self.to.entry(account, key)).await
    }
    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.life.does(self.to.entry_of_task(account, task)).await
    }
    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.life.does(self.to.entries(account)).await
    }
    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.life.does(self.to.last_contacts(account, people)).await
    }
}
