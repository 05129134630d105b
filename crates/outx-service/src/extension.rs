//! A member's browser extension through time: when it works, and when its heartbeat was last heard.

use crate::command::ExtensionState;
use jiff::{SignedDuration, Timestamp};

/// So long a heartbeat counts.
pub(crate) const HEARTBEAT: SignedDuration = SignedDuration::from_hours(48);

/// The states of one extension, each from its moment on. Before the first it is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Timeline(Vec<(Timestamp, ExtensionState)>);

impl Timeline {
    /// Sets the state from a moment on, until the next change. Of two changes at one moment the later told
    /// holds.
    pub(crate) fn set(&mut self, at: Timestamp, state: ExtensionState) {
        let place = self.0.partition_point(|(known, _)| *known <= at);
        self.0.insert(place, (at, state));
    }

    /// What the extension does at a moment.
    pub(crate) fn state(&self, now: Timestamp) -> ExtensionState {
        let place = self.0.partition_point(|(known, _)| *known <= now);
        place.checked_sub(1).map_or(ExtensionState::Open, |last| self.0[last].1)
    }

    /// Whether a heartbeat was heard within the 48 hours before a moment.
    pub(crate) fn is_awake(&self, now: Timestamp) -> bool {
        let place = self.0.partition_point(|(known, _)| *known <= now);
        let mut ended = now;
        for (since, state) in self.0[..place].iter().rev() {
            match state {
                ExtensionState::Open => return now.duration_since(ended) <= HEARTBEAT,
                ExtensionState::Silent => return false,
                ExtensionState::Closed => ended = *since,
            }
        }
        now.duration_since(ended) <= HEARTBEAT
    }

    /// The moment at which the extension has worked for so long since a task's creation; `None` where no
    /// change that is known yet lets it come to that.
    pub(crate) fn worked(&self, created_at: Timestamp, work: SignedDuration) -> Option<Timestamp> {
        let mut left = work;
        let mut open_since = Some(Timestamp::MIN);
        for (at, state) in &self.0 {
            let opens = *state == ExtensionState::Open;
            match open_since {
                Some(since) if !opens => {
                    let from = since.max(created_at);
                    if from < *at {
                        let span = at.duration_since(from);
                        if left <= span {
                            return from.checked_add(left).ok();
                        }
                        left -= span;
                    }
                    open_since = None;
                }
                None if opens => open_since = Some(*at),
                _ => {}
            }
        }
        let from = open_since?.max(created_at);
        Some(from.checked_add(left).unwrap_or(Timestamp::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ExtensionState::{Closed, Open, Silent};

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    fn timeline(changes: &[(i64, ExtensionState)]) -> Timeline {
        let mut timeline = Timeline::default();
        for (hour, state) in changes {
            timeline.set(at(*hour), *state);
        }
        timeline
    }

    #[test]
    fn a_heartbeat_counts_for_48_hours_after_the_browser_was_closed() {
        let timeline = timeline(&[(10, Closed), (11, Closed), (100, Open), (101, Silent), (102, Closed)]);
        let awake = |hour| timeline.is_awake(at(hour));
        assert_eq!([9, 10, 58, 59, 99].map(awake), [true, true, true, false, false]);
        assert_eq!([100, 101, 102, 110].map(awake), [true, false, false, false]);
    }

    #[test]
    fn closed_time_is_no_work_time() {
        let hours = SignedDuration::from_hours;
        let timeline = timeline(&[(10, Closed), (20, Open), (30, Silent), (40, Open)]);
        for (created, work, end) in
            [(0, 4, 4), (0, 10, 10), (0, 11, 21), (5, 25, 50), (15, 0, 20), (10, 0, 20), (50, 1, 51)]
        {
            assert_eq!(timeline.worked(at(created), hours(work)), Some(at(end)), "{created} {work}");
        }
    }

    #[test]
    fn a_browser_that_stays_closed_ends_nothing() {
        let timeline = timeline(&[(10, Closed)]);
        assert_eq!(timeline.worked(at(9), SignedDuration::from_hours(1)), Some(at(10)));
        assert_eq!(timeline.worked(at(9), SignedDuration::from_hours(2)), None);
        assert_eq!(timeline.worked(at(10), SignedDuration::ZERO), None);
    }

    #[test]
    fn of_two_changes_at_one_moment_the_later_told_holds() {
        assert_eq!(timeline(&[(5, Closed), (5, Open)]).state(at(5)), Open);
        assert_eq!(
            timeline(&[(7, Open), (5, Closed)]).state(at(6)),
            Closed,
            "the order of telling is not that of time"
        );
    }
}
