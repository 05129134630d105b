//! Engines: what drives a run from decision to decision.

mod driver;
mod error;
mod local;
mod recorder;

pub use error::{EngineError, EngineErrorKind};
pub use local::{LocalEngine, Setup};

use crate::definition::Workflow;
use crate::journal::{Fact, RunSummary};
use crate::report::RunReport;
use crate::run::RunId;
use crate::state::RunState;
use crate::values::Values;
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;

/// The seam between whoever wants runs and whatever drives them.
///
/// All that decides is below this seam and pure; an engine brings facts to the journal, effects to the
/// runner and time to both.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Takes a new run. Submitting the same run again changes nothing and gives false.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    async fn submit(&self, submission: &Submission) -> Result<bool, EngineError>;

    /// Works on a run until it ends or can go no further by itself, and says how it stands then. A run that
    /// was stopped or killed goes on where it was. The caller makes sure that nobody else works on it.
    ///
    /// # Errors
    ///
    /// When journal or ledger cannot be read or written, or the run cannot be understood. The run can be
    /// resumed after the cause is mended.
    async fn drive(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError>;

    /// How a run stands. Nothing is changed.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, there is no such run, or it cannot be understood.
    async fn describe(&self, run: &RunId) -> Result<RunReport, EngineError>;

    /// All runs, newest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    async fn list(&self) -> Result<Vec<RunSummary>, EngineError>;
}

/// A run to be taken.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Its id and what lists show of it.
    pub summary: RunSummary,
    /// The checked workflow.
    pub workflow: Arc<Workflow>,
    /// The inputs, checked and completed.
    pub inputs: Value,
    /// The folder that relative paths of the workflow start from.
    pub folder: String,
}

/// Asks a running engine to stop: what is on the wire is waited for, nothing new is begun.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<StopInner>);

#[derive(Debug, Default)]
struct StopInner {
    asked: std::sync::atomic::AtomicBool,
    wakers: std::sync::Mutex<Vec<std::task::Waker>>,
}

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.asked.store(true, std::sync::atomic::Ordering::SeqCst);
        let mut wakers = self.0.wakers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        wakers.drain(..).for_each(std::task::Waker::wake);
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        std::future::poll_fn(|context| {
            let mut wakers = self.0.wakers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            // The flag is read under the lock, so that no waker comes after the last wake.
            if self.is_asked() {
                return std::task::Poll::Ready(());
            }
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            std::task::Poll::Pending
        })
        .await;
    }
}

/// Watches a run: for progress on a screen.
pub trait Observer: Send + Sync {
    /// A fact was taken. The state holds it already.
    fn fact(&self, fact: &Fact, state: &RunState, values: &Values) {
        let _ = (fact, state, values);
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
