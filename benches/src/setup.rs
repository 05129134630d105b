//! An engine over memory, and a run that is ready to be driven.

use futures_util::future::FutureExt;
use jiff::Timestamp;
use outx_flow::diagnostic::Source;
use outx_flow::journal::{MemoryJournal, RunSummary};
use outx_flow::{
    CheckOptions, EffectRunner, Engine, LocalEngine, RunId, RunStatus, Setup, Stop, Submission, Workflow,
    check, resolve_inputs,
};
use outx_ledger::MemoryLedger;
use outx_model::{AccountId, Token};
use outx_service::{Host, ServiceConfig};
use outx_transport::{Client, FakeTransport, SystemClock};
use std::sync::Arc;

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
    let inputs = resolve_inputs(&workflow, &[]).expect("the defaults are good");
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let account = AccountId::from("bench");
    let client = Client::new(Arc::new(FakeTransport::new(host, clock.clone())), clock, account.clone(), None);
    let effects =
        EffectRunner::new(Arc::new(client), Arc::new(MemoryLedger::new()), Arc::new(|| Token::from("t")));
    let engine = LocalEngine::new(Setup::new(Arc::new(MemoryJournal::default()), effects));
    let run = RunId::new("bench");
    let submission = Submission {
        summary: RunSummary {
            run_id: run.clone(),
            name: workflow.name.clone(),
            account,
            emulated: true,
            started_at: Timestamp::UNIX_EPOCH,
            status: RunStatus::Running,
        },
        workflow,
        inputs,
        folder: String::new(),
        detached: false,
    };
    // Nothing here waits, so the futures are ready at their first poll.
    engine.submit(&submission).now_or_never().expect("ready at once").expect("submitted");
    Run { engine, run }
}

#[expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
fn checked(text: &str) -> Arc<Workflow> {
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
