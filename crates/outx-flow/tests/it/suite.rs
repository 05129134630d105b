//! The suite of engines over the local one, and the proof that it can fail.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use async_trait::async_trait;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use outx_flow::journal::{Batch, Event, Fact, Journal, JournalError, RunSummary, Said};
use outx_flow::suite::{Cell, LocalSubject, Matrix, Parts, Stores, Subject, behaviours, run};
use outx_flow::{
    Engine, EngineError, EngineErrorKind, LocalEngine, RunId, RunReport, Signal, Stop, Submission,
};
use outx_ledger::{Admission, Entry, Intent, LedgerError, LedgerStore, MemoryLedger};
use outx_model::{
    AccountId, ActionFact, ActionState, ContentHash, EntryKey, PersonName, TaskId, Token, Word,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn the_local_engine_holds_all_of_it() {
    let matrix = run(&[&LocalSubject::new("local", Stores::default)]);
    assert!(matrix.check().is_ok(), "{matrix}");
    assert_eq!(matrix.rows.len(), behaviours().count());
}

/// What is wrong with an engine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    /// Each engine has a ledger of its own.
    ForgetsLedger,
    /// Sends what is in doubt once more.
    SendsDoubtAgain,
    /// Begins what was not noted as begun without asking whether it was.
    AsksLedgerTooLate,
    /// Takes no id that comes after the doubt.
    DropsLateId,
    /// Says that it took what it has already.
    TakesTwice,
    /// Begins a run anew that is submitted again.
    BeginsAnew,
    /// Adds facts to runs that others have.
    FencesNobody,
    /// Leaves a run at once when it is cancelled.
    DropsOnCancel,
    /// Goes on with a run that was cancelled.
    ForgetsCancel,
    /// Leaves a task alone that another engine had created.
    LeavesTasks,
    /// Loses how a task ended.
    LosesEnds,
    /// Knows only the runs that it was given.
    KnowsItsOwnRuns,
    /// Takes a run that moved in the future for damaged.
    TrustsTheClock,
}

struct Flawed {
    flaw: Flaw,
    /// The runs that were submitted to its engines.
    taken: Arc<Mutex<BTreeSet<RunId>>>,
}

impl Subject for Flawed {
    fn name(&self) -> &'static str {
        "flawed"
    }

    fn stores(&self) -> Stores {
        self.taken.lock().unwrap().clear();
        Stores::default()
    }

    fn engine(&self, parts: Parts) -> Arc<dyn Engine> {
        let Self { flaw, taken } = self;
        let ledger: Arc<dyn LedgerStore> = match flaw {
            Flaw::ForgetsLedger => Arc::new(MemoryLedger::new()),
            _ => parts.ledger.clone(),
        };
        let journal = Arc::new(Through { to: parts.journal.clone(), flaw: *flaw });
        let parts = Parts { ledger: Arc::new(Through { to: ledger, flaw: *flaw }), journal, ..parts };
        let inner = LocalEngine::new(parts.clone().setup());
        Arc::new(FlawedEngine { inner, parts, flaw: *flaw, taken: taken.clone() })
    }
}

struct FlawedEngine {
    inner: LocalEngine,
    parts: Parts,
    flaw: Flaw,
    taken: Arc<Mutex<BTreeSet<RunId>>>,
}

impl FlawedEngine {
    fn refuses(&self, facts: &[Fact], run: &RunId) -> bool {
        let now = self.parts.client.clock().now();
        match self.flaw {
            Flaw::KnowsItsOwnRuns => !self.taken.lock().unwrap().contains(run),
            Flaw::TrustsTheClock => facts.last().is_some_and(|last| last.at > now),
            _ => false,
        }
    }
}

#[async_trait]
impl Engine for FlawedEngine {
    async fn submit(&self, submission: &Submission) -> Result<bool, EngineError> {
        self.taken.lock().unwrap().insert(submission.summary.run_id.clone());
        let is_new = self.inner.submit(submission).await?;
        if self.flaw == Flaw::BeginsAnew && !is_new {
            let run = &submission.summary.run_id;
            let first = self.parts.journal.facts(run).await?.into_iter().take(1).collect();
            self.parts.journal.append(run, Batch { facts: first, ..Batch::default() }).await?;
        }
        Ok(is_new || self.flaw == Flaw::TakesTwice)
    }

