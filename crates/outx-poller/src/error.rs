//! The error of this crate.

use std::error::Error;
use std::fmt;

/// A policy that makes no sense, or a checkpoint that cannot be read. The text says what is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    kind: PolicyErrorKind,
}

/// What is wrong. Trying again never helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// The pause between polls is zero.
    NoPause,
    /// The first poll would come after patience has ended.
    FirstAfterTimeout,
    /// A duration is longer than [`Policy::LONGEST`](crate::Policy::LONGEST).
    TooLong,
    /// The pauses would shrink, or the factor is no number.
    Shrinking,
    /// The pauses would grow faster than a thousandfold.
    TooFast,
    /// The longest pause is shorter than the first one.
    MaxBelowEvery,
    /// Something is limited to nothing, in this field.
    ZeroLimit(&'static str),
    /// One attempt may take as long as the patience with the task, or longer.
    AttemptNotBelowTimeout,
    /// The policy needs this field.
    Missing(&'static str),
    /// The policy makes nothing of this field.
    Useless(&'static str),
    /// A checkpoint of a version that this one does not know.
    UnknownVersion(u32),
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
            PolicyErrorKind::NoPause => {
                "the pause between two polls must be longer than zero; write one such as 2s"
            }
            PolicyErrorKind::FirstAfterTimeout => {
                "the first poll would come after the timeout; shorten `first` or lengthen `timeout`"
            }
            PolicyErrorKind::TooLong => {
                "a polling policy may not name more than 366 days; look at the units of its durations"
            }
            PolicyErrorKind::Shrinking => "the pauses would shrink; write a `factor` of 1 or more",
            PolicyErrorKind::TooFast => "the pauses would grow too fast; write a `factor` of at most 1000",
            PolicyErrorKind::MaxBelowEvery => {
                "the longest pause is shorter than the first one; write a `max` of at least `every`"
            }
            PolicyErrorKind::ZeroLimit(field) => {
                return write!(f, "`{field}` is zero, so that nothing could be asked; leave it out or raise it");
            }
            PolicyErrorKind::AttemptNotBelowTimeout => {
                "one attempt may take as long as the whole patience; shorten the attempt's time-out or lengthen `timeout`"
            }
            PolicyErrorKind::Missing(field) => return write!(f, "the policy needs `{field}`; add it"),
            PolicyErrorKind::Useless(field) => {
                return write!(f, "`{field}` does nothing with this policy; take one of the two out");
            }
            PolicyErrorKind::UnknownVersion(version) => {
                return write!(
                    f,
                    "the checkpoint is of version {version}, which this program does not know; use a newer one, or follow \
                     its ticket anew"
                );
            }
        })
    }
}

impl Error for PolicyError {}
