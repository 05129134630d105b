//! The error of what keeps laws.

use std::error::Error;
use std::fmt;

/// What was learned could not be read or written. Nothing depends on it: a task is polled by the prior then.
#[derive(Debug)]
pub struct LawsError {
    kind: LawsErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LawsErrorKind {
    /// The store failed. A retry may help after its cause is mended.
    Store,
    /// What is stored cannot be understood. A retry does not help; forgetting it does.
    Corrupt,
}

impl LawsError {
    /// An error; `message` is one lower-case sentence without the source's text.
    pub fn new(kind: LawsErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// With what caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> LawsErrorKind {
        self.kind
    }
}

impl fmt::Display for LawsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for LawsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
