//! When a run that waits is looked at again.

use crate::journal::{WaitReason, WaitingFor};
use jiff::{SignedDuration, Timestamp};

/// How often a run was looked at since something last moved; each look without success makes the pauses longer.
pub(super) type Looks = u32;

/// The first pause for a reason, and the longest. They double between.
fn pauses(reason: WaitReason) -> Option<(SignedDuration, SignedDuration)> {
    match reason {
        WaitReason::Network => Some((SignedDuration::from_secs(5), SignedDuration::from_mins(5))),
        // A look costs one poll, and a browser is opened by a person.
        WaitReason::Extension => Some((SignedDuration::from_mins(1), SignedDuration::from_mins(10))),
        WaitReason::StillPending => Some((SignedDuration::from_mins(1), SignedDuration::from_mins(30))),
        WaitReason::Limit => Some((SignedDuration::from_mins(1), SignedDuration::from_hours(1))),
        // Only a person can help, or the end is known.
        WaitReason::Key | WaitReason::Stopped | WaitReason::Approval | WaitReason::Time => None,
    }
}

/// The next moment at which a run that waits can go on: the earliest of what it waits for. Nothing when it waits
/// for a person alone.
pub(super) fn wake_at(waiting: &[WaitingFor], looks: Looks, now: Timestamp) -> Option<Timestamp> {
    // A key that is refused stops everything else too.
    if waiting.iter().any(|waiting| matches!(waiting.reason, WaitReason::Key | WaitReason::Stopped)) {
        return None;
    }
    // Whoever is asked can answer only while nobody works on the run; the end of its time is noticed then.
    if waiting.iter().all(|waiting| waiting.reason == WaitReason::Approval) {
        return None;
    }
    let of = |waiting: &WaitingFor| {
        if let Some(until) = waiting.until {
            return Some(until.max(now));
        }
        let (first, most) = pauses(waiting.reason)?;
        let doubled = first.as_secs().saturating_mul(1 << looks.min(20));
        now.checked_add(SignedDuration::from_secs(doubled).min(most)).ok()
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
        let wakes = |looks| wake_at(&waiting, looks, now()).unwrap().as_second();
        assert_eq!(wakes(0), 50);
        assert_eq!(wake_at(&waiting[..2], 0, now()).unwrap().as_second(), 60);
        assert_eq!(wake_at(&waiting[..2], 3, now()).unwrap().as_second(), 480);
        assert_eq!(wake_at(&waiting[..2], 30, now()).unwrap().as_second(), 900);
        // What is past is now.
        assert_eq!(wake_at(&[waits(WaitReason::Limit, Some(-5))], 0, now()), Some(now()));
    }

    #[test]
    fn nothing_wakes_a_run_that_a_person_has_to_help() {
        let waiting = [waits(WaitReason::Key, None), waits(WaitReason::Limit, Some(5))];
        assert_eq!(wake_at(&waiting, 0, now()), None);
        assert_eq!(wake_at(&[], 0, now()), None);
        assert_eq!(wake_at(&[waits(WaitReason::Stopped, None)], 0, now()), None);
        let asked = waits(WaitReason::Approval, Some(9));
        assert_eq!(wake_at(&[asked.clone(), asked.clone()], 0, now()), None);
        assert_eq!(wake_at(&[asked, waits(WaitReason::Time, Some(30))], 0, now()).unwrap().as_second(), 9);
    }
}
