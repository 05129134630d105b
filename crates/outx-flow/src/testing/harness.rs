//! The harness itself.

use super::crash::{Crashes, Moment, Mortal};
use super::error::{TestingError, TestingErrorKind};
use super::programs::AnsweringPrograms;
use super::sent::{Log, Sent};
use super::way::{Disturbances, Passage, Surprises, Unscripted};
use super::web::{AnsweringWeb, Place, Reply};
use crate::check::{CheckOptions, Resolver, check};
use crate::definition::Workflow;
use crate::diagnostic::{Source, render};
use crate::effect::EffectRunner;
use crate::engine::{Engine, EngineError, LocalEngine, Observer, Setup, Submission};
use crate::inputs::{Given, InputFault, resolve_inputs};
use crate::journal::{Fact, Journal, MemoryJournal, RunSummary};
use crate::kind::Registry;
use crate::programs::{Program, Programs, Ran};
use crate::report::RunReport;
use crate::run::{RunId, RunStatus};
use crate::seams::{Life, Way};
use crate::secret::SecretSource;
use crate::signal::Signal;
use crate::stop::Stop;
use crate::unseen::{MemorySeen, SeenStore};
use futures_util::future::{Either, select};
use jiff::Timestamp;
use outx_ledger::{LedgerStore, MemoryLedger};
use outx_model::{AccountId, Effect, Token};
use outx_service::{Host, Injection, Scenario, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, FakeTransport, Transport, VirtualClock, Web, WebRequest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// How long a run that waits is stayed with, if nothing else is said: ten years of virtual time.
const PATIENCE: Duration = Duration::from_hours(24 * 3_660);

/// So often a run is looked at again while it waits, in one go. A repetition each hour needs a thousand in six weeks.
const LOOKS: usize = 5_000;

/// One account with all that belongs to it: a service, a ledger, a journal and a clock, all in memory.
///
/// It begins on 2026-03-02 at 09:00 UTC, a Monday, unless [`starting_at`](Self::starting_at) says otherwise.
pub struct Harness {
    clock: VirtualClock,
    transport: Arc<FakeTransport>,
    ledger: Arc<MemoryLedger>,
    journal: Arc<MemoryJournal>,
    seen: Arc<MemorySeen>,
    log: Arc<Log>,
    surprises: Surprises,
    crashes: Arc<Crashes>,
    disturbances: Arc<Mutex<Disturbances>>,
    tokens: Arc<AtomicU64>,
    /// How often a run that waits was looked at again.
    looks: Arc<AtomicUsize>,
    config: ServiceConfig,
    is_scripted: bool,
    web: Option<Arc<AnsweringWeb>>,
    programs: Option<Arc<AnsweringPrograms>>,
    secrets: BTreeMap<String, String>,
    folder: PathBuf,
    options: CheckOptions,
    patience: Duration,
    most_looks: usize,
}

impl Harness {
    /// One whose service answers by itself, from a small invented world; its tasks end at once.
    pub fn new() -> Self {
        Self::with(ServiceConfig::default(), false)
    }

    /// One whose service answers as the scenario says, and refuses what that says nothing of.
    pub fn scripted(scenario: Scenario) -> Self {
        Self::with(ServiceConfig { scenario, ..ServiceConfig::default() }, true)
    }

    /// One with this service, which answers by itself where its scenario says nothing.
    pub fn of(config: ServiceConfig) -> Self {
        Self::with(config, false)
    }

    fn with(config: ServiceConfig, is_scripted: bool) -> Self {
        let start = "2026-03-02T09:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = VirtualClock::new(start);
        let host = Arc::new(Host::in_memory(config.clone()));
        host.with(|service| service.begin(start));
        Self {
            transport: Arc::new(FakeTransport::new(host, Arc::new(clock.clone()))),
            clock,
            ledger: Arc::new(MemoryLedger::new()),
            journal: Arc::new(MemoryJournal::default()),
            seen: Arc::default(),
            log: Arc::default(),
            surprises: Arc::default(),
            crashes: Arc::default(),
            disturbances: Arc::default(),
            tokens: Arc::default(),
            looks: Arc::default(),
            config,
            is_scripted,
            web: None,
            programs: None,
            secrets: BTreeMap::new(),
            folder: PathBuf::new(),
            options: CheckOptions::shipped(),
            patience: PATIENCE,
            most_looks: LOOKS,
        }
    }

    /// Lets its time begin at a moment. All that was done before is forgotten, so it comes first.
    #[must_use]
    pub fn starting_at(self, start: Timestamp) -> Self {
        let clock = VirtualClock::new(start);
        let host = Arc::new(Host::in_memory(self.config.clone()));
        host.with(|service| service.begin(start));
        let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
        Self { clock, transport, web: None, programs: None, ..self }
    }

    /// Gives runs a folder for their files, which they cannot leave. Without one they have the process's own.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// Gives a secret its value.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.secrets.insert(name.into(), value.into());
        self
    }

    /// With these kinds instead of those that ship.
    #[must_use]
    pub fn with_kinds(mut self, registry: Registry) -> Self {
        self.options.registry = registry;
        self
    }

    /// With the files that workflows call.
    #[must_use]
    pub fn with_files(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.options.resolver = resolver;
        self
    }

    /// Lets a function answer all requests to others than OutX. Without one none can be sent.
    #[must_use]
    pub fn with_web(self, answers: impl Fn(&WebRequest, Timestamp) -> Reply + Send + Sync + 'static) -> Self {
        let web = AnsweringWeb::new(answers, self.place());
        Self { web: Some(Arc::new(web)), ..self }
    }

    /// Lets a function play all programs. Without one none can be started.
    #[must_use]
    pub fn with_programs(self, runs: impl Fn(&Program) -> Ran + Send + Sync + 'static) -> Self {
        let programs = AnsweringPrograms::new(runs, self.place());
        Self { programs: Some(Arc::new(programs)), ..self }
    }

    /// Stays with a run that waits for so long only.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Gives up a run that waits once it was looked at so often in one go; 5,000 times if nothing is said. What never
    /// arrives would else be tried again for as long as the run is stayed with.
    #[must_use]
    pub fn with_most_looks(self, most_looks: usize) -> Self {
        Self { most_looks, ..self }
    }

    /// Kills the engine's process once at each of these moments of a step, and goes on with another one over the same
    /// stores. The step is named by its path, such as `person[ada].invite`, or without the items for whichever comes
    /// there first: `person.invite`.
    #[must_use]
    pub fn killed_at(self, step: &str, moments: &[Moment]) -> Self {
        self.crashes.add(step, moments);
        self
    }

    /// Lets a fault befall one request: the so-and-so-manieth of its sort, from 1.
    #[must_use]
    pub fn disturbed(self, injection: Injection, number: u64) -> Self {
        self.disturbances.lock().unwrap_or_else(PoisonError::into_inner).add(injection, number);
        self
    }

    fn place(&self) -> Place {
        Place { host: self.host().clone(), clock: Arc::new(self.clock.clone()), log: self.log.clone() }
    }

    /// Its clock: what it says is virtual.
    pub fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Its service.
    pub fn host(&self) -> &Arc<Host> {
        self.transport.host()
    }

    /// What remembers what was sent to whom. Limits, hours and the block list of the account are set here.
    pub fn ledger(&self) -> &Arc<MemoryLedger> {
        &self.ledger
    }

    /// What remembers what happened in each run.
    pub fn journal(&self) -> &Arc<MemoryJournal> {
        &self.journal
    }

    /// The account of all its runs.
    pub fn account(&self) -> AccountId {
        AccountId::from("test")
    }

    /// A client of its service, for programs that use no workflows.
    ///
    /// # Errors
    ///
    /// None in practice: its key is a good one.
    pub fn client(&self) -> Result<Client, TestingError> {
        self.client_over(self.way())
    }

    fn way(&self) -> Arc<dyn Transport> {
        Arc::new(Passage {
            to: self.transport.clone(),
            clock: Arc::new(self.clock.clone()),
            surprises: self.is_scripted.then(|| self.surprises.clone()),
            disturbances: self.disturbances.clone(),
        })
    }

    fn client_over(&self, way: Arc<dyn Transport>) -> Result<Client, TestingError> {
        let key = ApiKey::new(self.config.key.as_deref().unwrap_or("test-key"))
            .map_err(|why| TestingError::new(TestingErrorKind::Invalid, why))?;
        Ok(Client::new(way, Arc::new(self.clock.clone()), self.account(), Some(key)))
    }

    /// Checks a workflow.
    ///
    /// # Errors
    ///
    /// All findings, as a person reads them.
    pub fn check(&self, name: &str, text: &str) -> Result<Arc<Workflow>, TestingError> {
        let source = Source::new(name, text);
        let checked = check(&source, &self.options);
        checked.workflow.map(Arc::new).ok_or_else(|| {
            TestingError::new(TestingErrorKind::Invalid, render(&source, &checked.diagnostics, false))
        })
    }

    /// Runs a workflow as far as it goes, under the name `run`, or `run-2` and so on where there is one already.
    ///
    /// # Errors
    ///
    /// Where the inputs do not fit, and where the run cannot be worked on.
    pub fn run(&self, workflow: &Arc<Workflow>, inputs: &Value) -> Result<RunReport, TestingError> {
        let known = self.now(self.journal.runs())?.map_err(EngineError::from)?.len();
        let run = RunId::new(if known == 0 { "run".to_owned() } else { format!("run-{}", known + 1) });
        self.submit(&run, workflow, inputs)?;
        self.drive(&run)
    }

    /// Takes a run and does not work on it yet. False where there is one of this name.
    ///
    /// # Errors
    ///
    /// Where the inputs do not fit.
    pub fn submit(
        &self,
        run: &RunId,
        workflow: &Arc<Workflow>,
        inputs: &Value,
    ) -> Result<bool, TestingError> {
        let given = inputs.as_object().into_iter().flat_map(Map::iter);
        let given: Vec<_> = given.map(|(name, value)| (name.clone(), Given::Json(value.clone()))).collect();
        self.submit_given(run, workflow, &given)
    }

    /// The same with inputs as a command line gives them, files among them.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_given(
        &self,
        run: &RunId,
        workflow: &Arc<Workflow>,
        given: &[(String, Given)],
    ) -> Result<bool, TestingError> {
        let inputs = resolve_inputs(workflow, given)
            .map_err(|faults| TestingError::new(TestingErrorKind::Invalid, told(&faults)))?;
        let submission = Submission {
            summary: RunSummary {
                run_id: run.clone(),
                name: workflow.name.clone(),
                account: self.account(),
                emulated: true,
                started_at: self.clock.now(),
                status: RunStatus::Running,
            },
            workflow: workflow.clone(),
            inputs,
            folder: self.folder.display().to_string(),
            detached: false,
        };
        let engine = self.engine(None)?;
        Ok(self.now(engine.submit(&submission))??)
    }

    /// Works on a run as far as it goes, through all kills that are to come.
    ///
    /// # Errors
    ///
    /// Where it cannot be worked on.
    pub fn drive(&self, run: &RunId) -> Result<RunReport, TestingError> {
        self.drive_while(run, None)
    }

    /// Works on a run until a moment at most, at which it is stopped as a person would stop it; then it is that moment.
    ///
    /// # Errors
    ///
    /// Where it cannot be worked on.
    pub fn drive_until(&self, run: &RunId, moment: Timestamp) -> Result<RunReport, TestingError> {
        let report = self.drive_while(run, Some(moment))?;
        self.now(self.clock.sleep_until(moment))?;
        Ok(report)
    }

    fn drive_while(&self, run: &RunId, until: Option<Timestamp>) -> Result<RunReport, TestingError> {
        self.looks.store(0, Ordering::SeqCst);
        loop {
            let life = (!self.crashes.is_empty()).then(|| Arc::new(Life::default()));
            let engine = self.engine(life.as_ref())?;
            let mut work = pin!(self.stopping(&engine, run, until));
            let left = self.now(poll_fn(|context| {
                if let Some(life) = &life {
                    life.watch(context);
                }
                let done = work.as_mut().poll(context);
                match done {
                    // Nobody hears what it says after its end.
                    _ if life.as_ref().is_some_and(|life| life.is_over()) => Poll::Ready(Left::Killed),
                    Poll::Ready(report) => Poll::Ready(Left::Stands(Box::new(report))),
                    Poll::Pending if self.looks.load(Ordering::SeqCst) > self.most_looks => {
                        Poll::Ready(Left::Restless)
                    }
                    Poll::Pending => Poll::Pending,
                }
            }))?;
            match left {
                Left::Stands(report) => return Ok((*report)?),
                Left::Killed => {}
                Left::Restless => return Err(self.restless(run)),
            }
        }
    }

    fn restless(&self, run: &RunId) -> TestingError {
        let waits = self.describe(run).ok().and_then(|report| {
            let first = report.waiting_for.first()?;
            Some(format!("{} waits: {}", first.path, first.message))
        });
        let message = format!(
            "the run was looked at {} times while it waited, and no end is in sight{}",
            self.most_looks,
            waits.map(|waits| format!(" ({waits})")).unwrap_or_default()
        );
        TestingError::new(TestingErrorKind::Restless, message)
    }

    async fn stopping(
        &self,
        engine: &LocalEngine,
        run: &RunId,
        until: Option<Timestamp>,
    ) -> Result<RunReport, EngineError> {
        let stop = Stop::default();
        let work = pin!(engine.drive(run, &stop));
        let Some(until) = until else { return work.await };
        match select(work, self.clock.sleep_until(until)).await {
            Either::Left((report, _)) => report,
            Either::Right(((), work)) => {
                stop.ask();
                work.await
            }
        }
    }

    /// Tells a run what a person says, while nobody works on it.
    ///
    /// # Errors
    ///
    /// Where it does not fit how the run stands.
    pub fn say(&self, run: &RunId, signal: &Signal) -> Result<(), TestingError> {
        let engine = self.engine(None)?;
        self.now(engine.signal(run, signal))??;
        Ok(self.now(engine.hear(run))??)
    }

    /// How a run stands.
    ///
    /// # Errors
    ///
    /// Where there is no such run.
    pub fn describe(&self, run: &RunId) -> Result<RunReport, TestingError> {
        let engine = self.engine(None)?;
        Ok(self.now(engine.describe(run))??)
    }

    /// What happened in a run.
    ///
    /// # Errors
    ///
    /// None in practice: it is in memory.
    pub fn facts(&self, run: &RunId) -> Result<Vec<Fact>, TestingError> {
        Ok(self.now(self.journal.facts(run))?.map_err(EngineError::from)?)
    }

    /// All that arrived at the service, at others and at programs, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.host().with(|service| self.log.with(service))
    }

    /// What changed something there.
    pub fn writes(&self) -> Vec<Sent> {
        self.sent().into_iter().filter(|sent| sent.effect == Effect::Write).collect()
    }

    /// The calls that were refused, because nothing is scripted for them.
    pub fn unscripted(&self) -> Vec<Unscripted> {
        self.surprises.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a call that nothing is scripted for: whoever plays others or programs says so here.
    pub fn surprises(&self) -> impl Fn(Unscripted) + Send + Sync + use<> {
        let surprises = self.surprises.clone();
        move |call| surprises.lock().unwrap_or_else(PoisonError::into_inner).push(call)
    }

    /// The kills that happened, each with the path of its step.
    pub fn kills(&self) -> Vec<(String, Moment)> {
        self.crashes.happened()
    }

    /// The folder of its runs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a future on its clock: where all wait, time passes.
    ///
    /// # Errors
    ///
    /// Where something waits that nothing will ever wake.
    pub fn now<T>(&self, future: impl Future<Output = T>) -> Result<T, TestingError> {
        let stalled =
            |why: outx_transport::Stalled| TestingError::new(TestingErrorKind::Stalled, why.to_string());
        self.clock.simulate(future).map_err(stalled)
    }

    fn engine(&self, life: Option<&Arc<Life>>) -> Result<LocalEngine, TestingError> {
        let (ledger, journal): (Arc<dyn LedgerStore>, Arc<dyn Journal>) =
            (self.ledger.clone(), self.journal.clone());
        let tokens = self.tokens.clone();
        let tokens =
            Arc::new(move || Token::new(format!("t{:06}", tokens.fetch_add(1, Ordering::SeqCst)).as_str()));
        let setup = match life {
            None => {
                let effects = EffectRunner::new(Arc::new(self.client()?), ledger, tokens)
                    .with_accounts(self.ledger.clone());
                let observer = Arc::new(Looks(self.looks.clone()));
                Setup { observer, ..Setup::new(journal, effects) }
            }
            Some(life) => {
                let looks = Looks(self.looks.clone());
                let mortal = Arc::new(Mortal { life: life.clone(), crashes: self.crashes.clone(), looks });
                let way = Arc::new(Way { to: self.way(), life: life.clone() });
                let ledger = Arc::new(Way { to: ledger, life: life.clone() });
                let journal = Arc::new(Way { to: journal, life: life.clone() });
                let client = Arc::new(self.client_over(way)?);
                let effects = EffectRunner::new(client, ledger, tokens)
                    .with_faults(mortal.clone())
                    .with_accounts(self.ledger.clone());
                Setup { observer: mortal, ..Setup::new(journal, effects) }
            }
        };
        let known = self.secrets.clone();
        let secrets: SecretSource = Arc::new(move |name: &str| known.get(name).cloned());
        let seen: Arc<dyn SeenStore> = self.seen.clone();
        Ok(LocalEngine::new(Setup {
            confined: !self.folder.as_os_str().is_empty(),
            web: self.web.clone().map(|web| web as Arc<dyn Web>),
            programs: self.programs.clone().map(|programs| programs as Arc<dyn Programs>),
            options: self.options.clone(),
            patience: self.patience,
            seen: Some(seen),
            secrets,
            ..setup
        }))
    }
}

/// How an engine left a run.
enum Left {
    Stands(Box<Result<RunReport, EngineError>>),
    Killed,
    Restless,
}

/// Counts how often a run that waits is looked at.
pub(super) struct Looks(Arc<AtomicUsize>);

impl Observer for Looks {
    fn waits(&self, _: &RunReport, _: Option<Timestamp>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness").field("clock", &self.clock).finish_non_exhaustive()
    }
}

fn told(faults: &[InputFault]) -> String {
    let told = faults.iter().map(|fault| match fault {
        InputFault::Declared(finding) => finding.message.clone(),
        InputFault::Row(problem) => format!("line {}: {}", problem.line, problem.message),
        InputFault::Unknown(message) => message.clone(),
    });
    told.collect::<Vec<_>>().join("\n")
}
