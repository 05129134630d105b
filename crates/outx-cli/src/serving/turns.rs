//! Whose turn it is among runs that could all go on.

use jiff::Timestamp;
use outx_flow::RunId;
use outx_flow::journal::RunSummary;
use std::collections::HashMap;

/// When something happened the last time in runs that have not ended.
#[derive(Debug, Default)]
pub(super) struct Turns(HashMap<RunId, Timestamp>);

impl Turns {
    /// Puts runs in the order of their turns: those that had theirs the longest ago come first, so that under one limit a
    /// long run does not keep a short one waiting until its own end. Who never had one has waited since its submission.
    pub(super) fn order(&self, runs: &mut [RunSummary]) {
        runs.sort_by_key(|run| self.0.get(&run.run_id).copied());
    }

    /// A run was worked on, and something happened in it at this moment.
    pub(super) fn had(&mut self, run: &RunId, at: Timestamp) {
        self.0.insert(run.clone(), at);
    }

    /// A run has ended.
    pub(super) fn ended(&mut self, run: &RunId) {
        self.0.remove(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_flow::RunStatus;
    use outx_model::AccountId;

    fn run(name: &str) -> RunSummary {
        RunSummary {
            run_id: RunId::new(name),
            name: "x".into(),
            account: AccountId::from("team"),
            emulated: false,
            started_at: Timestamp::UNIX_EPOCH,
            status: RunStatus::Waiting,
        }
    }

    /// Under a limit of one sending a moment, each of a long run, a short one and one that comes later has its share.
    #[test]
    fn runs_under_one_limit_take_turns() {
        let (mut turns, mut left) = (Turns::default(), HashMap::from([("long", 100), ("short", 3)]));
        let mut sent = Vec::new();
        for second in 0.. {
            if second == 10 {
                left.insert("late", 2);
            }
            // The order in which they are found says nothing about whose turn it is.
            let mut due: Vec<_> =
                ["long", "short", "late"].into_iter().filter(|it| left.contains_key(it)).collect();
            if second % 2 == 0 {
                due.reverse();
            }
            let mut due: Vec<_> = due.into_iter().map(run).collect();
            turns.order(&mut due);
            let Some(next) = due.first() else { break };
            let name = ["long", "short", "late"].into_iter().find(|it| *it == next.run_id.as_str()).unwrap();
            sent.push(name);
            turns.had(&next.run_id, Timestamp::from_second(second).unwrap());
            let count = left.get_mut(name).unwrap();
            *count -= 1;
            if *count == 0 {
                left.remove(name);
                turns.ended(&next.run_id);
            }
        }
        let place = |name| sent.iter().rposition(|it| *it == name).unwrap();
        assert!(place("short") <= 6, "{sent:?}");
        assert!((10..=13).contains(&place("late")), "{sent:?}");
        assert_eq!(sent.len(), 105);
    }
}
