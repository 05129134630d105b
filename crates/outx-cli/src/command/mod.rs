//! The commands, one file each.

pub(crate) mod add;
pub(crate) mod approve;
pub(crate) mod backup;
pub(crate) mod block;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod doctor;
pub(crate) mod emulate;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod gc;
pub(crate) mod graph;
pub(crate) mod kind;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod login;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod poll;
mod preview;
pub(crate) mod profiles;
pub(crate) mod record;
pub(crate) mod resolve;
pub(crate) mod resume;
pub(crate) mod retry;
mod revise;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod task;
pub(crate) mod test;

use crate::account::Live;
use crate::args::{KeyArgs, Output};
use crate::called::Beside;
use crate::fault::Fault;
use crate::home::Home;
use crate::kinds::{Purpose, options};
use crate::learning::Learns;
use crate::print::{say, stderr, stdout, tell};
use crate::programs::Started;
use crate::progress::Progress;
use crate::{Exit, Hooks, doubts, emulated, tape};
use outx_flow::diagnostic::{Source, render};
use outx_flow::journal::RunSummary;
use outx_flow::{
    CheckOptions, EffectRunner, Engine, EngineError, LocalEngine, Programs, RunId, RunReport, Setup, Signal,
    Stop, Tasks, Workflow, check,
};
use outx_model::{AccountId, Token};
use outx_poller::{Counts, Policy};
use outx_store::Store;
use outx_transport::{Client, HttpWeb, Web};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reads and checks a workflow file; findings go to stderr.
pub(crate) fn load(path: &Path, options: &CheckOptions) -> Result<Workflow, Fault> {
    let source = read_source(path)?;
    let options = CheckOptions { resolver: Arc::new(Beside::of(path)), ..options.clone() };
    let checked = check(&source, &options);
    let text = render(&source, &checked.diagnostics, std::io::stderr().is_terminal());
    match checked.workflow {
        Some(workflow) => {
            stderr(&text);
            Ok(workflow)
        }
        None => Err(Fault::rendered(Exit::Usage, &text)),
    }
}

