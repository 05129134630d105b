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

    /// Why it makes no sense, in a sentence without its end.
    pub fn reason(&self) -> String {
        match self.kind {
            PolicyErrorKind::NoPause => "the pause between two polls must be longer than zero",
            PolicyErrorKind::FirstAfterTimeout => "the first poll would come after the timeout",
            PolicyErrorKind::TooLong => "a polling policy may not name more than 366 days",
            PolicyErrorKind::Shrinking => "the pauses would shrink",
            PolicyErrorKind::TooFast => "the pauses would grow too fast",
            PolicyErrorKind::MaxBelowEvery => "the longest pause is shorter than the first one",
            PolicyErrorKind::AttemptNotBelowTimeout => "one attempt may take as long as the whole patience",
            PolicyErrorKind::ZeroLimit(field) => {
                return format!("`{field}` is zero, so that nothing could be asked");
            }
            PolicyErrorKind::Missing(field) => return format!("`{field}` is needed"),
            PolicyErrorKind::Useless(field) => return format!("`{field}` does nothing with this policy"),
            PolicyErrorKind::UnknownVersion(version) => {
                return format!("the checkpoint is of version {version}, which this program does not know");
            }
        }
        .to_owned()
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self.kind {
            PolicyErrorKind::NoPause => "write one such as 2s",
            PolicyErrorKind::FirstAfterTimeout => "shorten `first` or lengthen `timeout`",
            PolicyErrorKind::TooLong => "look at the units of its durations",
            PolicyErrorKind::Shrinking => "write a `factor` of 1 or more",
            PolicyErrorKind::TooFast => "write a `factor` of at most 1000",
            PolicyErrorKind::MaxBelowEvery => "write a `max` of at least `every`",
            PolicyErrorKind::ZeroLimit(_) => "leave it out or raise it",
            PolicyErrorKind::AttemptNotBelowTimeout => "shorten the attempt's time-out or lengthen `timeout`",
            PolicyErrorKind::Missing(_) => "add it",
            PolicyErrorKind::Useless(_) => "take one of the two out",
            PolicyErrorKind::UnknownVersion(_) => "use a newer one, or follow its ticket anew",
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason(), self.remedy())
    }
}

impl Error for PolicyError {}
