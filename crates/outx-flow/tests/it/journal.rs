//! The suite of journals over the one in memory, and the proof that it can fail.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use outx_flow::journal::suite::{SuiteFailure, run};
use outx_flow::journal::{Batch, Fact, Journal, JournalError, MemoryJournal, RunSummary, Said};
use outx_flow::{RunId, RunStatus, Signal};
use outx_model::ContentHash;
use outx_transport::VirtualClock;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// One way to break a promise.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Creates what there is.
    CreatesTwice,
    /// Keeps the values of what it refuses.
    KeepsValues,
    /// Lists the oldest run first.
    ListsOldestFirst,
    /// Cuts moments to whole seconds.
    CutsMoments,
    /// Takes the last text of a value.
    ReplacesValues,
    /// Leaves out values that it does not have.
    SkipsMissingValues,
    /// Takes only the first fact of a batch.
    DropsFacts,
    /// Loses a status that comes with facts.
    DropsStatus,
    /// Makes a run of whatever is added to.
    MakesRuns,
    /// Takes facts from whoever brings them.
    FencesNobody,
    /// Compares where there are facts to add alone.
    FencesFactsAlone,
    /// Compares, and adds in another step.
    FencesTooEarly,
    /// Hears all when one thing is heard.
    HearsAll,
    /// Lets a run hear what was said to another.
    HearsForOthers,
    /// Keeps what is said to nobody.
    SaysToNobody,
    /// Does not look at what was said.
    ForgetsSpeakers,
    /// Gives the newest run first of those that are due.
    DueByAge,
    /// Keeps the moment when a status comes without one.
    KeepsMoments,
    /// Gives only those that wait.
    ForgetsRunning,
    /// Finds a run that is not there.
    InventsRuns,
}

struct Broken {
    inner: MemoryJournal,
    fault: Fault,
    /// The values as they were given last.
    last: Mutex<Vec<(ContentHash, Arc<str>)>>,
    /// Runs that have a moment, and had one before.
    moments: Mutex<Vec<(RunId, Timestamp)>>,
}

impl Broken {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn cut(&self, batch: &mut Batch) {
        if self.is(Fault::CutsMoments) {
            for fact in &mut batch.facts {
                fact.at = Timestamp::from_second(fact.at.as_second()).unwrap();
            }
        }
    }

    async fn keep(&self, values: &[(ContentHash, Arc<str>)]) {
        let nobody = RunSummary {
            run_id: RunId::new(format!("{values:?}")),
            name: String::new(),
            account: "".into(),
            emulated: false,
            started_at: Timestamp::UNIX_EPOCH,
            status: RunStatus::Failed,
        };
        self.inner.create(&nobody, Batch { values: values.to_vec(), ..Batch::default() }).await.unwrap();
    }
}

#[async_trait]
impl Journal for Broken {
    async fn create(&self, run: &RunSummary, mut batch: Batch) -> Result<bool, JournalError> {
        self.cut(&mut batch);
        let values = batch.values.clone();
        let created = self.inner.create(run, batch).await?;
        if self.is(Fault::KeepsValues) && !created {
            self.keep(&values).await;
        }
        Ok(created || self.is(Fault::CreatesTwice))
    }

