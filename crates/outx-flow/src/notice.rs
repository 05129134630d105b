//! What people are told of who do not watch.

use crate::journal::WaitReason;
use crate::report::RunReport;
use crate::run::RunStatus;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Something that people may want to be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Occasion {
    /// No browser extension is awake.
    Sleep,
    /// No task has moved for [`QUIET`]: the browser may be closed.
    Quiet,
    /// A write may have been sent, and nobody knows.
    Doubt,
    /// A limit is full, or hours are closed.
    Limit,
    /// A person has to say yes or no.
    Approval,
    /// The run ended.
    End,
}

/// After so long without anything moving in a run that waits for tasks, people are told: a closed browser gives no
/// error.
pub const QUIET: SignedDuration = SignedDuration::from_hours(2);

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Sleep, Self::Quiet, Self::Doubt, Self::Limit, Self::Approval, Self::End];

    /// Its word, as it stands in files and in what is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Quiet => "quiet",
            Self::Doubt => "doubt",
            Self::Limit => "limit",
            Self::Approval => "approval",
            Self::End => "end",
        }
    }

    /// What holds now of a run that did not hold when the engine left it before: what people are told.
    pub fn new_in(before: Option<&RunReport>, after: &RunReport, now: Timestamp) -> BTreeSet<Self> {
        let known = before.map(|before| Self::of(before, before.stopped_at.unwrap_or(now)));
        Self::of(after, now).difference(&known.unwrap_or_default()).copied().collect()
    }

    /// What holds of a run as it stands at a moment.
    pub fn of(report: &RunReport, now: Timestamp) -> BTreeSet<Self> {
        let waits = |reason| report.waits_for(reason);
        let holds = |occasion: &Self| match occasion {
            Self::Sleep => waits(WaitReason::Extension),
            Self::Quiet => quiet_since(report, now).is_some(),
            Self::Doubt => report.status == RunStatus::NeedsAttention,
            Self::Limit => waits(WaitReason::Limit),
            Self::Approval => waits(WaitReason::Approval),
            Self::End => report.status.is_end(),
        };
        Self::ALL.into_iter().filter(holds).collect()
    }
}

/// Since when nothing has moved in a run that waits for tasks, where that is long ago.
pub fn quiet_since(report: &RunReport, now: Timestamp) -> Option<Timestamp> {
    let moved = report.moved_at.filter(|_| report.waits_for(WaitReason::StillPending))?;
    (now.duration_since(moved) >= QUIET).then_some(moved)
}

/// Whom a workflow wants to be told of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// Of what.
    pub on: BTreeSet<Occasion>,
    /// How.
    pub to: Address,
}

/// How people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// By a POST of JSON to this URL.
    Http(String),
    /// By a program with its arguments, which gets the same JSON on its standard input.
    Command(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::WaitingFor;
    use crate::run::{Path, RunId};

    fn waiting(reason: WaitReason, moved: i64) -> RunReport {
        let waits =
            WaitingFor { path: Path::parse("a"), reason, until: None, message: "it waits".to_owned() };
        RunReport {
            run_id: RunId::new("r"),
            name: "w".to_owned(),
            account: None,
            started_at: None,
            status: RunStatus::Waiting,
            outputs: serde_json::Value::Null,
            error: None,
            steps: indexmap::IndexMap::new(),
            on_failure: indexmap::IndexMap::new(),
            finally: indexmap::IndexMap::new(),
            waiting_for: vec![waits],
            moved_at: Timestamp::from_second(moved).ok(),
            stopped_at: None,
        }
    }

    #[test]
    fn two_hours_without_a_task_that_moves_are_worth_a_word() {
        let now = Timestamp::from_second(7_200).unwrap();
        let of = |reason, moved| Occasion::of(&waiting(reason, moved), now).into_iter().collect::<Vec<_>>();
        assert_eq!(of(WaitReason::StillPending, 1), []);
        assert_eq!(of(WaitReason::StillPending, 0), [Occasion::Quiet]);
        // Who waits for a person or an hour waits for no task.
        assert_eq!(of(WaitReason::Approval, 0), [Occasion::Approval]);
        assert_eq!(of(WaitReason::Limit, 0), [Occasion::Limit]);
        assert_eq!(of(WaitReason::Extension, 0), [Occasion::Sleep]);
    }

    #[test]
    fn people_are_told_once() {
        let now = Timestamp::from_second(8_000).unwrap();
        let stopped = |second| {
            let stopped_at = Timestamp::from_second(second).ok();
            RunReport { stopped_at, ..waiting(WaitReason::StillPending, 0) }
        };
        let told = |before: i64| Occasion::new_in(Some(&stopped(before)), &stopped(8_000), now);
        assert_eq!(told(7_000), BTreeSet::from([Occasion::Quiet]));
        assert_eq!(told(7_300), BTreeSet::new());
        assert_eq!(Occasion::new_in(None, &stopped(8_000), now), BTreeSet::from([Occasion::Quiet]));
    }
}
