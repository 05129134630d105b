//! The loop of one run: decisions in, facts out, effects beside it.

use super::recorder::{Recorded, Recorder};
use super::{EngineError, Stop};
use crate::effect::{EffectRunner, Settled, StepEnd, Submitted, Waiting, needs_ledger};
use crate::evaluate::{Evaluated, World};
use crate::expr::Value;
use crate::journal::{Event, StepError, StepErrorKind, StepResult, WaitReason, WaitingFor};
use crate::kind::KindContext;
use crate::report::RunReport;
use crate::run::{Path, RunStatus};
use crate::state::{Decision, NodeId};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use outx_ledger::{Intent, LedgerError, entry_key};
use outx_model::{ActionKey, Endpoint, EntryKey, Ticket};
use outx_poller::{Fleet, Followed};
use outx_transport::Clock;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Facts that only copy what the ledger holds may stay in memory this long before they are written.
const COPY_DELAY: Duration = Duration::from_millis(50);

/// A burst of facts without effects is written in pieces of this many.
const BURST: usize = 2_000;

/// What comes back from an effect.
enum Effect {
    /// The wish to create a task was answered; nothing, when the facts it rests on could not be written.
    Submitted(NodeId, Box<Intent>, Result<Option<Submitted>, LedgerError>),
    /// A local effect ended.
    Local(NodeId, Result<serde_json::Value, StepError>),
    /// The ledger was told of an end.
    Told(Result<(), LedgerError>),
    /// A batch was written.
    Written(Result<(), EngineError>),
}

/// What woke the loop.
enum Woken {
    Effect(Option<Effect>),
    Task(Option<Followed<NodeId>>),
    Copies,
    Stop,
}

/// Drives one run.
pub(super) struct Driver {
    recorder: Recorder,
    runner: EffectRunner,
    clock: Arc<dyn Clock>,
    context: Arc<KindContext>,
    effects: FuturesUnordered<BoxFuture<'static, Effect>>,
    fleet: Fleet<NodeId>,
    /// Steps to begin once the facts that they rest on are on their way to the journal.
    begin: Vec<NodeId>,
    tickets: HashMap<NodeId, (Ticket, EntryKey)>,
    waiting: BTreeMap<NodeId, Waiting>,
    /// What no new effect may be begun for: everything, or some endpoints.
    held: Held,
    /// Facts that must be written even when no effect rests on them, and since when they wait.
    copies_since: Option<Timestamp>,
    ended: bool,
}

#[derive(Default)]
struct Held {
    all: Option<Waiting>,
    endpoints: HashSet<Endpoint>,
}

impl Driver {
    pub(super) fn new(recorder: Recorder, runner: EffectRunner, context: KindContext) -> Self {
        let clock = runner.client().clock().clone();
        let fleet = Fleet::new(runner.client().clone(), clock.clone());
        Self {
            recorder,
            runner,
            clock,
            context: Arc::new(context),
            effects: FuturesUnordered::new(),
            fleet,
            begin: Vec::new(),
            tickets: HashMap::new(),
            waiting: BTreeMap::new(),
            held: Held::default(),
            copies_since: None,
            ended: false,
        }
    }

    /// Works until the run ends or can go no further.
    pub(super) async fn drive(mut self, stop: &Stop) -> Result<RunReport, EngineError> {
        loop {
            self.decide()?;
            self.launch();
            if self.effects.is_empty() && (self.fleet.is_empty() || stop.is_asked()) {
                break;
            }
            match self.woken(stop).await {
                Woken::Effect(Some(effect)) => self.effect(effect)?,
                Woken::Task(Some(followed)) => self.task(followed)?,
                Woken::Effect(None) | Woken::Task(None) => {}
                Woken::Copies => {
                    let written = self.recorder.flush();
                    self.copies_since = None;
                    self.effects.push(async move { Effect::Written(written_or(written).await) }.boxed());
                }
                Woken::Stop => {
                    self.held.all.get_or_insert(Waiting {
                        reason: WaitReason::StillPending,
                        until: None,
                        message: "the run was stopped".to_owned(),
                    });
                }
            }
        }
        self.finish(stop).await
    }

