//! Kills at the moments of one step's effect.

use super::harness::Looks;
use crate::effect::{FaultPoint, Faults};
use crate::engine::Observer;
use crate::journal::{Event, Fact};
use crate::report::RunReport;
use crate::seams::Life;
use crate::state::RunState;
use crate::values::Values;
use jiff::Timestamp;
use outx_model::ActionKey;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A moment of a step's effect at which a process can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// Its expressions are computed, and that is not written yet.
    Started,
    /// It is about to ask the ledger.
    BeforeBegin,
    /// The ledger permits it, and nothing was sent.
    AfterBegin,
    /// It was sent, and nothing of what came of it is written.
    AfterSend,
    /// The ledger knows what came of it; the run does not.
    AfterRecord,
    /// It has ended, and that is not written yet.
    Finished,
}

impl Moment {
    /// All of them, in the order in which a step passes them.
    pub const ALL: [Self; 6] = [
        Self::Started,
        Self::BeforeBegin,
        Self::AfterBegin,
        Self::AfterSend,
        Self::AfterRecord,
        Self::Finished,
    ];

    /// Its name in a test file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::BeforeBegin => "before-begin",
            Self::AfterBegin => "after-begin",
            Self::AfterSend => "after-send",
            Self::AfterRecord => "after-record",
            Self::Finished => "finished",
        }
    }
}

/// Kills once at each of some moments of a step.
#[derive(Debug, Default)]
pub(super) struct Crashes {
    /// Each the name of a step and a moment.
    left: Mutex<BTreeSet<(String, Moment)>>,
    happened: Mutex<Vec<(String, Moment)>>,
}

impl Crashes {
    pub(super) fn add(&self, step: &str, moments: &[Moment]) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.extend(moments.iter().map(|moment| (step.to_owned(), *moment)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn happened(&self) -> Vec<(String, Moment)> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the process ends here.
    fn ends(&self, path: &str, moment: Moment) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = left.iter().find(|(step, at)| *at == moment && is_meant(step, path)).cloned()
        else {
            return false;
        };
        left.remove(&found);
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).push((path.to_owned(), moment));
        true
    }
}

/// Whether a name means the step at a path: the whole path, or the same without the items.
fn is_meant(name: &str, path: &str) -> bool {
    name == path || name == without_items(path)
}

fn without_items(path: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    };
    path.chars().filter(outside).collect()
}

/// One process, which may end at one of those moments.
pub(super) struct Mortal {
    pub(super) life: Arc<Life>,
    pub(super) crashes: Arc<Crashes>,
    pub(super) looks: Looks,
}

impl Mortal {
    fn at(&self, path: &str, moment: Moment) {
        if !self.life.is_over() && self.crashes.ends(path, moment) {
            self.life.end();
        }
    }
}

impl Faults for Mortal {
    fn of(&self, point: FaultPoint, action: &ActionKey) {
        let moment = match point {
            FaultPoint::BeforeBegin => Moment::BeforeBegin,
            FaultPoint::AfterBegin => Moment::AfterBegin,
            FaultPoint::AfterSend => Moment::AfterSend,
            FaultPoint::AfterRecord => Moment::AfterRecord,
            FaultPoint::AfterPoll => return,
        };
        // Who acts is named by its run, its path and its attempt.
        let by = action.as_str();
        let path = by.split_once('/').map_or(by, |(_, path)| path);
        let attempt = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let path = path.rsplit_once('#').filter(|(_, last)| attempt(last)).map_or(path, |(path, _)| path);
        self.at(path, moment);
    }
}

impl Observer for Mortal {
    fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
        match fact.event {
            Event::Started { .. } => self.at(fact.path.as_str(), Moment::Started),
            Event::Finished { .. } => self.at(fact.path.as_str(), Moment::Finished),
            _ => {}
        }
    }

    fn waits(&self, report: &RunReport, until: Option<Timestamp>) {
        self.looks.waits(report, until);
    }
}

impl fmt::Debug for Mortal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mortal").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_meant_by_its_path_with_or_without_items() {
        for name in ["person[ada].invite", "person.invite"] {
            assert!(is_meant(name, "person[ada].invite"), "{name}");
        }
        for name in ["invite", "person", "person[bo].invite"] {
            assert!(!is_meant(name, "person[ada].invite"), "{name}");
        }
    }
}
