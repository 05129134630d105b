//! What comes back from effects, as facts.

use super::driver::{Driver, Effect};
use super::{EngineError, EngineErrorKind};
use crate::effect::{Acted, Settled, StepEnd, Submitted, Waiting};
use crate::expr::{LastContacts, Value};
use crate::journal::{Event, SkipReason, StepError, StepErrorKind, StepResult};
use crate::run::{Path, StepStatus};
use crate::state::{Decision, NodeId};
use futures_util::FutureExt;
use outx_ledger::Intent;
use outx_model::{Call, Ticket};
use outx_poller::Followed;

impl Driver {
    pub(super) async fn effect(&mut self, effect: Effect) -> Result<(), EngineError> {
        match effect {
            Effect::Unwritten => Ok(()),
            Effect::Seen(node, seen) => {
                seen.map_err(|error| EngineError::new(EngineErrorKind::Store, error.to_string()))?;
                self.seen.insert(node);
                self.told(Decision::Join(node), &LastContacts::default()).await
            }
            Effect::Told(decision, told) => self.told(decision, &told?).await,
            Effect::Kept(node, kept) => {
                kept?;
                match self.keeping.remove(&node).flatten() {
                    Some(followed) => self.task(followed),
                    None => Ok(()),
                }
            }
            Effect::Acted(node, Acted::Ended(end)) => {
                let path = self.recorder.state.path(node);
                self.end(path, *end)
            }
            Effect::Acted(node, Acted::Waiting(waiting)) => {
                self.rest(node, waiting);
                Ok(())
            }
            Effect::LeftOut(node, why) => {
                let path = self.recorder.state.path(node);
                self.record(path, Event::Skipped { why })
            }
            Effect::Submitted(node, intent, submitted) => self.submitted(node, *intent, submitted?),
        }
    }

    fn submitted(&mut self, node: NodeId, intent: Intent, submitted: Submitted) -> Result<(), EngineError> {
        let path = self.recorder.state.path(node);
        let begun = |asked_before| Event::Begun {
            entry: intent.entry.clone(),
            endpoint: intent.endpoint,
            asked_before,
        };
        match submitted {
            Submitted::Task { ticket, joined, asked_before, kept } => {
                self.keeping.insert(node, None);
                self.effects.push(async move { Effect::Kept(node, kept.wait().await) }.boxed());
                if self.knows_task(node, &ticket) {
                    self.tickets.insert(node, (ticket, intent.entry));
                    self.follow(node);
                    return Ok(());
                }
                if !joined {
                    let before = u64::try_from(asked_before).unwrap_or_default();
                    self.created.creates += 1 + before;
                    self.created.ambiguous_creates += before;
                }
                let task_id = ticket.id.clone();
                self.tickets.insert(node, (ticket, intent.entry.clone()));
                self.record(path.clone(), begun(asked_before))?;
                self.record(path, Event::Accepted { task_id, joined })?;
                // While the ledger still writes the id: a store can make both durable at once.
                drop(self.write());
                Ok(())
            }
            Submitted::Already(end) => {
                if let Some(task_id) = end.task_id.clone() {
                    self.record(path.clone(), begun(end.asked_before))?;
                    self.record(path.clone(), Event::Accepted { task_id, joined: end.already })?;
                }
                self.end(path, *end)
            }
            Submitted::InDoubt { what } => {
                if self.recorder.state.node(node).status == StepStatus::InDoubt {
                    // Nothing new was heard.
                    return Ok(());
                }
                self.created.creates += 1;
                self.created.ambiguous_creates += 1;
                self.record(path.clone(), begun(0))?;
                self.record(path, Event::InDoubt { what })
            }
            Submitted::Failed(error) => {
                self.record(path, Event::Finished { result: StepResult::failure(error) })
            }
            Submitted::Withheld => {
                let task = self.recorder.state.node(node).task.as_ref();
                let event = match task.and_then(|task| task.task_id.as_ref()) {
                    None => Event::Skipped { why: SkipReason::Removed },
                    Some(id) => {
                        let message = format!("the ledger knows nothing of the task {id}");
                        let error = StepError { kind: StepErrorKind::OutcomeUnknown, message };
                        Event::Finished { result: StepResult::failure(error) }
                    }
                };
                self.record(path, event)
            }
            Submitted::DoNotContact(_) => self.record(path, Event::Skipped { why: SkipReason::DoNotContact }),
            // Another service than OutX stops nothing but the step.
            Submitted::Waiting(waiting) if !intent.endpoint.is_task() => {
                self.rest(node, waiting);
                Ok(())
            }
            Submitted::Waiting(waiting) => {
                self.park(node, Some(intent.endpoint), waiting);
                Ok(())
            }
        }
    }

    /// True for a task that the facts name already: the run was taken up again.
    fn knows_task(&self, node: NodeId, ticket: &Ticket) -> bool {
        let state = self.recorder.state.node(node);
        let known = state.task.as_ref().and_then(|task| task.task_id.as_ref());
        state.status == StepStatus::Running && known == Some(&ticket.id)
    }

    pub(super) fn task(&mut self, followed: Followed<NodeId>) -> Result<(), EngineError> {
        let node = followed.tag;
        if let Some(early) = self.keeping.get_mut(&node) {
            *early = Some(followed);
            return Ok(());
        }
        if !self.is_joined(node)
            && let Some(kept) = self.paces.saw(self.polling(node), &followed)
        {
            self.writes.push(kept.map(Ok).boxed());
        }
        let path = self.recorder.state.path(node);
        match self.runner.settle(&followed.ticket, followed.outcome) {
            Settled::Ended { end, fact, output } => {
                if let (Some((_, entry)), Some(fact)) = (self.tickets.remove(&node), fact) {
                    // If the program is killed before the ledger hears of it, the task is polled once more.
                    let runner = self.runner.clone();
                    let told = async move { Ok(runner.record_end(entry, fact, output).await?) };
                    let mut told = told.boxed();
                    // It is handed over at once, before anything that rests on it is asked for: an output says which
                    // names are one person's, and the next step may write to that person.
                    match (&mut told).now_or_never() {
                        Some(done) => done?,
                        None => self.writes.push(told),
                    }
                }
                self.end(path, *end)
            }
            Settled::Waiting(waiting) => {
                self.park(node, None, waiting);
                Ok(())
            }
        }
    }

    fn end(&mut self, path: Path, end: StepEnd) -> Result<(), EngineError> {
        let result = end.into_result(|value| self.recorder.value(Value::from_json(value)));
        self.record(path, Event::Finished { result })
    }

    /// A step that waits for something outside holds no place, and what stopped it stops others too.
    fn park(&mut self, node: NodeId, endpoint: Option<Call>, waiting: Waiting) {
        self.held.wait(waiting.reason, endpoint);
        self.rest(node, waiting);
    }

    fn rest(&mut self, node: NodeId, waiting: Waiting) {
        self.waiting.insert(node, waiting);
        self.recorder.state.release(node);
    }
}
