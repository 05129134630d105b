//! When a run that waits is looked at again.

use crate::journal::{WaitReason, WaitingFor};
use jiff::{SignedDuration, Timestamp};

/// The first pause for a reason, and the longest. Between, a pause is half of how long nothing has moved.
fn pauses(reason: WaitReason) -> Option<(SignedDuration, SignedDuration)> {
    match reason {
        WaitReason::Network => Some((SignedDuration::from_secs(5), SignedDuration::from_mins(5))),
        // A look costs one poll, and a browser is opened by a person.
        WaitReason::Extension => Some((SignedDuration::from_mins(1), SignedDuration::from_mins(10))),
        WaitReason::StillPending => Some((SignedDuration::from_mins(1), SignedDuration::from_mins(30))),
        WaitReason::Limit => Some((SignedDuration::from_mins(1), SignedDuration::from_hours(1))),
        // Only a person can help, or the end is known.
        WaitReason::Key
        | WaitReason::Stopped
        | WaitReason::Approval
        | WaitReason::Time
        | WaitReason::Permission
        | WaitReason::Secret => None,
    }
}

/// The next moment at which a run that waits can go on: the earliest of what it waits for. Nothing when it waits for
/// a person alone. `moved` is when something happened in it the last time.
pub(crate) fn wake_at(waiting: &[WaitingFor], moved: Timestamp, now: Timestamp) -> Option<Timestamp> {
    // A key that is refused stops everything else too.
    if waiting.iter().any(|waiting| matches!(waiting.reason, WaitReason::Key | WaitReason::Stopped)) {
        return None;
    }
    let of = |waiting: &WaitingFor| {
        if let Some(until) = waiting.until {
            return Some(until.max(now));
        }
        let (first, most) = pauses(waiting.reason)?;
        now.checked_add((now.duration_since(moved) / 2).clamp(first, most)).ok()
    };
    waiting.iter().filter_map(of).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Path;

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn waits(reason: WaitReason, until: Option<i64>) -> WaitingFor {
        let until = until.map(|second| now() + SignedDuration::from_secs(second));
        WaitingFor { path: Path::run(), reason, until, message: String::new() }
    }

    #[test]
    fn the_earliest_of_what_it_waits_for_wakes_a_run() {
        let waiting = [
            waits(WaitReason::Limit, Some(900)),
            waits(WaitReason::StillPending, None),
            waits(WaitReason::Limit, Some(50)),
        ];
        let wakes = |waiting: &[WaitingFor], quiet| {
            let moved = now() - SignedDuration::from_mins(quiet);
            wake_at(waiting, moved, now()).unwrap().as_second()
        };
        assert_eq!(wakes(&waiting, 0), 50);
        assert_eq!(wakes(&waiting[..2], 0), 60);
        assert_eq!(wakes(&waiting[..2], 16), 480);
        assert_eq!(wakes(&waiting[..2], 300), 900);
        assert_eq!(wakes(&waiting[1..2], 300), 1_800, "no pause is longer");
        // What is past is now.
        assert_eq!(wakes(&[waits(WaitReason::Limit, Some(-5))], 0), 0);
    }

    #[test]
    fn nothing_wakes_a_run_that_a_person_has_to_help() {
        let wakes = |waiting: &[WaitingFor]| wake_at(waiting, now(), now()).map(Timestamp::as_second);
        assert_eq!(wakes(&[waits(WaitReason::Key, None), waits(WaitReason::Limit, Some(5))]), None);
        assert_eq!(wakes(&[]), None);
        assert_eq!(wakes(&[waits(WaitReason::Stopped, None)]), None);
        assert_eq!(wakes(&[waits(WaitReason::Approval, None)]), None);
        // The end of its time is noticed.
        assert_eq!(
            wakes(&[waits(WaitReason::Approval, Some(9)), waits(WaitReason::Time, Some(30))]),
            Some(9)
        );
    }
}
