//! Everything that a run needs, in memory and on a clock of its own.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod seams;

pub(crate) use seams::yielded;

use seams::{Broken, Full, Queued, Slow};

use outx_flow::diagnostic::{Source, render};
use outx_flow::journal::{Batch, Fact, Journal, MemoryJournal, RunSummary, Said, redact};
use outx_flow::{
    CheckOptions, EffectRunner, Engine, EngineError, EngineErrorKind, Given, Learning, LocalEngine,
    MemorySeen, NoObserver, Observer, Programs, Revision, RunId, RunReport, RunStatus, SecretSource,
    SeenStore, Setup, Signal, StepStatus, Stop, Submission, Tasks, Workflow, check, resolve_inputs,
};
use outx_ledger::{AccountStore, Forget, LedgerStore, MemoryLedger};
use outx_model::{AccountId, ContentHash, Endpoint, PersonName, Token};
use outx_service::{Host, LatencyLaw, Scenario, ServiceConfig};
use outx_transport::{ApiKey, Client, FakeTransport, Transport, VirtualClock, Web};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

/// One account, its service, and an engine.
pub(crate) struct Lab {
    pub(crate) clock: VirtualClock,
    pub(crate) host: Arc<Host>,
    pub(crate) transport: Arc<FakeTransport>,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) stop: Stop,
    pub(crate) folder: String,
    /// Whether a crash can come around each call.
    pub(crate) slow: bool,
    /// Whether the journal cannot be written.
    pub(crate) full: bool,
    /// Whether the ledger is long in answering.
    pub(crate) queued: bool,
    /// The endpoint that the ledger fails for, and how late.
    pub(crate) broken: Option<(Endpoint, usize)>,
    pub(crate) tokens: Arc<AtomicU64>,
    /// How long the engine stays with a run that waits.
    pub(crate) patience: Duration,
    /// How often it looks whether something was said.
    pub(crate) listens: Option<Duration>,
    /// What the requests travel through on their way to the service, if not straight.
    pub(crate) way: Option<Arc<dyn Transport>>,
    /// What remembers from run to run what was given on.
    pub(crate) seen: Option<Arc<dyn SeenStore>>,
    /// The files that workflows call, by their paths.
    pub(crate) beside: BTreeMap<String, String>,
    /// How kinds send to others than OutX.
    pub(crate) web: Option<Arc<dyn Web>>,
    /// What starts programs for kinds.
    pub(crate) programs: Option<Arc<dyn Programs>>,
    /// Whether nothing may reach others.
    pub(crate) emulated: bool,
    /// The values of secrets.
    pub(crate) secrets: BTreeMap<String, String>,
    /// The pending tasks that its engines share with others, if they do.
    pub(crate) tasks: Option<Tasks>,
    /// What learns how long tasks take.
    pub(crate) learning: Option<Learning>,
}

impl Lab {
    /// A service whose tasks take 20 s.
    pub(crate) fn new() -> Self {
        Self::with(LatencyLaw::Fixed(Duration::from_secs(20)))
    }

    pub(crate) fn with(latency: LatencyLaw) -> Self {
        Self::made(latency, everybody_accepts())
    }

