//! The journal: the seam to wherever facts and values of runs are kept, and one in memory.

pub(crate) mod apart;
pub(crate) mod fact;
mod forget;
mod memory;
pub mod suite;

pub use apart::{Lists, whole_inputs};
pub use fact::{Event, Fact, SkipReason, StepError, StepErrorKind, StepResult, WaitReason, WaitingFor};
pub use forget::{Redacted, redact};
pub use memory::MemoryJournal;

use crate::run::{RunId, RunStatus};
use crate::signal::Signal;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Where facts and values are kept. Each call is one transaction, durable when it returns.
/// [`suite::run`] tells whether a journal keeps its promises.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Notes a new run with its first facts. Returns false, and changes nothing, when there is such a run.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    async fn create(&self, run: &RunSummary, batch: Batch) -> Result<bool, JournalError>;

    /// Adds facts and the values that they name, if the run has as many facts as whoever adds them knows
    /// ([`Batch::after`]). Of two who work on one run the slower one is refused, so that what one adds never stands
    /// between the facts of another.
    ///
    /// # Errors
    ///
    /// When the store cannot be written, there is no such run, or it has other facts
    /// ([`JournalErrorKind::TakenOver`]). Nothing was added then.
    async fn append(&self, run: &RunId, batch: Batch) -> Result<(), JournalError>;

    /// All facts of a run, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or holds something that cannot be understood.
    async fn facts(&self, run: &RunId) -> Result<Vec<Fact>, JournalError>;

    /// Values by their addresses, as JSON text, in the order asked for.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or one of them is missing.
    async fn values(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<str>>, JournalError>;

    /// One run.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn run(&self, run: &RunId) -> Result<Option<RunSummary>, JournalError>;

    /// All runs, newest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn runs(&self) -> Result<Vec<RunSummary>, JournalError>;

    /// At most so many of the runs that somebody should look at by `now`, the longest overdue first: those whose
    /// moment has come ([`Batch::wakes_at`]), those to which something was said that nobody has heard, and those
    /// that are running, for whoever worked on them may be gone. Moments may be kept to the microsecond, and none
    /// comes too early.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<RunSummary>, JournalError>;

    /// Keeps what a person says to a run, for whoever works on it, now or later.
    ///
    /// # Errors
    ///
    /// When the store cannot be written, or there is no such run.
    async fn say(&self, run: &RunId, signal: &Signal, now: Timestamp) -> Result<(), JournalError>;

    /// What was said to a run and not heard yet ([`Batch::heard`]), in the order in which it was said.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or holds something that cannot be understood.
    async fn said(&self, run: &RunId) -> Result<Vec<Said>, JournalError>;
}

/// Something that was said to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// By what the journal knows it.
    pub number: u64,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub signal: Signal,
}

/// What is added to a journal in one transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// How many facts the run has before these, as whoever adds them knows it. With nothing it is added whatever
    /// there is, which is right only for what rests on no fact. A new run has none before.
    pub after: Option<usize>,
    /// Facts, in order.
    pub facts: Vec<Fact>,
    /// Values by address, as JSON text. One that is there already is left alone.
    pub values: Vec<(ContentHash, Arc<str>)>,
    /// The run's new status, where it changes.
    pub status: Option<RunStatus>,
    /// When the run is to be looked at again, where that changes. A new status without it leaves none.
    pub wakes_at: Option<Timestamp>,
    /// What was said to the run and is heard with this.
    pub heard: Vec<u64>,
}

impl Batch {
    /// True when there is nothing to add.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.values.is_empty()
            && self.status.is_none()
            && self.wakes_at.is_none()
            && self.heard.is_empty()
    }
}

/// A run as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its id.
    pub run_id: RunId,
    /// The workflow's name.
    pub name: String,
    /// The account it runs under.
    pub account: AccountId,
    /// Whether it runs on the embedded service.
    pub emulated: bool,
    /// When it was submitted.
    pub started_at: Timestamp,
    /// How it stands.
    pub status: RunStatus,
}

/// The journal could not be read or written.
#[derive(Debug)]
pub struct JournalError {
    kind: JournalErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JournalErrorKind {
    /// The store failed. A retry may help after its cause is mended.
    Store,
    /// There is no such run or value. A retry does not help.
    Missing,
    /// What is stored cannot be understood. A retry does not help.
    Corrupt,
    /// Somebody else has added facts to the run. A retry does not help; who reads the run anew can go on with it.
    TakenOver,
}

impl JournalError {
    /// An error; `message` is one lower-case sentence without the source's text.
    pub fn new(kind: JournalErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The refusal of a batch that does not begin where a run's facts end: the run has `there`, whoever adds to it
    /// knows `known` of them.
    pub fn taken_over(run: &RunId, known: usize, there: usize) -> Self {
        let message =
            format!("another process took the run {run} over: it has {there} facts, {known} are known here");
        Self::new(JournalErrorKind::TakenOver, message)
    }

    /// With what caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> JournalErrorKind {
        self.kind
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for JournalError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
