//! Samples: who gives them, and between which ages.

use super::{at, secs};
use jiff::Timestamp;
use outx_poller::law::{AccountSort, Sample};
use outx_poller::{Phase, Progress};
use std::time::Duration;

fn created() -> Timestamp {
    at(0)
}

fn after(seconds: u64) -> Timestamp {
    created() + Duration::from_secs(seconds)
}

/// Whether an age is within half a bin (4.4 %) of what was wanted.
fn near(age: Duration, wanted: f64) -> bool {
    (age.as_secs_f64() - wanted).abs() <= wanted * 0.045
}

#[test]
fn only_live_accounts_teach() {
    let new = Progress::new(created(), created(), 0);
    let pending = new.polled().saw(Phase::Pending, after(20));
    let all = |sort| {
        [
            Sample::between(sort, secs(20.0), secs(25.0), after(25)),
            Sample::not_by(sort, secs(20.0), after(20)),
            Sample::ended(sort, &pending, &pending.polled(), after(25)),
            Sample::pending(sort, &pending),
        ]
    };
    assert!(all(AccountSort::Live).iter().all(Option::is_some));
    for sort in [AccountSort::Emulated, AccountSort::Replayed, AccountSort::Test] {
        assert_eq!(all(sort), [None; 4], "{sort:?}");
    }
}

#[test]
fn a_task_ended_between_the_last_two_looks() {
    let new = Progress::new(created(), created(), 0);
    let pending = new.polled().saw(Phase::Processing, after(20));
    let sample = Sample::ended(AccountSort::Live, &pending, &pending.polled(), after(25)).unwrap();
    let (from, to) = sample.ages();
    assert!(near(from, 20.0) && near(to.unwrap(), 25.0), "{sample:?}");
    assert_eq!(sample.at(), after(25));
    // The first poll saw it: it ended at any time before.
    let (from, to) = Sample::ended(AccountSort::Live, &new, &new.polled(), after(25)).unwrap().ages();
    assert!(from.is_zero() && near(to.unwrap(), 25.0));
    // Not seen to end.
    let (from, to) = Sample::pending(AccountSort::Live, &pending).unwrap().ages();
    assert!(near(from, 20.0) && to.is_none());
    assert_eq!(Sample::pending(AccountSort::Live, &new), None);
}

#[test]
fn looks_that_meet_do_not_overlap() {
    for middle in [13.9, 15.1, 15.7, 18.0, 22.2] {
        let early = Sample::between(AccountSort::Live, Duration::ZERO, secs(middle), at(0)).unwrap();
        let late = Sample::between(AccountSort::Live, secs(middle), secs(middle + 4.0), at(0)).unwrap();
        assert_eq!(early.ages().1, Some(late.ages().0));
    }
}

#[test]
fn looks_that_are_close_give_the_bin_between_them() {
    let sample = Sample::between(AccountSort::Live, secs(40.0), secs(40.2), at(0)).unwrap();
    let (from, to) = (sample.ages().0, sample.ages().1.unwrap());
    assert!(from <= secs(40.1) && secs(40.1) <= to && to < from.mul_f64(1.1), "{sample:?}");
}

#[test]
fn pauses_before_the_last_look_are_left_out_and_one_after_it_widens() {
    let new = Progress::new(created(), created(), 0);
    let early = new.excused(Duration::from_secs(100)).polled().saw(Phase::Pending, after(120));
    let (from, to) = Sample::ended(AccountSort::Live, &early, &early.polled(), after(125)).unwrap().ages();
    assert!(near(from, 20.0) && near(to.unwrap(), 25.0));
    // Paused from 20 s on: it may have ended before that, in it, or after it.
    let pending = new.polled().saw(Phase::Pending, after(20));
    let paused = pending.excused(Duration::from_secs(100)).polled();
    let (from, to) = Sample::ended(AccountSort::Live, &pending, &paused, after(125)).unwrap().ages();
    assert!(near(from, 20.0) && to.unwrap() >= secs(120.0), "{from:?} {to:?}");
}

#[test]
fn a_clock_that_was_set_back_gives_no_sample() {
    let new = Progress::new(after(60), after(60), 0);
    assert_eq!(Sample::ended(AccountSort::Live, &new, &new.polled(), after(30)), None);
    let pending = Progress::new(created(), created(), 0).polled().saw(Phase::Pending, after(20));
    assert_eq!(Sample::ended(AccountSort::Live, &pending, &pending.polled(), after(10)), None);
    assert_eq!(Sample::between(AccountSort::Live, secs(20.0), secs(20.0), at(0)), None);
}

#[test]
fn what_ends_beyond_the_bins_was_not_seen_to_end_within_them() {
    let sample = Sample::between(AccountSort::Live, secs(30.0), secs(90_000.0), at(0)).unwrap();
    assert!(near(sample.ages().0, 30.0) && sample.ages().1.is_none());
    assert_eq!(Sample::not_by(AccountSort::Live, Duration::MAX, at(0)).unwrap().ages().1, None);
}
