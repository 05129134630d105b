//! What came of a case: a history that keeps all laws, or the law that it breaks.

use super::defects::Defect;
use super::plan::Case;
use super::play::play;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A law that was broken.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) law: Law,
    pub(super) text: String,
}

/// What holds for every history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// At most one send for each write.
    SentOnce,
    /// No task id is lost.
    IdsKept,
    /// No limit is exceeded in any window, and nothing is sent at closed hours.
    WithinLimits,
    /// Nobody on the block list is written to.
    Contact,
    /// Who was taken from a list is written to no more, and who is in it is worked on.
    Wanted,
    /// Every causally closed set of facts folds.
    Folds,
    /// Every run ends, or waits for a named reason.
    Ends,
    /// Nothing panics, stalls, or fails without a cause.
    Works,
}

/// What a history comes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct History {
    /// The hash of all that was sent, noted and kept.
    pub(super) hash: String,
    pub(super) sent: usize,
    pub(super) crashes: usize,
    /// Transactions that a crash took.
    pub(super) lost: usize,
    pub(super) taken_over: usize,
    pub(super) resolved: usize,
    pub(super) edited: usize,
    pub(super) mishaps: usize,
    /// Steps that began in an iteration, in a workflow that is called, and at the end of a run.
    pub(super) forms: [usize; 3],
}

/// What came of a case, and its story where one was asked for.
pub(super) struct Verdict {
    pub(super) result: Result<History, Violation>,
    pub(super) story: Vec<String>,
}

impl Verdict {
    pub(super) fn of(case: &Case, defect: Option<Defect>, told: bool) -> Self {
        catch_unwind(AssertUnwindSafe(|| play(case, defect, told))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
            Self { result: violation(Law::Works, format!("a panic: {text}")), story: Vec::new() }
        })
    }
}

pub(super) fn violation<T>(law: Law, text: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { law, text: text.into() })
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.text)
    }
}