    async fn append(&self, run: &RunId, mut batch: Batch) -> Result<(), JournalError> {
        self.cut(&mut batch);
        self.last.lock().unwrap().extend(batch.values.clone());
        if self.is(Fault::DropsFacts) {
            batch.facts.truncate(1);
        }
        if self.is(Fault::DropsStatus) && !batch.facts.is_empty() {
            batch.status = None;
        }
        if self.is(Fault::FencesNobody) || self.is(Fault::FencesFactsAlone) && batch.facts.is_empty() {
            batch.after = None;
        }
        if self.is(Fault::FencesTooEarly)
            && let Some(known) = batch.after.take()
        {
            let there = self.inner.facts(run).await?.len();
            if known != there {
                return Err(JournalError::taken_over(run, known, there));
            }
            crate::lab::yielded().await;
        }
        if self.is(Fault::MakesRuns) && self.inner.run(run).await?.is_none() {
            return Ok(());
        }
        if self.is(Fault::HearsAll) && !batch.heard.is_empty() {
            batch.heard = self.inner.said(run).await?.iter().map(|said| said.number).collect();
        }
        if self.is(Fault::HearsForOthers) {
            for other in self.inner.runs().await? {
                let heard = Batch { heard: batch.heard.clone(), ..Batch::default() };
                self.inner.append(&other.run_id, heard).await?;
            }
        }
        if self.is(Fault::KeepsMoments) {
            let mut moments = self.moments.lock().unwrap();
            moments.extend(batch.wakes_at.map(|at| (run.clone(), at)));
            let known = moments.iter().rev().find(|(id, _)| id == run).map(|(_, at)| *at);
            batch.wakes_at = batch.wakes_at.or(known.filter(|_| batch.status.is_some()));
        }
        let values = batch.values.clone();
        let done = self.inner.append(run, batch).await;
        if self.is(Fault::KeepsValues) && done.is_err() {
            self.keep(&values).await;
        }
        done
    }

    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError> {
        self.inner.facts(run).await
    }

    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError> {
        if self.is(Fault::SkipsMissingValues) {
            let mut found = Vec::new();
            for hash in hashes {
                found.extend(self.inner.values(&[*hash]).await.unwrap_or_default());
            }
            return Ok(found);
        }
        let mut values = self.inner.values(hashes).await?;
        if self.is(Fault::ReplacesValues) {
            let last = self.last.lock().unwrap();
            for (hash, value) in hashes.iter().zip(&mut values) {
                let newest = last.iter().rev().find(|(known, _)| known == hash);
                *value = newest.map_or_else(|| value.clone(), |(_, text)| text.clone());
            }
        }
        Ok(values)
    }

    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError> {
        let found = self.inner.run(run).await?;
        let first = self.inner.runs().await?.pop();
        let invented = RunSummary {
            run_id: run.clone(),
            name: "invented".to_owned(),
            account: "sales".into(),
            emulated: false,
            started_at: Timestamp::UNIX_EPOCH,
            status: RunStatus::Running,
        };
        Ok(if self.is(Fault::InventsRuns) { found.or(first).or(Some(invented)) } else { found })
    }

    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError> {
        let mut runs = self.inner.runs().await?;
        if self.is(Fault::ListsOldestFirst) {
            runs.reverse();
        }
        Ok(runs)
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError> {
        let mut due = self.inner.due(now, most).await?;
        if self.is(Fault::DueByAge) {
            due.sort_by_key(|run| run.run_id.clone());
        }
        if self.is(Fault::ForgetsRunning) {
            due.retain(|run| run.status != RunStatus::Running);
        }
        if self.is(Fault::ForgetsSpeakers) {
            let late = self.inner.due(now + SignedDuration::from_hours(1), 99).await?;
            due.retain(|run| late.contains(run) && !run.status.is_end());
        }
        Ok(due)
    }

    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError> {
        if self.is(Fault::SaysToNobody) && self.inner.run(run).await?.is_none() {
            return Ok(());
        }
        self.inner.say(run, signal, now).await
    }

    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError> {
        self.inner.said(run).await
    }
}

fn tried<J: Journal + 'static>(make: impl Fn() -> J) -> Result<(), SuiteFailure> {
    VirtualClock::new(Timestamp::UNIX_EPOCH).simulate(run(|| Arc::new(make()))).unwrap()
}

#[test]
fn the_suite_holds_in_memory() {
    tried(MemoryJournal::default).unwrap();
}

#[test]
fn each_fault_is_caught_by_the_behaviour_that_names_it() {
    let mut found = BTreeSet::new();
    for (fault, behaviour) in [
        (Fault::CreatesTwice, "a_run_is_created_once"),
        (Fault::KeepsValues, "nothing_is_added_to_a_run_that_is_not_there"),
        (Fault::ListsOldestFirst, "runs_stand_newest_first"),
        (Fault::CutsMoments, "facts_read_as_they_were_written"),
        (Fault::ReplacesValues, "values_come_as_they_were_given_first"),
        (Fault::SkipsMissingValues, "a_missing_value_is_named"),
        (Fault::DropsFacts, "facts_stay_with_their_run_in_their_order"),
        (Fault::DropsStatus, "a_status_changes_with_its_batch"),
        (Fault::MakesRuns, "nothing_is_added_to_a_run_that_is_not_there"),
        (Fault::FencesNobody, "whoever_knows_other_facts_adds_nothing"),
        (Fault::FencesFactsAlone, "whoever_knows_other_facts_adds_nothing"),
        (Fault::FencesTooEarly, "of_two_who_add_at_once_one_is_refused"),
        (Fault::HearsAll, "what_is_said_stays_until_it_is_heard"),
        (Fault::HearsForOthers, "only_the_run_itself_hears"),
        (Fault::SaysToNobody, "nothing_is_said_to_a_run_that_is_not_there"),
        (Fault::ForgetsSpeakers, "who_was_spoken_to_is_due"),
        (Fault::DueByAge, "the_longest_overdue_comes_first"),
        (Fault::KeepsMoments, "a_moment_changes_no_status_and_a_status_takes_the_moment"),
        (Fault::ForgetsRunning, "who_runs_is_due_and_who_has_ended_is_not"),
        (Fault::InventsRuns, "an_empty_journal_has_nothing"),
    ] {
        let make = || Broken {
            inner: MemoryJournal::default(),
            fault,
            last: Mutex::default(),
            moments: Mutex::default(),
        };
        let failure = tried(make).unwrap_err();
        let names: Vec<_> = failure.failed().iter().map(|failed| failed.behaviour).collect();
        assert!(names.contains(&behaviour), "{fault:?}: {failure}");
        assert!(failure.to_string().contains(behaviour), "{failure}");
        found.extend(names);
    }
    assert_eq!(found.len(), 18, "only {found:?} were ever broken");
}