    /// Does all that is to be done without waiting.
    fn decide(&mut self) -> Result<(), EngineError> {
        while let Some(decision) = self.recorder.state.decide() {
            match decision {
                Decision::Evaluate(node) => self.evaluate(node)?,
                Decision::Begin(node) => self.begin.push(node),
                Decision::Poll(node) => {
                    if let Some((ticket, _)) = self.tickets.get(&node) {
                        let step = self.recorder.state.step(node);
                        let policy = step.uses().map(|uses| uses.poll.clone()).unwrap_or_default();
                        self.fleet.add(node, ticket.clone(), policy);
                    }
                }
                Decision::Close(scope) => {
                    let outputs = self.world().item_outputs(scope);
                    let failed = self.failed_step(scope);
                    let path = self.recorder.state.scope(scope).path.clone();
                    let mut result = match outputs {
                        Ok(value) => StepResult::success(Some(self.recorder.value(value))),
                        // An item's outputs that read a step which did not succeed are null, not wrong.
                        Err(_) if failed.is_some() => StepResult::success(None),
                        Err(error) => StepResult::failure(error),
                    };
                    result.error = failed.or(result.error);
                    self.record(path, Event::Finished { result })?;
                }
                Decision::Join(node) => {
                    let result = self.joined(node);
                    let path = self.recorder.state.path(node);
                    self.record(path, Event::Finished { result })?;
                }
                Decision::End => self.ended = true,
            }
            if self.recorder.pending() >= BURST {
                let written = self.recorder.flush();
                self.effects.push(async move { Effect::Written(written_or(written).await) }.boxed());
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, node: NodeId) -> Result<(), EngineError> {
        if self.is_held(node) {
            self.recorder.state.release(node);
            return Ok(());
        }
        let evaluated = self.world().evaluate(node);
        let path = self.recorder.state.path(node);
        let event = match evaluated {
            Evaluated::Started(input) => Event::Started { input: self.recorder.value(input) },
            Evaluated::Done(output) => {
                let output = Some(self.recorder.value(output));
                Event::Finished { result: StepResult::success(output) }
            }
            Evaluated::Expanded(list, keys) => Event::Expanded { items: self.recorder.value(list), keys },
            Evaluated::Skipped(why) => Event::Skipped { why },
            Evaluated::Failed(error) => Event::Finished { result: StepResult::failure(error) },
        };
        self.record(path, event)
    }

    /// Begins the effects of the steps whose start was just recorded. Nothing leaves before that is durable.
    fn launch(&mut self) {
        if self.begin.is_empty() {
            return;
        }
        let recorded = self.recorder.flush();
        self.copies_since = None;
        // One that writes keeps the batch moving even if no effect below looks at it.
        let written = recorded.clone();
        self.effects.push(async move { Effect::Written(written_or(written).await) }.boxed());
        for node in std::mem::take(&mut self.begin) {
            let state = &self.recorder.state;
            let Some(uses) = state.step(node).uses() else { continue };
            let kind = uses.kind.clone();
            let input = self.recorder.values.get(state.node(node).input).to_json();
            let recorded = recorded.clone();
            match kind.endpoint().filter(|_| needs_ledger(kind.effect())) {
                Some(endpoint) => {
                    let intent = self.intent(node, endpoint, input);
                    let runner = self.runner.clone();
                    let work = async move {
                        let recorded = async move { recorded.await.is_ok() };
                        let submitted = runner.submit(&intent, recorded).await;
                        Effect::Submitted(node, Box::new(intent), submitted)
                    };
                    self.effects.push(work.boxed());
                }
                None => {
                    let context = self.context.clone();
                    let work = async move {
                        if recorded.await.is_err() {
                            return Effect::Told(Ok(()));
                        }
                        Effect::Local(node, kind.run(&input, &context).await)
                    };
                    self.effects.push(work.boxed());
                }
            }
        }
    }

    fn intent(&self, node: NodeId, endpoint: Endpoint, input: serde_json::Value) -> Intent {
        let state = &self.recorder.state;
        let by = ActionKey::new(format!("{}/{}", self.recorder.run, state.path(node)));
        // A message is once per person, workflow and step: the step's ids without the items' keys.
        let mut names = vec![state.step(node).id.to_string()];
        let mut scope = state.node(node).scope;
        while let Some(fan) = state.scope(scope).parent {
            names.push(state.step(fan).id.to_string());
            scope = state.node(fan).scope;
        }
        names.reverse();
        let step = format!("{}/{}", state.workflow().name, names.join("."));
        let spec = endpoint.spec();
        Intent {
            entry: entry_key(spec, &input, &by, Some(&step)),
            by,
            account: self.runner.client().account().clone(),
            endpoint,
            target: spec.target(&input),
            input,
        }
    }

    async fn woken(&mut self, stop: &Stop) -> Woken {
        let copies = self.copies_since.map(|since| self.clock.sleep_until(later(since, COPY_DELAY)));
        let copies = async {
            match copies {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        };
        let stopped = stop.is_asked();
        let asked = async {
            if stopped {
                // What is on the wire is waited for; nobody asks twice.
                std::future::pending().await
            } else {
                stop.asked().await;
            }
        };
        let fleet = &mut self.fleet;
        let tasks = async {
            if stopped || fleet.is_empty() { std::future::pending().await } else { fleet.next().await }
        };
        let effects = &mut self.effects;
        let next =
            async { if effects.is_empty() { std::future::pending().await } else { effects.next().await } };
        futures_util::pin_mut!(copies, asked, tasks, next);
        futures_util::select_biased! {
            effect = next.fuse() => Woken::Effect(effect),
            task = tasks.fuse() => Woken::Task(task),
            () = asked.fuse() => Woken::Stop,
            () = copies.fuse() => Woken::Copies,
        }
    }

    fn effect(&mut self, effect: Effect) -> Result<(), EngineError> {
        match effect {
            Effect::Told(told) => told.map_err(EngineError::from),
            Effect::Written(written) => written,
            Effect::Local(node, Ok(output)) => {
                let output = Some(self.recorder.value(Value::from_json(output)));
                let path = self.recorder.state.path(node);
                self.record(path, Event::Finished { result: StepResult::success(output) })
            }
            Effect::Local(node, Err(error)) => {
                let path = self.recorder.state.path(node);
                self.record(path, Event::Finished { result: StepResult::failure(error) })
            }
            Effect::Submitted(node, intent, submitted) => match submitted? {
                Some(submitted) => self.submitted(node, *intent, submitted),
                None => Ok(()),
            },
        }
    }

    fn submitted(&mut self, node: NodeId, intent: Intent, submitted: Submitted) -> Result<(), EngineError> {
        let path = self.recorder.state.path(node);
        match submitted {
            Submitted::Task { ticket, joined, asked_before } => {
                let task_id = ticket.id.clone();
                self.tickets.insert(node, (ticket, intent.entry.clone()));
                let begun = Event::Begun { entry: intent.entry, endpoint: intent.endpoint, asked_before };
                self.copy(path.clone(), begun)?;
                self.copy(path, Event::Accepted { task_id, joined })
            }
            Submitted::Already(end) => self.end(path, *end),
            Submitted::InDoubt { what } => {
                let begun = Event::Begun { entry: intent.entry, endpoint: intent.endpoint, asked_before: 0 };
                self.record(path.clone(), begun)?;
                self.record(path, Event::InDoubt { what })
            }
            Submitted::Failed(error) => {
                self.record(path, Event::Finished { result: StepResult::failure(error) })
            }
            Submitted::Waiting(waiting) => {
                self.park(node, Some(intent.endpoint), waiting);
                Ok(())
            }
        }
    }

    fn task(&mut self, followed: Followed<NodeId>) -> Result<(), EngineError> {
        let node = followed.tag;
        let path = self.recorder.state.path(node);
        match self.runner.settle(&followed.ticket, followed.outcome) {
            Settled::Ended { end, fact, output } => {
                if let (Some((_, entry)), Some(fact)) = (self.tickets.remove(&node), fact) {
                    // If the program is killed before the ledger hears of it, the task is polled once more.
                    let runner = self.runner.clone();
                    let told = async move { Effect::Told(runner.record_end(entry, fact, output).await) };
                    self.effects.push(told.boxed());
                }
                self.end(path, end)
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
    fn park(&mut self, node: NodeId, endpoint: Option<Endpoint>, waiting: Waiting) {
        match (waiting.reason, endpoint) {
            (WaitReason::Key | WaitReason::Network | WaitReason::Extension, _) => {
                self.held.all.get_or_insert_with(|| waiting.clone());
            }
            (WaitReason::Limit, Some(endpoint)) => drop(self.held.endpoints.insert(endpoint)),
            _ => {}
        }
        self.waiting.insert(node, waiting);
        self.recorder.state.release(node);
    }

    fn is_held(&self, node: NodeId) -> bool {
        let step = self.recorder.state.step(node);
        let Some(uses) = step.uses().filter(|_| step.has_effect()) else { return false };
        let endpoint = uses.kind.endpoint();
        let stopped = self.held.all.as_ref().is_some_and(|held| {
            // Files can be written without a key or a network.
            endpoint.is_some() || held.reason == WaitReason::StillPending
        });
        stopped || endpoint.is_some_and(|endpoint| self.held.endpoints.contains(&endpoint))
    }

    /// The first failed step of an item, as the item's own failure.
    fn failed_step(&self, scope: crate::state::ScopeId) -> Option<StepError> {
        let state = &self.recorder.state;
        let steps = 0..state.block(scope).steps.len();
        steps.into_iter().find_map(|step| {
            let node = state.node_in(scope, step);
            let error = state.node(node).result.as_ref()?.error.as_ref()?;
            let message = format!("{}: {}", state.step(node).id, error.message);
            Some(StepError { kind: error.kind, message })
        })
    }

    fn joined(&self, fan: NodeId) -> StepResult {
        let state = &self.recorder.state;
        let items = &state.node(fan).items;
        let failed = |scope: &&crate::state::ScopeId| {
            state.scope(**scope).result.as_ref().is_some_and(|result| result.error.is_some())
        };
        let count = items.iter().filter(failed).count();
        let Some(first) = items.iter().find(failed) else { return StepResult::success(None) };
        let key = &state.scope(*first).key;
        StepResult::failure(StepError {
            kind: StepErrorKind::ItemFailed,
            message: format!("{count} of {} items failed, the first of them `{key}`", items.len()),
        })
    }

    fn record(&mut self, path: Path, event: Event) -> Result<(), EngineError> {
        let now = self.clock.now();
        self.copies_since.get_or_insert(now);
        self.recorder.fact(path, now, event)
    }

    /// A fact that the ledger already holds: losing it in a crash loses nothing.
    fn copy(&mut self, path: Path, event: Event) -> Result<(), EngineError> {
        self.record(path, event)
    }

    fn world(&self) -> World<'_> {
        World {
            state: &self.recorder.state,
            values: &self.recorder.values,
            run: &self.recorder.run,
            now: self.clock.now(),
        }
    }

    /// Writes how the run stands, and reports it.
    async fn finish(mut self, stop: &Stop) -> Result<RunReport, EngineError> {
        let state = &self.recorder.state;
        let interrupted = stop.is_asked() && !self.ended;
        let mut status = state.status();
        let mut outputs = None;
        let mut error = None;
        if self.ended {
            let root = state.nodes().next().map(|(_, node)| node.scope);
            if let Some(root) = root {
                let (value, failure) = self.world().outputs(root);
                outputs = Some(self.recorder.value(value));
                if failure.is_some() {
                    status = RunStatus::Failed;
                }
                error = failure;
            }
        }
        let waiting_for: Vec<WaitingFor> = self
            .waiting
            .iter()
            .map(|(node, waiting)| WaitingFor {
                path: self.recorder.state.path(*node),
                reason: waiting.reason,
                until: waiting.until,
                message: waiting.message.clone(),
            })
            .collect();
        if !interrupted {
            self.recorder.status(status);
            self.record(Path::run(), Event::RunStopped { status, outputs, error, waiting_for })?;
        }
        let written = self.recorder.flush();
        written_or(written).await?;
        Ok(RunReport::new(&self.recorder.run, &self.recorder.state, &self.recorder.values))
    }
}

async fn written_or(recorded: Recorded) -> Result<(), EngineError> {
    recorded.await.map_err(|error| {
        EngineError::new(
            match error.kind() {
                crate::journal::JournalErrorKind::Store => super::EngineErrorKind::Store,
                _ => super::EngineErrorKind::Corrupt,
            },
            format!("the journal failed: {error}"),
        )
    })
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}
