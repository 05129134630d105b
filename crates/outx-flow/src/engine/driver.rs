//! The loop of one run: decisions in, facts out, effects beside it.

use super::EngineError;
use super::hearing::Ear;
use super::held::Held;
use super::paces::Paces;
use super::recorder::{Recorded, Recorder, written};
use super::tasks::Part;
use crate::definition::InDoubt;
use crate::effect::{Act, Acted, EffectRunner, Submitted, Waiting, entry_of};
use crate::evaluate::{Evaluated, World};
use crate::expr::LastContacts;
use crate::journal::{Event, SkipReason, StepResult, WaitReason};
use crate::kind::{Kept, KindContext};
use crate::report::RunReport;
use crate::run::Path;
use crate::secret::Secrets;
use crate::state::{Decision, NodeId};
use crate::stop::Stop;
use crate::unseen::SeenError;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use outx_ledger::{Intent, LedgerError, Repeat, Wanted};
use outx_model::{ActionKey, Call, EntryKey, Ticket};
use outx_poller::{Counts, Followed};
use outx_transport::Clock;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Facts that no effect rests on may stay in memory this long. A crash loses nothing with them: they copy what
/// the ledger holds, can be computed again, or tell of something that may be done again.
const WRITE_DELAY: Duration = Duration::from_millis(50);

/// A burst of facts without effects is written in pieces of this many.
const BURST: usize = 2_000;

/// And of so many bytes.
const BURST_BYTES: usize = 512 << 10;

/// So many pieces may be on their way to the journal before no more is done without waiting for it.
const PIECES: usize = 4;

/// What comes back from an effect.
pub(super) enum Effect {
    /// The wish to create a task was answered.
    Submitted(NodeId, Box<Intent>, Result<Submitted, LedgerError>),
    /// The ledger has the id of the step's task.
    Kept(NodeId, Result<(), LedgerError>),
    /// What may be done again was done, or is to be done later.
    Acted(NodeId, Acted),
    /// It must not be done here.
    LeftOut(NodeId, SkipReason),
    /// The ledger told whom the account has contacted, for what is to be computed with it.
    Told(Decision, Result<LastContacts, LedgerError>),
    /// What had arrived in the last iteration of a repetition counts as seen.
    Seen(NodeId, Result<(), SeenError>),
    /// Nothing was done, because the facts that it rests on could not be written; their batch says why.
    Unwritten,
}

/// What woke the loop.
enum Woken {
    SpokenTo,
    Effect(Option<Effect>),
    Task(Option<Followed<NodeId>>),
    Written(Option<Result<(), EngineError>>),
    WriteDue,
    PauseOver,
    Stop,
    /// Nothing did: there is more to be done without waiting.
    Again,
}

/// What a while of work came to.
pub(super) enum Worked {
    /// The run ended, or can go no further by itself.
    Stands(Box<RunReport>),
    /// Something was said to the run, and is to be heard before it goes on.
    SpokenTo,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// Nothing can be done any more.
    Done,
    /// A person stopped the run.
    Stopped,
    /// It was stopped, and somebody else goes on.
    HandedOver,
    /// Something was said to the run.
    SpokenTo,
}

