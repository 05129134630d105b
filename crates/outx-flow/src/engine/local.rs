//! The engine of one process.

use super::driver::{Driver, Worked};
use super::error::{EngineError, EngineErrorKind};
use super::paces::Paces;
use super::reading::reported;
use super::recorder::Recorder;
use super::tasks::Tasks;
use super::{Engine, NoObserver, Observer, Submission};
use crate::check::{CheckOptions, check_document};
use crate::definition::{Document, Workflow};
use crate::effect::EffectRunner;
use crate::journal::apart::Apart;
use crate::journal::{Batch, Event, Fact, Journal, RunSummary};
use crate::kind::KindContext;
use crate::learning::Learning;
use crate::programs::Programs;
use crate::report::RunReport;
use crate::run::{Path, RunId, RunStatus};
use crate::secret::{SecretSource, Secrets};
use crate::signal::Signal;
use crate::state::{Definitions, RunState};
use crate::stop::Stop;
use crate::unseen::SeenStore;
use crate::values::{ENOUGH, Values};
use async_trait::async_trait;
use outx_model::ContentHash;
use outx_poller::schedule::Schedules;
use outx_transport::Web;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What an engine is made of.
#[derive(Clone)]
pub struct Setup {
    /// Where facts and values are kept.
    pub journal: Arc<dyn Journal>,
    /// What sends.
    pub effects: EffectRunner,
    /// Whether its runs are emulated: then kinds that would reach others leave their steps out.
    pub emulated: bool,
    /// Whether its runs may use no files beyond their folder.
    pub confined: bool,
    /// How kinds send to others than OutX; if nothing is set, they do not.
    pub web: Option<Arc<dyn Web>>,
    /// What starts programs for kinds; if nothing is set, none is started.
    pub programs: Option<Arc<dyn Programs>>,
    /// The kinds, and how tasks are polled where a workflow does not say.
    pub options: CheckOptions,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// How long a run that waits is stayed with before its report is given; 0 s if nothing else is said. A run
    /// that waits for a yes or no alone is stayed with only where somebody listens.
    pub patience: Duration,
    /// How often whoever works on a run looks whether something was said to it; if nothing is set, only when the
    /// work begins.
    pub listens: Option<Duration>,
    /// What remembers from run to run what was given on, for `core.unseen`.
    pub seen: Option<Arc<dyn SeenStore>>,
    /// How much a run in progress holds of its values besides what is asked for at once, in bytes of JSON; 2 MB if nothing
    /// else is said. What it does not hold is read back from the journal.
    pub holds: usize,
    /// The pending tasks of the account, where several engines share them; if nothing is set, the engine has its own.
    pub tasks: Option<Tasks>,
    /// Whether reports say nothing of what items gave ([`RunReport::brief`]).
    pub is_brief: bool,
    /// What learns how long tasks take, for `policy: learned`; if nothing is set, nothing is learned, and such tasks are
    /// taken for usual ones.
    pub learning: Option<Learning>,
    /// Where the values of the secrets come from that workflows name.
    pub secrets: SecretSource,
}

impl Setup {
    /// The shipped kinds, the default policy, no secrets, and nobody who watches.
    pub fn new(journal: Arc<dyn Journal>, effects: EffectRunner) -> Self {
        let (options, observer) = (CheckOptions::shipped(), Arc::new(NoObserver));
        let secrets: SecretSource = Arc::new(|_: &str| None);
        Self {
            journal,
            effects,
            emulated: false,
            confined: false,
            web: None,
            programs: None,
            options,
            observer,
            patience: Duration::ZERO,
            listens: None,
            seen: None,
            holds: ENOUGH,
            tasks: None,
            is_brief: false,
            learning: None,
            secrets,
        }
    }
}

/// A run as it was read back.
pub(super) struct Loaded {
    pub(super) definitions: Definitions,
    pub(super) facts: Vec<Fact>,
    /// What the facts name, as far as somebody asked for it.
    pub(super) values: Values,
}

/// Drives runs in the process that asks for it: one dispatcher a run, effects beside it, no spawned tasks.
/// It runs on any executor, also on that of a virtual clock.
pub struct LocalEngine {
    setup: Setup,
    /// Definitions that were checked in this process, so that a run that was just submitted is not checked twice.
    checked: Mutex<HashMap<ContentHash, Arc<Workflow>>>,
    /// The pending tasks of all its runs.
    tasks: Tasks,
    /// The schedules by which tasks are asked about, each made once.
    schedules: Arc<Schedules>,
}

