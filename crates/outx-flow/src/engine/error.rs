//! The error of engines.

use crate::journal::{JournalError, JournalErrorKind};
use crate::state::IllegalFact;
use outx_ledger::{LedgerError, LedgerErrorKind};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A run could not be worked on. It is not lost: it can be resumed after the cause is mended.
#[derive(Debug)]
pub struct EngineError {
    kind: EngineErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineErrorKind {
    /// Journal or ledger could not be read or written. A retry may help.
    Store,
    /// There is no such run. A retry does not help.
    NoRun,
    /// The run's facts or definition cannot be understood. A retry does not help.
    Corrupt,
    /// What a person said does not fit how the run stands. A retry does not help.
    Refused,
    /// Another process works on the run: it added facts that are not known here. What came of what was sent is in
    /// the ledger, for that process too. Who reads the run anew can go on with it.
    TakenOver,
}

impl EngineError {
    /// An error; `message` is one lower-case sentence without the source's text.
    pub fn new(kind: EngineErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> EngineErrorKind {
        self.kind
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        of_journal(error.kind()).with_source(error)
    }
}

impl From<Arc<JournalError>> for EngineError {
    fn from(error: Arc<JournalError>) -> Self {
        of_journal(error.kind()).with_source(error)
    }
}

fn of_journal(kind: JournalErrorKind) -> EngineError {
    let kind = match kind {
        JournalErrorKind::Store => EngineErrorKind::Store,
        JournalErrorKind::Missing | JournalErrorKind::Corrupt => EngineErrorKind::Corrupt,
        JournalErrorKind::TakenOver => {
            return EngineError::new(EngineErrorKind::TakenOver, "the run is not this process's any more");
        }
    };
    EngineError::new(kind, "the journal failed")
}

impl From<LedgerError> for EngineError {
    fn from(error: LedgerError) -> Self {
        let kind = match error.kind() {
            LedgerErrorKind::Store => EngineErrorKind::Store,
            _ => EngineErrorKind::Corrupt,
        };
        Self::new(kind, "the ledger failed").with_source(error)
    }
}

impl From<IllegalFact> for EngineError {
    fn from(error: IllegalFact) -> Self {
        Self::new(EngineErrorKind::Corrupt, "the run's facts do not fit its definition").with_source(error)
    }
}