/// The text of a workflow file, or why it cannot be read.
pub(crate) fn read_source(path: &Path) -> Result<Source, Fault> {
    let unreadable = |error| crate::given::unreadable(path, &error);
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    // Refused before it is read: the loader has the same limit, but for a text that is in memory already.
    if length > outx_flow::yaml::MAX_BYTES as u64 {
        let message = format!("{} has {length} bytes: that is no workflow", path.display());
        return Err(Fault::usage(message, "a workflow has at most 1 MB"));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let (source, wrong) = Source::from_bytes(path.display().to_string(), &bytes);
    match wrong {
        None => Ok(source),
        Some(wrong) => Err(Fault::rendered(Exit::Usage, &render(&source, &[wrong], false))),
    }
}

/// What an engine is made for.
pub(crate) struct Wish {
    client: Client,
    /// How tasks are polled where a workflow does not say.
    poll: Option<Policy>,
    /// How long a run that waits is stayed with.
    patience: Duration,
    /// Whether people are reached: then limits hold where none are set.
    live: bool,
    /// Whether steps may start programs.
    pub(crate) programs: bool,
    /// Who watches.
    pub(crate) progress: Progress,
    /// Whether nobody looks at what items gave.
    pub(crate) is_brief: bool,
    /// The pending tasks of the account, where others share them.
    pub(crate) tasks: Option<Tasks>,
    /// Whose tasks teach how long tasks take, where that is learned.
    pub(crate) learns: Option<Learns>,
}

/// How often whoever works on a run looks whether somebody said something to it.
const LISTENS: Duration = Duration::from_secs(1);

impl Wish {
    /// To go on with a run that has not ended. `account` is the one under which it went on the last time.
    pub(crate) async fn to_go_on(
        store: &Store,
        summary: &RunSummary,
        account: Option<AccountId>,
        live: Option<&Live>,
        patience: Duration,
    ) -> Result<Self, Fault> {
        let run = &summary.run_id;
        if tape::is_replayed(&summary.account) {
            return Err(tape::cannot_resume(run));
        }
        let progress = Progress::default();
        if summary.emulated {
            let learns = Learns::apart(false)?;
            let (client, poll) = (emulated::client(store, run).await?, Some(emulated::poll()));
            return Ok(Self {
                client,
                poll,
                patience,
                live: false,
                programs: false,
                progress,
                tasks: None,
                is_brief: false,
                learns,
            });
        }
        let live = match live {
            Some(live) => live.clone(),
            None => Live::find(&KeyArgs::default())?,
        };
        // A run that was resumed under another key before belongs to that account now.
        let account = account.unwrap_or_else(|| summary.account.clone());
        if !live.is_same_kind(&account) {
            return Err(Fault::new(
                Exit::Authentication,
                format!("the run {run} does not belong to {}", live.base_url),
                "an emulator's runs and real ones never mix: set OUTX_BASE_URL as it was when it was started",
            ));
        }
        let (reaches_people, learns) = (!live.is_loopback, Learns::from_account(&live)?);
        let client = live.for_account(&account, store).await?;
        Ok(Self {
            client,
            poll: None,
            patience,
            live: reaches_people,
            programs: false,
            progress,
            tasks: None,
            is_brief: false,
            learns,
        })
    }

    /// What its requests travel with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// With nothing told of what items gave, if nobody looks at that.
    pub(crate) fn briefly(self, is_brief: bool) -> Self {
        Self { is_brief, ..self }
    }

    /// To look at a run, or to tell it something, and to send nothing. Any client will do; this one needs no key.
    pub(crate) fn to_look(summary: &RunSummary) -> Self {
        let client = emulated::idle_client(&summary.account);
        let poll = summary.emulated.then(emulated::poll);
        let progress = Progress::default();
        Self {
            client,
            poll,
            patience: Duration::ZERO,
            live: false,
            programs: false,
            progress,
            tasks: None,
            is_brief: false,
            learns: None,
        }
    }
}

/// The way to others than OutX: out of this machine only where the run is no emulated one.
fn web(live: bool) -> Arc<dyn Web> {
    let web = HttpWeb::new();
    Arc::new(if live { web } else { web.loopback_only() })
}

/// What starts programs, where that is allowed.
fn programs(allowed: bool) -> Option<Arc<dyn Programs>> {
    allowed.then(|| Arc::new(Started) as Arc<dyn Programs>)
}

/// An engine over the store, for one account.
pub(crate) fn engine(store: &Store, wish: Wish, hooks: Hooks) -> LocalEngine {
    let store = Arc::new(store.clone());
    let tokens = Arc::new(|| Token::from(uuid::Uuid::new_v4().to_string()));
    let effects = EffectRunner::new(Arc::new(wish.client), store.clone(), tokens)
        .with_accounts(store.clone())
        .with_faults(hooks.faults)
        .with_limits(crate::account::limits(wish.live));
    let mut setup = Setup::new(store.clone(), effects);
    setup.learning = wish.learns.map(|learns| learns.in_store(&store));
    setup.seen = Some(store);
    setup.emulated = !wish.live;
    setup.web = Some(web(wish.live));
    setup.programs = programs(wish.programs);
    setup.options.registry = options(Purpose::Stored, wish.programs).registry;
    if let Some(poll) = wish.poll {
        setup.options.poll = poll;
    }
    setup.patience = wish.patience;
    setup.is_brief = wish.is_brief;
    setup.tasks = wish.tasks;
    setup.listens = Some(LISTENS);
    setup.secrets = crate::secrets::source(wish.live);
    setup.observer = Arc::new(wish.progress);
    LocalEngine::new(setup)
}

/// Tells a run what a person says. It hears it at once, unless somebody works on it, who hears it then: false.
async fn tell_run(home: &Home, store: &Store, summary: &RunSummary, signal: &Signal) -> Result<bool, Fault> {
    let run = &summary.run_id;
    let engine = engine(store, Wish::to_look(summary), Hooks::default());
    engine.signal(run, signal).await?;
    let Some(_owned) = home.own_if_free(run)? else {
        say!("noted; whoever works on the run hears it now");
        return Ok(false);
    };
    engine.hear(run).await?;
    match signal {
        Signal::Cancel => {}
        _ if home.is_served() => say!("noted; `outx serve` goes on"),
        Signal::Retry { .. } | Signal::Revise { .. } | Signal::Add { .. } => {}
        _ => say!("noted; `outx resume {run}` goes on"),
    }
    Ok(true)
}

/// Lets an engine work until it can go no further. A first interrupt stops it gracefully, a second one at once,
/// which loses nothing either.
async fn interruptible<T>(
    run: &RunId,
    stop: &Stop,
    work: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, Fault> {
    tokio::pin!(work);
    let mut interrupts = Interrupts::listen();
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done?),
            () = interrupts.next() => {
                if stop.is_asked() {
                    let help = format!("`outx resume {run}` goes on");
                    return Err(Fault::new(Exit::Interrupted, "stopped", help));
                }
                say!("stopping: what is on the wire is waited for; interrupt again to stop at once");
                stop.ask();
            }
        }
    }
}