/// Drives one run.
pub(super) struct Driver {
    pub(super) recorder: Recorder,
    pub(super) runner: EffectRunner,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) context: Arc<KindContext>,
    secrets: Arc<Secrets>,
    pub(super) effects: FuturesUnordered<BoxFuture<'static, Effect>>,
    /// What is on its way to journal and ledger. No step waits for it, but the run's end does.
    pub(super) writes: FuturesUnordered<BoxFuture<'static, Result<(), EngineError>>>,
    /// Its share of what follows the tasks of all runs.
    pub(super) fleet: Part,
    pub(super) paces: Paces,
    /// Tasks that were created, and what may have been one.
    pub(super) created: Counts,
    /// Steps to begin once the facts that they rest on are on their way to the journal.
    begin: Vec<NodeId>,
    pub(super) tickets: HashMap<NodeId, (Ticket, EntryKey)>,
    /// Steps whose task's id is on its way to the ledger, with what the poller saw of it in the meantime. Nothing is
    /// made of a result before its id is safe.
    pub(super) keeping: HashMap<NodeId, Option<Followed<NodeId>>>,
    pub(super) waiting: BTreeMap<NodeId, Waiting>,
    /// The ends of the pauses among what is waited for, for as long as something else keeps the loop busy.
    pub(super) pauses: BTreeSet<(Timestamp, NodeId)>,
    pub(super) held: Held,
    /// When the first of the facts was taken that the journal does not have yet.
    unwritten_since: Option<Timestamp>,
    /// Repetitions of whose last iteration it is kept what counts as seen.
    pub(super) seen: HashSet<NodeId>,
    /// All steps have ended.
    pub(super) ended: bool,
    ear: Option<Ear>,
    /// Whether its reports are brief.
    pub(super) is_brief: bool,
}

impl Driver {
    pub(super) fn new(
        recorder: Recorder,
        runner: EffectRunner,
        (context, secrets): (KindContext, Arc<Secrets>),
        (fleet, paces, ear): (Part, Paces, Option<Ear>),
        is_brief: bool,
    ) -> Self {
        let clock = runner.client().clock().clone();
        let limits = &recorder.state.workflow().limits;
        let wanted = Wanted { besides: runner.limits().besides.and(limits), ..(**runner.limits()).clone() };
        let runner = if limits.0.is_empty() { runner } else { runner.with_limits(wanted) };
        Self {
            recorder,
            runner,
            clock,
            context: Arc::new(context),
            secrets,
            effects: FuturesUnordered::new(),
            writes: FuturesUnordered::new(),
            fleet,
            paces,
            created: Counts::default(),
            begin: Vec::new(),
            tickets: HashMap::new(),
            keeping: HashMap::new(),
            waiting: BTreeMap::new(),
            pauses: BTreeSet::new(),
            held: Held::default(),
            unwritten_since: None,
            seen: HashSet::new(),
            ended: false,
            ear,
            is_brief,
        }
    }

    /// Works until the run ends or can go no further.
    pub(super) async fn drive(mut self, stop: &Stop) -> Result<Worked, EngineError> {
        // The runner stops when a person asks, and also when the run cannot be worked on any more.
        let halt = Stop::default();
        self.runner = self.runner.stopped_by(&halt);
        self.context = Arc::new(KindContext { stop: halt.clone(), ..(*self.context).clone() });
        match self.work(stop, &halt).await {
            Ok(why) => {
                let why = if why == Halt::Stopped && stop.is_handed_over() { Halt::HandedOver } else { why };
                let mut counts = self.fleet.counts();
                counts += self.created;
                self.recorder.asked(&counts);
                let report = self.finish(why).await?;
                let goes_on = why == Halt::SpokenTo && !report.status.is_end();
                Ok(if goes_on { Worked::SpokenTo } else { Worked::Stands(Box::new(report)) })
            }
            Err(error) => {
                halt.ask();
                self.drain().await;
                Err(error)
            }
        }
    }

    /// One thing failed; the answers of what is on the wire are waited for and kept all the same, as far as can be.
    async fn drain(&mut self) {
        self.held.stop();
        while let Some(effect) = self.effects.next().await {
            // The first error is the one that is told; here only what can still be kept counts.
            let _ = self.effect(effect).await;
        }
        drop(self.write());
        while self.writes.next().await.is_some() {}
    }

