//! The error of the guarded client.

use crate::error::LedgerError;
use outx_model::TaskId;
use std::error::Error;
use std::fmt;

/// Nothing can be said of what came of it.
#[derive(Debug)]
pub struct GuardedError {
    kind: GuardedErrorKind,
    message: String,
    source: Option<LedgerError>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuardedErrorKind {
    /// The input is wrong, and nothing was sent. A retry does not help.
    Input,
    /// The ledger could not be read or written. The same call may help after its cause is mended, and never
    /// sends twice.
    Ledger,
}

impl GuardedError {
    pub(super) fn input(message: String) -> Self {
        Self { kind: GuardedErrorKind::Input, message, source: None }
    }

    pub(super) fn unkept(task_id: &TaskId, source: LedgerError) -> Self {
        let message = format!("the service accepted task {task_id}, and the ledger could not keep its id");
        Self { kind: GuardedErrorKind::Ledger, message, source: Some(source) }
    }

    /// What went wrong.
    pub fn kind(&self) -> GuardedErrorKind {
        self.kind
    }
}

impl From<LedgerError> for GuardedError {
    fn from(source: LedgerError) -> Self {
        let message = "the ledger could not be asked".to_owned();
        Self { kind: GuardedErrorKind::Ledger, message, source: Some(source) }
    }
}

impl fmt::Display for GuardedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for GuardedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}
