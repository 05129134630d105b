//! Engines: what drives a run from decision to decision.

mod answers;
mod asking;
mod driver;
mod ending;
mod error;
mod following;
mod hearing;
mod held;
mod listing;
mod local;
mod paces;
mod pausing;
mod reading;
mod recorder;
mod repeating;
mod revising;
mod stay;
mod tasks;

pub use error::{EngineError, EngineErrorKind};
pub use local::{LocalEngine, Setup};
pub use revising::{ListChange, Revision};
pub use tasks::Tasks;

use crate::definition::Workflow;
use crate::journal::{Fact, RunSummary};
use crate::report::RunReport;
use crate::run::RunId;
use crate::signal::Signal;
use crate::state::RunState;
use crate::stop::Stop;
use crate::values::Values;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_poller::Counts;
use outx_poller::law::LawsError;
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
    /// was stopped or killed goes on where it was. How long it waits for what has a moment is the engine's setting. The caller makes sure that nobody else works on it.
    ///
    /// # Errors
    ///
    /// When journal or ledger cannot be read or written, or the run cannot be understood. The run can be
    /// resumed after the cause is mended.
    async fn drive(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError>;

    /// Takes a new run and works on it, as [`submit`](Engine::submit) and [`drive`](Engine::drive) do. Nothing when
    /// there is such a run already.
    ///
    /// # Errors
    ///
    /// As those two.
    async fn start(&self, submission: &Submission, stop: &Stop) -> Result<Option<RunReport>, EngineError> {
        if !self.submit(submission).await? {
            return Ok(None);
        }
        self.drive(&submission.summary.run_id, stop).await.map(Some)
    }

    /// Tells a run what a person says, whoever works on it or nobody. It is heard when the run is driven the next
    /// time, or within moments where somebody works on it and listens.
    ///
    /// # Errors
    ///
    /// [`EngineErrorKind::Refused`] when it does not fit how the run stands; else as [`drive`](Engine::drive).
    async fn signal(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError>;

    /// Lets a run hear what was said to it, and does not work on it. The caller makes sure that nobody else does.
    ///
    /// # Errors
    ///
    /// As [`drive`](Engine::drive).
    async fn hear(&self, run: &RunId) -> Result<(), EngineError>;

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
    /// Whether it is left to whoever goes on with runs that wait ([`Journal::due`](crate::journal::Journal::due)).
    pub detached: bool,
}

/// Watches a run: for progress on a screen.
pub trait Observer: Send + Sync {
    /// A new run was taken and is durable.
    fn taken(&self, run: &RunSummary) {
        let _ = run;
    }

    /// The run waits until a moment, at which it is looked at again; without one for a person alone.
    fn waits(&self, report: &RunReport, until: Option<Timestamp>) {
        let _ = (report, until);
    }

    /// The engine left a run whose file wants people to be told ([`Workflow::notify`]): how it stood before, if
    /// anybody worked on it before, and how it stands now.
    fn stands(&self, workflow: &Workflow, before: Option<&RunReport>, after: &RunReport) {
        let _ = (workflow, before, after);
    }

    /// Something that was said to the run did not fit any more, and was dropped.
    fn refused(&self, run: &RunId, signal: &Signal, why: &EngineError) {
        let _ = (run, signal, why);
    }

    /// The engine left a run: what asking about its tasks has cost since it was taken up, and how many tasks it has
    /// created. It is no fact, and nobody tells it later.
    fn asked(&self, run: &RunId, counts: &Counts) {
        let _ = (run, counts);
    }

    /// What was learned of how long tasks take could not be read or kept. Nothing else depends on it.
    fn unlearned(&self, why: &LawsError) {
        let _ = why;
    }

    /// A fact was taken. The state holds it already.
    fn fact(&self, fact: &Fact, state: &RunState, values: &Values) {
        let _ = (fact, state, values);
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
