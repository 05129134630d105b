//! An engine over memory, and a run that is ready to be driven.

use futures_util::future::FutureExt;
use outx_flow::diagnostic::Source;
use outx_flow::journal::{Journal, MemoryJournal, RunSummary};
use outx_flow::{
    CheckOptions, EffectRunner, Engine, LocalEngine, RunId, RunStatus, Setup, Stop, Submission, Workflow,
    check, resolve_inputs,
};
use outx_ledger::{LedgerStore, MemoryLedger};
use outx_model::{AccountId, Token};
use outx_service::{Host, ServiceConfig};
use outx_transport::{Client, Clock, FakeTransport, SystemClock};
use std::sync::Arc;

/// An engine over a journal and a ledger, which sends nothing.
pub fn engine(journal: Arc<dyn Journal>, ledger: Arc<dyn LedgerStore>) -> LocalEngine {
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let client = Client::new(Arc::new(FakeTransport::new(host, clock.clone())), clock, account(), None);
    let effects = EffectRunner::new(Arc::new(client), ledger, Arc::new(|| Token::from("t")));
    LocalEngine::new(Setup::new(journal, effects))
}

/// A workflow with its defaults, about to be submitted under a name.
///
/// # Panics
///
/// When the workflow is not valid, or takes inputs without defaults.
#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
pub fn submission(run: &str, workflow: &Arc<Workflow>) -> Submission {
    Submission {
        summary: RunSummary {
            run_id: RunId::new(run),
            name: workflow.name.clone(),
            account: account(),
            emulated: true,
            started_at: SystemClock.now(),
            status: RunStatus::Running,
        },
        workflow: workflow.clone(),
        inputs: resolve_inputs(workflow, &[]).expect("the defaults are good"),
        folder: String::new(),
        detached: false,
    }
}

fn account() -> AccountId {
    AccountId::from("bench")
}

/// A run that was submitted and not begun.
#[derive(Debug)]
pub struct Run {
    engine: LocalEngine,
    run: RunId,
}

/// Checks a workflow and submits it to an engine of its own.
///
/// # Panics
///
/// When the workflow is not valid: a benchmark of nothing would be worse.
#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
pub fn prepare(text: &str) -> Run {
    let workflow = checked(text);
    let engine = engine(Arc::new(MemoryJournal::default()), Arc::new(MemoryLedger::new()));
    let submission = submission("bench", &workflow);
    let run = submission.summary.run_id.clone();
    // Nothing here waits, so the futures are ready at their first poll.
    engine.submit(&submission).now_or_never().expect("ready at once").expect("submitted");
    Run { engine, run }
}

/// A checked workflow.
///
/// # Panics
///
/// When it is not valid.
#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
pub fn checked(text: &str) -> Arc<Workflow> {
    let checked = check(&Source::new("bench.yaml", text), &CheckOptions::shipped());
    Arc::new(checked.workflow.expect("a valid workflow"))
}

impl Run {
    /// Drives the run to its end.
    ///
    /// # Panics
    ///
    /// When it does not succeed.
    #[expect(clippy::expect_used, reason = "a benchmark of a failed run would be worse than none")]
    pub fn drive(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let report = runtime.block_on(self.engine.drive(&self.run, &Stop::default())).expect("driven");
        assert_eq!(report.status, RunStatus::Succeeded);
    }
}