    /// A lab that remembers from run to run what was given on, and a folder for its files.
    pub(crate) fn remembering() -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let seen: Arc<dyn SeenStore> = Arc::new(MemorySeen::default());
        let path = folder.path().display().to_string();
        (Self { seen: Some(seen), folder: path, ..Self::new() }, folder)
    }

    fn made(latency: LatencyLaw, scenario: Scenario) -> Self {
        let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().expect("a moment"));
        let config = ServiceConfig {
            key: Some("right".into()),
            latency,
            id_seed: 7,
            world_seed: 7,
            scenario,
            ..ServiceConfig::default()
        };
        let host = Arc::new(Host::in_memory(config));
        let transport = Arc::new(FakeTransport::new(host.clone(), Arc::new(clock.clone())));
        Self {
            clock,
            host,
            transport,
            ledger: Arc::new(MemoryLedger::new()),
            journal: Arc::new(MemoryJournal::default()),
            observer: Arc::new(NoObserver),
            stop: Stop::default(),
            folder: String::new(),
            slow: false,
            full: false,
            queued: false,
            broken: None,
            tokens: Arc::default(),
            patience: Duration::ZERO,
            listens: None,
            way: None,
            beside: BTreeMap::new(),
            seen: None,
            web: None,
            programs: None,
            emulated: false,
            secrets: BTreeMap::new(),
            tasks: None,
            learning: None,
        }
    }

    /// The same service and ledger, and a journal that holds only the first facts of a run.
    pub(crate) fn cut(&self, run: &RunId, first: usize) -> Self {
        let journal = Arc::new(MemoryJournal::default());
        let facts = self.facts(run);
        let hashes: Vec<ContentHash> = facts.iter().flat_map(|fact| fact.event.values()).collect();
        self.now(async {
            let values = hashes.iter().copied().zip(self.journal.values(&hashes).await.expect("values"));
            let summary = self.journal.run(run).await.expect("run").expect("run");
            let batch =
                Batch { facts: facts[..first].to_vec(), values: values.collect(), ..Batch::default() };
            assert!(journal.create(&summary, batch).await.expect("created"));
        });
        Self { journal, ..self.again() }
    }

    /// The same service and ledger, and a journal without a person.
    pub(crate) fn forgetting(&self, run: &RunId, person: &str) -> Self {
        let journal = Arc::new(MemoryJournal::default());
        let facts = self.facts(run);
        let hashes: BTreeSet<ContentHash> = facts.iter().flat_map(|fact| fact.event.values()).collect();
        let hashes: Vec<_> = hashes.into_iter().collect();
        self.now(async {
            let texts = self.journal.values(&hashes).await.expect("values");
            let mut known: BTreeMap<ContentHash, Value> = BTreeMap::new();
            for (hash, text) in hashes.iter().zip(&texts) {
                known.insert(*hash, serde_json::from_str(text).expect("json"));
            }
            for definition in facts.iter().filter_map(|fact| fact.event.definition()) {
                known.remove(&definition);
            }
            let person = Forget::new([PersonName::read(person).expect("a name")]);
            let redacted = redact(&person, &facts, &known).expect("it tells of them");
            let values = hashes.iter().copied().zip(texts).chain(redacted.values).collect();
            let summary = self.journal.run(run).await.expect("run").expect("run");
            let batch = Batch { facts: redacted.facts, values, ..Batch::default() };
            assert!(journal.create(&summary, batch).await.expect("created"));
        });
        Self { journal, ..self.again() }
    }

    /// Another process over the same stores.
    pub(crate) fn again(&self) -> Self {
        Self {
            clock: self.clock.clone(),
            host: self.host.clone(),
            transport: self.transport.clone(),
            ledger: self.ledger.clone(),
            journal: self.journal.clone(),
            observer: self.observer.clone(),
            stop: Stop::default(),
            folder: self.folder.clone(),
            slow: self.slow,
            full: false,
            queued: false,
            broken: None,
            tokens: self.tokens.clone(),
            patience: self.patience,
            listens: self.listens,
            beside: self.beside.clone(),
            seen: self.seen.clone(),
            way: self.way.clone(),
            web: self.web.clone(),
            programs: self.programs.clone(),
            emulated: self.emulated,
            secrets: self.secrets.clone(),
            learning: self.learning.clone(),
            tasks: self.tasks.clone(),
        }
    }

    fn engine_with(&self, key: Option<&str>) -> LocalEngine {
        let transport = self.way.clone().unwrap_or_else(|| self.transport.clone());
        let transport = if self.slow { Arc::new(Slow(transport)) } else { transport };
        let ledger: Arc<dyn LedgerStore> =
            if self.slow { Arc::new(Slow(self.ledger.clone())) } else { self.ledger.clone() };
        let ledger = match self.broken {
            Some((endpoint, late)) => Arc::new(Broken(ledger, endpoint, late)),
            None => ledger,
        };
        let ledger = if self.queued { Arc::new(Queued(ledger)) } else { ledger };
        let journal: Arc<dyn Journal> = match (self.full, self.slow) {
            (true, _) => Arc::new(Full(self.journal.clone())),
            (false, true) => Arc::new(Slow(self.journal.clone())),
            (false, false) => self.journal.clone(),
        };
        let key = key.map(|key| ApiKey::new(key).expect("a key"));
        let client = Client::new(transport, Arc::new(self.clock.clone()), account(), key);
        let tokens = self.tokens.clone();
        let tokens =
            Arc::new(move || Token::new(format!("t{:06}", tokens.fetch_add(1, Ordering::SeqCst)).as_str()));
        let effects = EffectRunner::new(Arc::new(client), ledger, tokens).with_accounts(self.ledger.clone());
        let (observer, patience, listens) = (self.observer.clone(), self.patience, self.listens);
        let (web, programs, emulated) = (self.web.clone(), self.programs.clone(), self.emulated);
        let (seen, known) = (self.seen.clone(), self.secrets.clone());
        let seen = seen.map(|seen| if self.slow { Arc::new(Slow(seen)) as Arc<dyn SeenStore> } else { seen });
        let secrets: SecretSource = Arc::new(move |name: &str| known.get(name).cloned());
        let setup = Setup::new(journal, effects);
        LocalEngine::new(Setup {
            observer,
            patience,
            listens,
            web,
            programs,
            emulated,
            seen,
            // As little as can be, so that whatever is read is read back.
            holds: 0,
            learning: self.learning.clone(),
            tasks: self.tasks.clone(),
            secrets,
            ..setup
        })
    }

    /// Runs a future on the lab's clock.
    pub(crate) fn now<T>(&self, future: impl Future<Output = T>) -> T {
        self.clock.simulate(future).expect("not stalled")
    }

    /// Checks a workflow and submits it.
    pub(crate) fn submit(&self, run: &str, text: &str, inputs: &Value) -> RunId {
        assert!(self.submits(run, text, inputs), "there is a run {run}");
        RunId::new(run)
    }

    /// The same; false when there is such a run.
    pub(crate) fn submits(&self, run: &str, text: &str, inputs: &Value) -> bool {
        self.submits_checked(run, calling(text, &self.beside), inputs)
    }

    /// The same of a workflow that was checked already.
    pub(crate) fn submits_checked(&self, run: &str, workflow: Arc<Workflow>, inputs: &Value) -> bool {
        let given = inputs.as_object().into_iter().flatten();
        let given: Vec<_> = given.map(|(name, value)| (name.clone(), Given::Json(value.clone()))).collect();
        let inputs = resolve_inputs(&workflow, &given).expect("good inputs");
        let submission = Submission {
            summary: RunSummary {
                run_id: RunId::new(run),
                name: workflow.name.clone(),
                account: account(),
                emulated: true,
                started_at: outx_transport::Clock::now(&self.clock),
                status: RunStatus::Running,
            },
            workflow,
            inputs,
            folder: self.folder.clone(),
            detached: false,
        };
        self.now(self.engine_with(None).submit(&submission)).expect("submitted")
    }

    /// Drives a run as far as it goes.
    pub(crate) fn drive(&self, run: &RunId) -> RunReport {
        self.drive_with(run, Some("right"))
    }

    pub(crate) fn drive_with(&self, run: &RunId, key: Option<&str>) -> RunReport {
        let report = self.now(self.engine_with(key).drive(run, &self.stop)).expect("driven");
        let described = self.now(self.engine_with(key).describe(run)).expect("described");
        assert_eq!(json(&report), json(&described), "the journal tells the same as the live state");
        report
    }

    /// Drives a run and drops it after so many polls; nothing when it was dropped.
    pub(crate) fn drive_for(&self, run: &RunId, polls: usize) -> Option<RunReport> {
        let engine = self.engine_with(Some("right"));
        let mut work = pin!(engine.drive(run, &self.stop));
        let mut left = polls;
        let cut = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(report) => Poll::Ready(Some(report.expect("driven"))),
            Poll::Pending if left <= 1 => Poll::Ready(None),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        });
        self.now(cut)
    }

    /// Drives a run while something else happens.
    pub(crate) fn driven_beside(&self, run: &RunId, beside: impl Future<Output = ()>) -> RunReport {
        let engine = self.engine_with(Some("right"));
        let both = futures_util::future::join(engine.drive(run, &self.stop), beside);
        self.now(both).0.expect("driven")
    }

    /// What was said to a run and not heard.
    pub(crate) fn unheard(&self, run: &RunId) -> Vec<Said> {
        self.now(self.journal.said(run)).expect("readable")
    }

    pub(crate) fn engine(&self) -> LocalEngine {
        self.engine_with(Some("right"))
    }

    /// Tells a run what a person says, while nobody works on it.
    pub(crate) fn signal(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        self.say(run, signal)?;
        self.now(self.engine_with(Some("right")).hear(run))
    }

    /// Tells a run what a person says, whoever works on it.
    pub(crate) fn say(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        self.now(self.engine_with(Some("right")).signal(run, signal))
    }

    /// What a change of a run would come to.
    pub(crate) fn revision(&self, run: &RunId, signal: &Signal) -> Result<Option<Revision>, EngineError> {
        self.now(self.engine_with(None).revision(run, signal))
    }

    /// How a run stands by its journal.
    pub(crate) fn described(&self, run: &RunId) -> RunReport {
        self.now(self.engine_with(None).describe(run)).expect("described")
    }

    /// Sets the limits of the account.
    pub(crate) fn limit(&self, rules: &Value) {
        let limits = serde_json::from_value(rules.clone()).expect("rules");
        self.now(self.ledger.set_limits(&account(), Some(limits))).expect("set");
    }

    /// Drives a run that cannot be driven.
    pub(crate) fn fails(&self, run: &RunId) -> EngineErrorKind {
        self.now(self.engine_with(Some("right")).drive(run, &self.stop)).expect_err("an error").kind()
    }

    /// Submits and drives.
    pub(crate) fn run(&self, text: &str, inputs: &Value) -> RunReport {
        let run = self.submit("run", text, inputs);
        self.drive(&run)
    }

    pub(crate) fn facts(&self, run: &RunId) -> Vec<Fact> {
        self.now(self.journal.facts(run)).expect("facts")
    }

    /// The creates that made a task, with their inputs, in order.
    pub(crate) fn created(&self, endpoint: Endpoint) -> Vec<Value> {
        self.host.with(|service| {
            let requests =
                service.requests().iter().filter(|it| it.endpoint == endpoint && it.task.is_some());
            requests.map(|it| it.input.value()).collect()
        })
    }
}

