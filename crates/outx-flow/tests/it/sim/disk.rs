//! A store that loses its unsynced tail: one log of all that was written, of which the first part is durable.
//!
//! What stands in the log is replayed into the plain stores in memory, so that the rules are the real ones and only
//! the keeping is invented.

use super::dice::Dice;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use outx_flow::journal::{Batch, Journal, JournalError, MemoryJournal, RunSummary};
use outx_flow::{RunId, Signal};
use outx_ledger::limits::Limits;
use outx_ledger::{AccountStore, Admission, Blocked, Entry, Intent, LedgerError, LedgerStore, MemoryLedger};
use outx_model::{ActionFact, EntryKey, Token};
use outx_transport::{Clock, VirtualClock};
use serde_json::Value;
use std::sync::{Arc, Mutex};

use crate::lab::account;

/// One transaction.
#[derive(Clone)]
pub(super) enum Write {
    Create(RunSummary, Batch),
    Append(RunId, Batch),
    Say(RunId, Signal, Timestamp),
    Begin(Box<Intent>, Token, Timestamp),
    Record(EntryKey, ActionFact, Option<Value>, Timestamp),
    Limits(Option<Limits>),
    Block(Vec<Blocked>),
}

/// What a transaction gave.
pub(super) enum Written {
    Created(Result<bool, JournalError>),
    Appended(Result<(), JournalError>),
    Begun(Box<Result<Admission, LedgerError>>),
    Recorded(Box<Result<Entry, LedgerError>>),
    Limited,
    Blocked(usize),
}

pub(super) struct Disk {
    clock: VirtualClock,
    seed: u64,
    /// Of a hundred syncs so many take long.
    slow: u64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Each transaction with the moment from which on it is durable.
    log: Vec<(Write, Timestamp)>,
    journal: Arc<MemoryJournal>,
    ledger: MemoryLedger,
    crashes: u64,
}

impl Disk {
    pub(super) fn new(clock: VirtualClock, seed: u64, slow: u64) -> Self {
        Self { clock, seed, slow, kept: Mutex::default() }
    }

    /// Writes, and says from when on it is durable. Syncs come in the order of the log.
    pub(super) fn write(&self, write: Write) -> (Written, Timestamp) {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap();
        let mut dice = Dice::new(self.seed ^ (kept.log.len() as u64) << 20, 2);
        let takes = match dice.below(100) {
            luck if luck < self.slow => dice.below(400),
            luck if luck < 80 => dice.below(5),
            _ => 0,
        };
        let takes = SignedDuration::from_millis(i64::try_from(takes).unwrap());
        let before = kept.log.last().map_or(now, |(_, durable)| *durable);
        let durable = (now + takes).max(before);
        let written = apply(&write, &kept.journal, &kept.ledger);
        kept.log.push((write, durable));
        (written, durable)
    }

    pub(super) async fn until(&self, durable: Timestamp) {
        self.clock.sleep_until(durable).await;
    }

    /// Waits until all is durable that was written so far: whoever is told something may rest on it.
    pub(super) async fn synced(&self) {
        let last = self.kept.lock().unwrap().log.last().map(|(_, durable)| *durable);
        if let Some(last) = last {
            self.until(last).await;
        }
    }

    /// The power goes. Of the tail any first part may have reached the disk.
    pub(super) fn crash(&self) -> (usize, usize) {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap();
        kept.crashes += 1;
        let mut dice = Dice::new(self.seed ^ kept.crashes << 40, 3);
        let durable = kept.log.partition_point(|(_, at)| *at <= now);
        let tail = kept.log.len() - durable;
        let reached = match dice.below(3) {
            0 => 0,
            1 => tail,
            _ => dice.place(tail + 1),
        };
        let log: Vec<_> = kept.log[..durable + reached].to_vec();
        let (journal, ledger) = (Arc::new(MemoryJournal::default()), MemoryLedger::new());
        // What reached the disk is durable now, whenever it would have been.
        let log = log.into_iter().map(|(write, at)| {
            apply(&write, &journal, &ledger);
            (write, at.min(now))
        });
        *kept = Kept { log: log.collect(), crashes: kept.crashes, journal, ledger };
        (tail - reached, tail)
    }

    pub(super) fn journal(&self) -> Arc<MemoryJournal> {
        self.kept.lock().unwrap().journal.clone()
    }

    pub(super) fn ledger(&self) -> MemoryLedger {
        self.kept.lock().unwrap().ledger.clone()
    }
}

fn apply(write: &Write, journal: &MemoryJournal, ledger: &MemoryLedger) -> Written {
    match write {
        Write::Create(run, batch) => Written::Created(at_once(journal.create(run, batch.clone()))),
        Write::Append(run, batch) => Written::Appended(at_once(journal.append(run, batch.clone()))),
        Write::Say(run, signal, now) => Written::Appended(at_once(journal.say(run, signal, *now))),
        Write::Begin(intent, token, now) => {
            Written::Begun(Box::new(at_once(ledger.begin(intent, token.clone(), *now))))
        }
        Write::Record(entry, fact, output, now) => {
            let recorded = at_once(ledger.record(&account(), entry, fact, output.as_ref(), *now));
            Written::Recorded(Box::new(recorded))
        }
        Write::Limits(limits) => {
            at_once(ledger.set_limits(&account(), limits.clone())).unwrap();
            Written::Limited
        }
        Write::Block(people) => Written::Blocked(at_once(ledger.block(&account(), people)).unwrap()),
    }
}

/// What is in memory never waits.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}
