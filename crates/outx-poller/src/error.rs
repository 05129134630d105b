//! The error of this crate.

use std::error::Error;
use std::fmt;

/// A policy that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    kind: PolicyErrorKind,
}

/// What is wrong with a policy. Trying again never helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// The pause between polls is zero.
    NoPause,
    /// The first poll would come after patience has ended.
    FirstAfterTimeout,
    /// A duration is longer than [`Policy::LONGEST`](crate::Policy::LONGEST).
    TooLong,
}

impl PolicyError {
    pub(crate) fn new(kind: PolicyErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
    pub fn kind(&self) -> PolicyErrorKind {
        self.kind
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PolicyErrorKind::NoPause => "the pause between two polls must be longer than zero",
            PolicyErrorKind::FirstAfterTimeout => "the first poll would come after the timeout",
            PolicyErrorKind::TooLong => "a polling policy may not name more than 366 days",
        })
    }
}

impl Error for PolicyError {}