/// Whoever is invited is a connection when the invitation's task ends, so that the next step's message arrives.
fn everybody_accepts() -> Scenario {
    let world = json!({ "acceptance": { "percent": 100, "after": "0s" } });
    Scenario::read(&json!({ "outx-scenario": 1, "world": world })).expect("a scenario")
}

pub(crate) fn account() -> AccountId {
    AccountId::new("team")
}

pub(crate) fn workflow(text: &str) -> Arc<Workflow> {
    calling(text, &BTreeMap::new())
}

/// A workflow that may call those beside it.
pub(crate) fn calling(text: &str, beside: &BTreeMap<String, String>) -> Arc<Workflow> {
    let source = Source::new("x.yaml", text);
    let options = CheckOptions { resolver: Arc::new(beside.clone()), ..CheckOptions::shipped() };
    let checked = check(&source, &options);
    Arc::new(checked.workflow.unwrap_or_else(|| panic!("{}", render(&source, &checked.diagnostics, false))))
}

pub(crate) fn json(report: &RunReport) -> Value {
    serde_json::to_value(report).expect("json")
}

/// The words of the steps' statuses, in the order of the file.
pub(crate) fn statuses(report: &RunReport) -> Vec<(&str, &'static str)> {
    report.steps.iter().map(|(id, step)| (id.as_str(), step.status.word())).collect()
}

pub(crate) fn status(report: &RunReport, step: &str) -> StepStatus {
    report.steps[step].status
}
