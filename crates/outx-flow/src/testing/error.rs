//! Why a test could not be run.

use crate::engine::EngineError;
use std::error::Error;
use std::fmt;

/// A test could not be run. It says nothing about what is tested, but for
/// [`TestingErrorKind::Stalled`] and [`TestingErrorKind::Restless`].
#[derive(Debug)]
pub struct TestingError {
    kind: TestingErrorKind,
    message: String,
    source: Option<EngineError>,
}

/// What kept a test from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestingErrorKind {
    /// The workflow is not valid, or its inputs are not.
    Invalid,
    /// Something waits that no timer and nothing else will ever wake.
    Stalled,
    /// The run waits and is looked at again and again, and no end is in sight.
    Restless,
    /// The engine failed.
    Engine,
}

impl TestingError {
    pub(super) fn new(kind: TestingErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// What kept it.
    pub fn kind(&self) -> TestingErrorKind {
        self.kind
    }
}

impl From<EngineError> for TestingError {
    fn from(error: EngineError) -> Self {
        let message = "the engine failed".to_owned();
        Self { kind: TestingErrorKind::Engine, message, source: Some(error) }
    }
}

impl fmt::Display for TestingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TestingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}
