//! The person behind the account, who looks at LinkedIn and says what is true.

use super::dice::Dice;
use super::verdict::{History, Law, Violation, violation};
use super::world::World;
use crate::lab::account;
use outx_flow::journal::{Event, Journal, WaitReason};
use outx_flow::{Engine, EngineErrorKind, Path, Reported, RunReport, Signal};
use outx_ledger::{Entry, LedgerStore};
use outx_model::{Action, ActionState, ContentHash, EntryKey, TaskId, Word};
use std::collections::BTreeSet;

impl World {
    /// Says what became of each doubt, and yes or no to each question.
    pub(super) async fn answer(&mut self, history: &mut History) -> Result<(), Violation> {
        // What is on the wire still arrives, and nobody knows before.
        self.wire.at_rest().await;
        self.disk.synced().await;
        for run in 0..self.reports.len() {
            let id = World::run_id(run);
            if self.disk.journal().run(&id).await.unwrap().is_none() {
                continue;
            }
            let engine = self.for_person(run);
            let Ok(report) = engine.describe(&id).await else {
                return violation(Law::Works, format!("{id} cannot be understood"));
            };
            if report.status.is_end() {
                continue;
            }
            let mut signals = self.doubts(run, &report).await;
            history.resolved += signals.len();
            let asked = report.waiting_for.iter().filter(|it| it.reason == WaitReason::Approval);
            signals.extend(asked.map(|it| Signal::Approve {
                step: it.path.clone(),
                yes: !ContentHash::of_bytes(it.path.as_str().as_bytes()).seed().is_multiple_of(5),
                by: "Ada".to_owned(),
            }));
            for signal in signals {
                self.story.tell("person", || format!("{id}: {signal:?}"));
                let told = match engine.signal(&id, &signal).await {
                    Ok(()) => engine.hear(&id).await,
                    refused => refused,
                };
                match told {
                    Ok(()) => {}
                    // Another run's step had the same doubt, or its time is over.
                    Err(error) if error.kind() == EngineErrorKind::Refused => {
                        self.story.tell(id.as_str(), || error.to_string());
                    }
                    Err(error) => return violation(Law::Works, format!("{signal:?}: {error}")),
                }
            }
        }
        Ok(())
    }

    async fn doubts(&self, run: usize, report: &RunReport) -> Vec<Signal> {
        let facts = self.disk.journal().facts(&World::run_id(run)).await.unwrap();
        let mut signals = Vec::new();
        for path in in_doubt(report) {
            let step = Path::parse(&path);
            let entry = facts.iter().rev().find_map(|fact| match &fact.event {
                Event::Begun { entry, .. } if fact.path == step => Some(entry.clone()),
                _ => None,
            });
            if let Some(word) = self.word(entry.as_ref(), signals.len()).await {
                signals.push(Signal::Resolve { step, word });
            }
        }
        signals
    }

    /// What is true of an entry in doubt.
    async fn word(&self, entry: Option<&EntryKey>, number: usize) -> Option<Word> {
        let entries = self.disk.ledger().entries(&account()).await.unwrap();
        let entry = entries.iter().find(|it| Some(&it.key) == entry)?;
        if !matches!(entry.action.state(), ActionState::InDoubt { .. } | ActionState::Sending { .. }) {
            return None;
        }
        let mut dice =
            Dice::new(self.case.seed ^ ContentHash::of_bytes(entry.key.as_str().as_bytes()).seed(), 6);
        dice.below(2 + number as u64);
        let gives_up = dice.percent(10);
        Some(match self.made(entry, &entries) {
            _ if gives_up => Word::GiveUp,
            Some(task) => Word::Sent { task_id: (!dice.percent(15)).then_some(task) },
            None => Word::NotSent,
        })
    }

    /// The task that came of an entry, and of no other, as LinkedIn shows it.
    fn made(&self, entry: &Entry, entries: &[Entry]) -> Option<TaskId> {
        let known: BTreeSet<_> = entries.iter().flat_map(Entry::actions).flat_map(Action::task_ids).collect();
        self.host.with(|service| {
            let mut of_entry = service.requests().iter().filter(|request| {
                request.endpoint == entry.endpoint
                    && ContentHash::of_json(&request.input.value()) == entry.input
            });
            of_entry.find_map(|request| request.task.clone().filter(|task| !known.contains(task)))
        })
    }
}

/// The paths of the steps in doubt.
fn in_doubt(report: &RunReport) -> Vec<String> {
    let doubtful = |(path, it): (Path, Reported<'_>)| match it {
        Reported::Step(step) if step.doubt.is_some() && step.items.is_none() && step.steps.is_none() => {
            Some(path.to_string())
        }
        Reported::Step(_) | Reported::Item(_) => None,
    };
    report.all().into_iter().filter_map(doubtful).collect()
}
