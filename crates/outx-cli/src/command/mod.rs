//! The commands, one file each.

pub(crate) mod approve;
pub(crate) mod block;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod emulate;
pub(crate) mod graph;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod resolve;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod show;
pub(crate) mod task;

use crate::args::Output;
use crate::fault::Fault;
use crate::print::{say, stderr, stdout, tell};
use crate::{Exit, Hooks};
use outx_flow::diagnostic::{Source, render};
use outx_flow::journal::RunSummary;
use outx_flow::{
    CheckOptions, EffectRunner, EngineError, LocalEngine, RunId, RunReport, Setup, Stop, Workflow, check,
};
use outx_model::Token;
use outx_poller::Policy;
use outx_store::Store;
use outx_transport::Client;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Reads and checks a workflow file; findings go to stderr.
fn load(path: &Path, options: &CheckOptions) -> Result<Workflow, Fault> {
    let source = read_source(path)?;
    let checked = check(&source, options);
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
fn read_source(path: &Path) -> Result<Source, Fault> {
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
struct Wish {
    client: Client,
    /// How tasks are polled where a workflow does not say.
    poll: Option<Policy>,
    /// How long a run that waits is stayed with.
    patience: Duration,
    /// Whether people are reached: then limits hold where none are set.
    live: bool,
}

impl Wish {
    /// To look at a run, or to tell it something, and to send nothing. Any client will do; this one needs no key.
    fn to_look(summary: &RunSummary) -> Self {
        let client = crate::emulated::idle_client(&summary.account);
        let poll = summary.emulated.then(crate::emulated::poll);
        Self { client, poll, patience: Duration::ZERO, live: false }
    }
}

/// An engine over the store, for one account.
fn engine(store: &Store, wish: Wish, hooks: Hooks) -> LocalEngine {
    let store = Arc::new(store.clone());
    let tokens = Arc::new(|| Token::from(uuid::Uuid::new_v4().to_string()));
    let effects = EffectRunner::new(Arc::new(wish.client), store.clone(), tokens)
        .with_faults(hooks.faults)
        .with_limits(crate::account::limits(wish.live));
    let mut setup = Setup::new(store, effects);
    if let Some(poll) = wish.poll {
        setup.options.poll = poll;
    }
    setup.patience = wish.patience;
    setup.observer = Arc::new(crate::progress::Progress);
    LocalEngine::new(setup)
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
struct Interrupts {
    #[cfg(unix)]
    signals: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Interrupts {
    fn listen() -> Self {
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

    async fn next(&mut self) {
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
fn finish(report: &RunReport, stop: &Stop, output: Output) -> Exit {
    match output {
        Output::Json => print_json(report),
        Output::Text => stdout(&crate::show::report(report, report.status.word())),
    }
    // A run that was only waited for is not changed by that: it still waits, but the person was quicker.
    if stop.is_asked() && !report.status.is_end() { Exit::Interrupted } else { Exit::of_run(report) }
}

/// One JSON value on stdout, on one line.
fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => tell!("{text}"),
        Err(error) => say!("error: the result cannot be written as JSON: {error}"),
    }
}