/// The wishes of a person or the system that the program stop. None is missed from the moment it listens.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Interrupts {
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let both = signal(SignalKind::interrupt())
                .and_then(|interrupt| Ok([interrupt, signal(SignalKind::terminate())?]));
            Self { signals: both.ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        match &mut self.signals {
            Some([interrupt, terminate]) => {
                tokio::select! {
                    biased;
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            None => std::future::pending().await,
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Prints how a run stands, and gives the exit code that says it.
async fn finish(
    store: &Store,
    report: &RunReport,
    asked: Option<&Mutex<Counts>>,
    stop: &Stop,
    output: Output,
) -> Result<Exit, Fault> {
    let asked = asked.map(|asked| *asked.lock().unwrap_or_else(PoisonError::into_inner));
    let asked = asked.filter(|asked| *asked != Counts::default());
    match output {
        Output::Json => print_json(&Finished { report, asking: asked.map(Asking::from) }),
        Output::Text => {
            let advice = doubts::of_run(store, report).await?;
            stdout(&crate::show::report(report, report.status.word(), &advice));
        }
    }
    // A run that was only waited for is not changed by that: it still waits, but the person was quicker.
    let is_stopped = stop.is_asked() && !report.status.is_end();
    Ok(if is_stopped { Exit::Interrupted } else { Exit::of_run(report) })
}

/// A run as it is printed by whoever worked on it.
#[derive(Serialize)]
struct Finished<'r> {
    #[serde(flatten)]
    report: &'r RunReport,
    /// What asking for results has cost this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    asking: Option<Asking>,
}

/// What asking for results has cost, with times in seconds.
#[derive(Serialize)]
struct Asking {
    polls: u64,
    wasted_polls: u64,
    troubled_polls: u64,
    ended: u64,
    /// Each end was seen so long after the last look at its task in the mean, and at most: no later was it found.
    mean_detection_bound: f64,
    longest_detection_bound: f64,
    creates: u64,
    ambiguous_creates: u64,
}

impl From<Counts> for Asking {
    fn from(counts: Counts) -> Self {
        let ended = u32::try_from(counts.ended).unwrap_or(u32::MAX).max(1);
        Self {
            polls: counts.polls,
            wasted_polls: counts.wasted,
            troubled_polls: counts.troubled,
            ended: counts.ended,
            mean_detection_bound: (counts.latency_bound / ended).as_secs_f64(),
            longest_detection_bound: counts.longest_bound.as_secs_f64(),
            creates: counts.creates,
            ambiguous_creates: counts.ambiguous_creates,
        }
    }
}

/// One JSON value on stdout, on one line.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => tell!("{text}"),
        Err(error) => say!("error: the result cannot be written as JSON: {error}"),
    }
}