    async fn work(&mut self, stop: &Stop, halt: &Stop) -> Result<Halt, EngineError> {
        let mut why = Halt::Done;
        loop {
            if stop.is_asked() && why != Halt::Stopped {
                why = Halt::Stopped;
                self.held.stop();
                halt.ask();
            }
            let all = self.decide().await?;
            self.launch().await?;
            if self.effects.is_empty() && (self.fleet.is_empty() && all || why != Halt::Done) {
                self.leave(why)?;
                return Ok(why);
            }
            if !all {
                yielded().await;
            }
            match self.woken(stop, why, all).await {
                Woken::SpokenTo => {
                    // As if it were stopped for a moment: what is on the wire is waited for.
                    why = Halt::SpokenTo;
                    self.held.stop();
                    halt.ask();
                }
                Woken::Effect(Some(effect)) => self.effect(effect).await?,
                Woken::Task(Some(followed)) => self.task(followed)?,
                Woken::Written(Some(written)) => written?,
                Woken::Effect(None)
                | Woken::Task(None)
                | Woken::Written(None)
                | Woken::Stop
                | Woken::Again => {}
                Woken::WriteDue => drop(self.write()),
                Woken::PauseOver => self.pauses_over().await?,
            }
        }
    }

    /// Does what is to be done without waiting; false where there is more of it, and others are to have their turn first.
    async fn decide(&mut self) -> Result<bool, EngineError> {
        while let Some(decision) = self.recorder.state.decide() {
            match decision {
                Decision::Evaluate(node) => self.evaluate(node, &LastContacts::default()).await?,
                Decision::Begin(node) => {
                    if !self.leave_out(node)? && !self.pause(node).await? {
                        self.begin.push(node);
                    }
                }
                Decision::Poll(node) => self.follow(node),
                Decision::Close(scope) => self.close(scope, &LastContacts::default()).await?,
                Decision::Join(node) => self.join(node, &LastContacts::default()).await?,
                Decision::End => self.ended = true,
            }
            if self.recorder.pending() >= BURST || self.recorder.pending_bytes() >= BURST_BYTES {
                drop(self.write());
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn evaluate(&mut self, node: NodeId, known: &LastContacts) -> Result<(), EngineError> {
        if self.held.holds(self.recorder.state.step(node)) {
            self.recorder.state.release(node);
            return Ok(());
        }
        let (decision, now) = (Decision::Evaluate(node), self.clock.now());
        if let Some(rows) = self.world().rows_of(node) {
            return self.expanded_by_rows(node, &rows, known).await;
        }
        let evaluated = self.computed(decision, known, now, |world| world.evaluate(node)).await?;
        match evaluated {
            Some(evaluated) => self.evaluated(node, evaluated),
            None => Ok(()),
        }
    }

    /// Records what came of a step's expressions.
    pub(super) fn evaluated(&mut self, node: NodeId, evaluated: Evaluated) -> Result<(), EngineError> {
        let path = self.recorder.state.path(node);
        let event = match evaluated {
            Evaluated::Started(input, once) => Event::Started { input: self.recorder.value(input), once },
            Evaluated::Done(output) => {
                let output = Some(self.recorder.value(output));
                Event::Finished { result: StepResult::success(output) }
            }
            Evaluated::Expanded(list, keys, error) => {
                return self.expanded(node, list, keys, error);
            }
            Evaluated::Skipped(why) => Event::Skipped { why },
            Evaluated::Failed(error) => Event::Finished { result: StepResult::failure(error) },
        };
        self.record(path, event)
    }

    /// Begins the effects of the steps whose start was just recorded. Nothing leaves before that is durable.
    async fn launch(&mut self) -> Result<(), EngineError> {
        if self.begin.is_empty() {
            return Ok(());
        }
        let recorded = self.write();
        for node in std::mem::take(&mut self.begin) {
            let state = &self.recorder.state;
            let step = state.step(node);
            if step.uses().is_none() || self.held.holds(step) {
                self.recorder.state.release(node);
                continue;
            }
            let input = state.node(node).input;
            let input = self.reading(|world| world.values.get(input)).await?.to_json();
            let state = &self.recorder.state;
            let Some(uses) = state.step(node).uses() else { continue };
            let kind = uses.kind.clone();
            let recorded = recorded.clone();
            let (key, place) = (self.by(node).to_string(), self.place(node));
            let context = KindContext { place, key, ..(*self.context).clone() };
            let runner = self.runner.clone().with_retry(uses.retry.clone());
            let secrets = self.secrets.clone();
            let kept = match secrets.reveal_for(kind.as_ref(), &input) {
                Ok(sent) => kind.kept_from(&sent, &context),
                // Whoever goes on may have another environment than who began. Of an item that is in its list no more
                // nothing is sent, and only the ledger is asked.
                Err(_) if state.scope(state.node(node).scope).removed => None,
                Err(message) => Some(Kept::Waits(WaitReason::Secret, message)),
            };
            let work = if let Some(kept) = kept {
                let effect = match kept {
                    Kept::LeftOut(why) => Effect::LeftOut(node, why),
                    Kept::Waits(reason, message) => {
                        Effect::Acted(node, Acted::Waiting(Waiting { reason, until: None, message }))
                    }
                };
                let work = async move {
                    match recorded.await {
                        Ok(()) => effect,
                        Err(_) => Effect::Unwritten,
                    }
                };
                work.boxed()
            } else if let Some((call, sent)) = kind.call(&input) {
                if uses.poll.is_learned {
                    self.paces.look_up(call).await;
                }
                let assumes = uses.in_doubt == InDoubt::AssumeSent;
                let law = self.paces.law(&uses.poll, call);
                let intent = Intent { law, ..self.intent(node, call, sent) };
                let context = KindContext { key: intent.entry.to_string(), ..context };
                let runner = runner.acting(Act { kind, input, context, secrets });
                let work = async move {
                    let recorded = async move { recorded.await.is_ok() };
                    let submitted = if assumes {
                        runner.submit_assuming(&intent, recorded).await
                    } else {
                        runner.submit(&intent, recorded).await
                    };
                    match submitted.transpose() {
                        Some(submitted) => Effect::Submitted(node, Box::new(intent), submitted),
                        None => Effect::Unwritten,
                    }
                };
                work.boxed()
            } else {
                let act = Act { kind, input, context, secrets };
                let work = async move {
                    match recorded.await {
                        Ok(()) => Effect::Acted(node, runner.act(&act).await),
                        Err(_) => Effect::Unwritten,
                    }
                };
                work.boxed()
            };
            self.effects.push(work);
        }
        Ok(())
    }

    /// The step's place in its workflow, the same in each iteration.
    pub(super) fn place(&self, node: NodeId) -> String {
        let state = &self.recorder.state;
        format!("{}/{}", state.workflow().name, state.lasting_path(node))
    }

    fn by(&self, node: NodeId) -> ActionKey {
        let state = &self.recorder.state;
        ActionKey::new(match state.node(node).attempt {
            0 => format!("{}/{}", self.recorder.run, state.path(node)),
            // To the ledger it is another action, which may be sent where the one before failed.
            attempt => format!("{}/{}#{attempt}", self.recorder.run, state.path(node)),
        })
    }

    fn intent(&self, node: NodeId, call: Call, input: serde_json::Value) -> Intent {
        let (state, by) = (&self.recorder.state, self.by(node));
        // A message is once per person, workflow and step.
        let step = format!("{}/{}", state.workflow().name, state.ids(node));
        let uses = state.step(node).uses();
        let label = uses.and_then(|uses| uses.limit.as_deref()).map(str::to_owned);
        let known = state.node(node);
        let (entry, repeat) = match uses {
            Some(uses) => {
                let once = (known.once.as_deref(), known.like_no_other);
                let (entry, repeat) = entry_of(uses, once, call, &step, &input, &by);
                // A read that was begun stays where it was kept, whatever a later definition says of its cache.
                let begun = known.task.as_ref().and_then(|task| task.entry.clone());
                (begun.filter(|_| call.effect() == outx_model::Effect::Read).unwrap_or(entry), repeat)
            }
            None => (EntryKey::new(by.as_str()), Repeat::Never),
        };
        let intent = Intent::new(by, entry, self.runner.client().account().clone(), call, input);
        let withheld = state.scope(state.node(node).scope).removed;
        Intent { limits: self.limits_for(node), repeat, label, withheld, ..intent }
    }

    /// What limits a step: the account's limits, those of the run's file, and those of each file by whose call it is done.
    fn limits_for(&self, node: NodeId) -> Arc<Wanted> {
        let state = &self.recorder.state;
        let (mut limits, mut at) = (self.runner.limits().clone(), state.node(node).scope);
        while let Some((call, _)) = state.call_around(at) {
            if let Some(called) = state.step(call).call().filter(|call| !call.workflow.limits.0.is_empty()) {
                let besides = limits.besides.and(&called.workflow.limits);
                limits = Arc::new(Wanted { besides, ..(*limits).clone() });
            }
            at = state.node(call).scope;
        }
        limits
    }

    async fn woken(&mut self, stop: &Stop, why: Halt, all: bool) -> Woken {
        let halted = why != Halt::Done;
        let due = self.unwritten_since.map(|since| self.clock.sleep_until(later(since, WRITE_DELAY)));
        let due = async {
            match due {
                Some(sleep) => sleep.await,
                None => pending().await,
            }
        };
        let over = self.pauses.first().map(|(until, _)| self.clock.sleep_until(*until));
        let over = async {
            match over {
                Some(sleep) => sleep.await,
                None => pending().await,
            }
        };
        let asked = async {
            // What is on the wire is waited for; nobody asks twice.
            if why == Halt::Stopped {
                pending::<()>().await;
            }
            stop.asked().await;
        };
        let ear = self.ear.as_mut().filter(|_| !halted);
        let spoken_to = async {
            match ear {
                Some(ear) => ear.spoken_to().await,
                None => pending().await,
            }
        };
        let has_to_wait = all || self.writes.len() > PIECES;
        let again = async {
            if has_to_wait {
                pending::<()>().await;
            }
        };
        let (effects, fleet, writes) = (&mut self.effects, &mut self.fleet, &mut self.writes);
        let tasks = async { if halted || fleet.is_empty() { pending().await } else { fleet.next().await } };
        let next = async { if effects.is_empty() { pending().await } else { effects.next().await } };
        let write = async { if writes.is_empty() { pending().await } else { writes.next().await } };
        futures_util::pin_mut!(due, over, asked, tasks, next, write, spoken_to, again);
        futures_util::select_biased! {
            written = write.fuse() => Woken::Written(written),
            effect = next.fuse() => Woken::Effect(effect),
            task = tasks.fuse() => Woken::Task(task),
            () = asked.fuse() => Woken::Stop,
            () = due.fuse() => Woken::WriteDue,
            () = over.fuse() => Woken::PauseOver,
            () = spoken_to.fuse() => Woken::SpokenTo,
            () = again.fuse() => Woken::Again,
        }
    }

    /// Takes a fact. It is written soon, or together with what an effect rests on, whichever comes first.
    pub(super) fn record(&mut self, path: Path, event: Event) -> Result<(), EngineError> {
        let now = self.clock.now();
        self.unwritten_since.get_or_insert(now);
        self.recorder.fact(path, now, event)
    }

    /// Hands the facts to the journal, and goes on.
    pub(super) fn write(&mut self) -> Recorded {
        self.unwritten_since = None;
        let recorded = self.recorder.flush();
        self.writes.push(written(recorded.clone()).boxed());
        recorded
    }

    /// What somebody makes of the values that they read. Those that are not at hand are read back from the journal, and
    /// then it is made once more: expressions are pure.
    pub(super) async fn reading<T>(&mut self, make: impl Fn(&World<'_>) -> T) -> Result<T, EngineError> {
        self.recorder.values.let_go();
        loop {
            let given = make(&self.world());
            let missing = self.recorder.values.missing();
            if missing.is_empty() {
                return Ok(given);
            }
            self.recorder.read_back(missing).await?;
        }
    }

    pub(super) fn world(&self) -> World<'_> {
        World::new(&self.recorder.state, &self.recorder.values, &self.recorder.run, self.clock.now())
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Lets everybody else on the executor have a turn.
async fn yielded() {
    let mut is_next = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_next, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