impl std::fmt::Debug for LocalEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalEngine").field("effects", &self.setup.effects).finish_non_exhaustive()
    }
}

impl LocalEngine {
    /// An engine of these parts.
    pub fn new(setup: Setup) -> Self {
        let client = setup.effects.client();
        let own = || Tasks::of(client.clone(), client.clock().clone());
        let tasks = setup.tasks.clone().unwrap_or_else(own);
        Self { setup, checked: Mutex::default(), tasks, schedules: Arc::default() }
    }

    /// Reads a run back: its definition and its facts.
    pub(super) async fn load(&self, run: &RunId) -> Result<Loaded, EngineError> {
        let journal = &self.setup.journal;
        let facts = journal.facts(run).await?;
        let Some(Fact { event: Event::RunStarted { definition, .. }, .. }) = facts.first() else {
            return Err(EngineError::new(EngineErrorKind::NoRun, format!("there is no run {run}")));
        };
        let mut definitions = Definitions::from(self.definition(run, *definition).await?);
        for later in facts.iter().skip(1).filter_map(|fact| fact.event.definition()) {
            definitions = definitions.with(later, self.definition(run, later).await?);
        }
        let values = Values::up_to(self.setup.holds);
        Ok(Loaded { definitions, facts, values })
    }

    /// A run's definition: the text that it holds by hash, checked.
    async fn definition(&self, run: &RunId, hash: ContentHash) -> Result<Arc<Workflow>, EngineError> {
        if let Some(workflow) = self.checked().get(&hash) {
            return Ok(workflow.clone());
        }
        let journal = &self.setup.journal;
        let text = journal.values(&[hash]).await?;
        let document: Document = text
            .first()
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| corrupt(run, "its definition cannot be read"))?;
        let summary = journal.run(run).await?;
        let name = summary.map_or_else(|| run.to_string(), |summary| format!("{}.yaml", summary.name));
        let checked = check_document(&name, &document, &self.setup.options);
        let Some(workflow) = checked.workflow.map(Arc::new) else {
            let first =
                checked.diagnostics.first().map(|finding| finding.message.clone()).unwrap_or_default();
            return Err(corrupt(run, &format!("this version of outx refuses its definition: {first}")));
        };
        self.checked().insert(hash, workflow.clone());
        Ok(workflow)
    }

    /// Notes a new run. Gives its first fact and the values that it names; nothing when there is such a run.
    async fn create(&self, submission: &Submission) -> Result<Option<(Fact, Values)>, EngineError> {
        let Submission { summary, workflow, inputs, folder, detached } = submission;
        let definition = serde_json::json!(Document::from(&**workflow)).to_string();
        let Apart { rest: (inputs_hash, inputs), lists, rows } = Apart::of(inputs);
        let hash = |text: &str| ContentHash::of_bytes(text.as_bytes());
        let definition_hash = hash(&definition);
        let started = Event::RunStarted {
            definition: definition_hash,
            inputs: inputs_hash,
            lists,
            account: summary.account.clone(),
            folder: folder.clone(),
        };
        let mut known = Values::up_to(self.setup.holds);
        known.load(inputs_hash, &inputs).map_err(|_| corrupt(&summary.run_id, "its inputs are no JSON"))?;
        let fact = Fact { path: Path::run(), attempt: 0, at: summary.started_at, event: started };
        let mut batch = Batch {
            facts: vec![fact.clone()],
            values: [(definition_hash, definition.into()), (inputs_hash, inputs)]
                .into_iter()
                .chain(rows)
                .collect(),
            status: Some(RunStatus::Running),
            ..Batch::default()
        };
        if *detached {
            let status = RunStatus::Waiting;
            let event = Event::RunStopped { status, outputs: None, error: None, waiting_for: Vec::new() };
            batch.facts.push(Fact { event, ..fact.clone() });
            (batch.status, batch.wakes_at) = (Some(status), Some(summary.started_at));
        }
        let created = self.setup.journal.create(summary, batch).await?;
        if created {
            self.checked().insert(definition_hash, workflow.clone());
        }
        Ok(created.then_some((fact, known)))
    }

    /// Works on a run from a state that was folded from all of its facts, which are `known` in number, until it can
    /// go no further or something was said to it.
    pub(super) async fn work(
        &self,
        run: &RunId,
        known: usize,
        state: RunState,
        values: Values,
        stop: &Stop,
    ) -> Result<Worked, EngineError> {
        let folder = state.started().map(|started| PathBuf::from(&started.folder)).unwrap_or_default();
        let Setup { journal, effects, observer, emulated, confined, web, programs, seen, .. } =
            self.setup.clone();
        let account = effects.client().account().clone();
        let clock = effects.client().clock().clone();
        let context = KindContext {
            confined,
            emulated,
            web,
            programs,
            seen,
            account,
            clock,
            ..KindContext::in_folder(folder)
        };
        let (learning, schedules) = (self.setup.learning.clone(), self.schedules.clone());
        let paces = Paces::new(learning, effects.client().account().clone(), observer.clone(), schedules);
        let mut recorder = Recorder::new(run.clone(), known, state, values, journal, observer);
        // A run that was only submitted is not taken up again.
        if known > 1 {
            let now = effects.client().clock().now();
            recorder.status(RunStatus::Running, None);
            let account = effects.client().account();
            let before = recorder.state.started().map(|started| &started.account);
            let account = Some(account.clone()).filter(|account| before != Some(account));
            recorder.fact(Path::run(), now, Event::RunResumed { account })?;
        }
        let names = recorder.state.workflow().all_secrets();
        let known = names.into_iter().filter_map(|name| Some((name, (self.setup.secrets)(name)?)));
        let secrets: Secrets = known.collect();
        let context = (context, Arc::new(secrets));
        let (fleet, ear) = (self.tasks.join(run), self.ear(run));
        let driver = Driver::new(recorder, effects, context, (fleet, paces, ear), self.setup.is_brief);
        let worked = driver.drive(stop).await?;
        if matches!(worked, Worked::Stands(_)) {
            self.tasks.forget(run);
        }
        Ok(worked)
    }

    pub(super) async fn report(
        &self,
        run: &RunId,
        state: &RunState,
        values: &mut Values,
    ) -> Result<RunReport, EngineError> {
        reported(self.setup.journal.as_ref(), (run, state), values, self.setup.is_brief).await
    }

    pub(super) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<ContentHash, Arc<Workflow>>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn submit(&self, submission: &Submission) -> Result<bool, EngineError> {
        Ok(self.create(submission).await?.is_some())
    }

    /// What was just written need not be read back.
    async fn start(&self, submission: &Submission, stop: &Stop) -> Result<Option<RunReport>, EngineError> {
        let Some((fact, values)) = self.create(submission).await? else { return Ok(None) };
        self.setup.observer.taken(&submission.summary);
        let state = RunState::recover(submission.workflow.clone(), [&fact])?;
        let run = &submission.summary.run_id;
        let known = 1 + usize::from(submission.detached);
        let report = match self.work(run, known, state, values, stop).await? {
            Worked::Stands(report) => {
                if !submission.workflow.notify.is_empty() {
                    self.setup.observer.stands(&submission.workflow, None, &report);
                }
                *report
            }
            Worked::SpokenTo => self.go_on(run, stop).await?,
        };
        self.stay(run, report, stop).await.map(Some)
    }

    async fn drive(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError> {
        let report = self.go_on(run, stop).await?;
        self.stay(run, report, stop).await
    }

    async fn signal(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        self.keep(run, signal).await
    }

    async fn hear(&self, run: &RunId) -> Result<(), EngineError> {
        self.take_said(run).await
    }

    async fn describe(&self, run: &RunId) -> Result<RunReport, EngineError> {
        let Loaded { definitions, facts, mut values } = self.load(run).await?;
        let state = RunState::recover(definitions, &facts)?;
        self.report(run, &state, &mut values).await
    }

    async fn list(&self) -> Result<Vec<RunSummary>, EngineError> {
        Ok(self.setup.journal.runs().await?)
    }
}

pub(super) fn corrupt(run: &RunId, why: &str) -> EngineError {
    EngineError::new(EngineErrorKind::Corrupt, format!("the run {run} cannot be understood: {why}"))
}