    async fn drive(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError> {
        let facts = self.parts.journal.facts(run).await?;
        if self.refuses(&facts, run) {
            return Err(EngineError::new(EngineErrorKind::Corrupt, "the run cannot be understood"));
        }
        let has_task = |fact: &Fact| matches!(fact.event, Event::Accepted { .. });
        if self.flaw == Flaw::LeavesTasks && facts.iter().any(has_task) {
            return self.inner.describe(run).await;
        }
        if self.flaw != Flaw::DropsOnCancel {
            return self.inner.drive(run, stop).await;
        }
        let cancelled = async {
            let clock = self.parts.client.clock();
            loop {
                let said = self.parts.journal.said(run).await.unwrap_or_default();
                if said.iter().any(|said| said.signal == Signal::Cancel) {
                    return;
                }
                clock.sleep_until(clock.now() + Duration::from_millis(900)).await;
            }
        };
        match select(self.inner.drive(run, stop), pin!(cancelled)).await {
            Either::Left((done, _)) => done,
            Either::Right(((), work)) => {
                drop(work);
                self.inner.drive(run, stop).await
            }
        }
    }

    async fn signal(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        self.inner.signal(run, signal).await
    }

    async fn hear(&self, run: &RunId) -> Result<(), EngineError> {
        self.inner.hear(run).await
    }

    async fn describe(&self, run: &RunId) -> Result<RunReport, EngineError> {
        self.inner.describe(run).await
    }

    async fn list(&self) -> Result<Vec<RunSummary>, EngineError> {
        self.inner.list().await
    }
}

/// A seam as a flawed engine goes through it.
struct Through<T: ?Sized> {
    to: Arc<T>,
    flaw: Flaw,
}

#[async_trait]
impl LedgerStore for Through<dyn LedgerStore> {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        if self.flaw == Flaw::AsksLedgerTooLate {
            drop(self.to.begin(intent, token.clone(), now).await?);
            return Ok(Admission::Go { token, asked_before: 0 });
        }
        let admission = self.to.begin(intent, token.clone(), now).await?;
        if let (Flaw::SendsDoubtAgain, Admission::InDoubt(entry)) = (self.flaw, &admission)
            && let ActionState::InDoubt { token: before, .. } | ActionState::Sending { token: before } =
                entry.action.state()
        {
            let fact = ActionFact::Said { token: before, word: Word::NotSent };
            self.to.record(&intent.account, &intent.entry, &fact, None, now).await?;
            return self.to.begin(intent, token, now).await;
        }
        Ok(admission)
    }

    async fn record(
        &self,
        account: &AccountId,
        key: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        if let Some(entry) = self.to.entry(account, key).await? {
            let is_late = matches!(entry.action.state(), ActionState::InDoubt { .. });
            if self.flaw == Flaw::DropsLateId && is_late && matches!(fact, ActionFact::Accepted { .. }) {
                return Ok(entry);
            }
            if self.flaw == Flaw::LosesEnds && matches!(fact, ActionFact::Ended { .. }) {
                return Ok(entry);
            }
        }
        self.to.record(account, key, fact, output, now).await
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.to.entry(account, key).await
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.to.entry_of_task(account, task).await
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.to.entries(account).await
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.to.last_contacts(account, people).await
    }
}

#[async_trait]
impl Journal for Through<dyn Journal> {
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError> {
        self.to.create(run, batch).await
    }

    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError> {
        let after = batch.after.filter(|_| self.flaw != Flaw::FencesNobody);
        self.to.append(run, Batch { after, ..batch }).await
    }

    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.to.facts(run).await
    }

    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        self.to.values(hashes).await
    }

    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        self.to.run(run).await
    }

    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        self.to.runs().await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        self.to.due(now, most).await
    }

    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        if self.flaw == Flaw::ForgetsCancel && *signal == Signal::Cancel {
            return Ok(());
        }
        self.to.say(run, signal, now).await
    }

    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.to.said(run).await
    }
}

fn tried(flaw: Flaw) -> Matrix {
    run(&[&Flawed { flaw, taken: Arc::default() }])
}

#[test]
fn each_flaw_is_found_by_the_behaviour_that_is_about_it() {
    let mut found = BTreeSet::new();
    for (flaw, name) in [
        (Flaw::ForgetsLedger, "dropped_after_record"),
        (Flaw::SendsDoubtAgain, "dropped_after_send"),
        (Flaw::AsksLedgerTooLate, "dropped_after_record"),
        (Flaw::DropsLateId, "what_a_former_owner_hears_is_taken"),
        (Flaw::TakesTwice, "submitting_again_changes_nothing"),
        (Flaw::BeginsAnew, "submitting_again_changes_nothing"),
        (Flaw::FencesNobody, "a_former_owner_adds_nothing"),
        (Flaw::DropsOnCancel, "a_cancel_waits_for_what_is_on_the_wire"),
        (Flaw::ForgetsCancel, "a_cancelled_run_stays_so"),
        (Flaw::LeavesTasks, "dropped_after_poll"),
        (Flaw::LosesEnds, "dropped_after_poll"),
        (Flaw::KnowsItsOwnRuns, "a_run_of_an_earlier_version_goes_on"),
        (Flaw::TrustsTheClock, "a_clock_set_back_between_engines"),
    ] {
        let matrix = tried(flaw);
        let broken = matrix.rows.iter().filter(|(_, _, cells)| matches!(cells[0], Cell::Broken(_)));
        found.extend(broken.map(|(name, ..)| *name));
        let row = matrix.rows.iter().find(|(known, ..)| *known == name).unwrap();
        assert!(matches!(row.2[0], Cell::Broken(_)), "{flaw:?} was not found by {name}\n{matrix}");
        assert!(matrix.check().unwrap_err().to_string().contains(name));
    }
    // No behaviour holds for whoever is asked.
    assert_eq!(found.len(), behaviours().count(), "only {found:?} were ever broken");
}
