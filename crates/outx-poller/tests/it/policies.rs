//! Policies: what they refuse, how they are written, and the moments they name.

use crate::support::start;
use jiff::Timestamp;
use outx_poller::{Pacing, Pattern, Policy, PolicyErrorKind, Progress, Verdict};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The polls of a task that never ends, each answered after a round trip.
fn polls(policy: Policy, created_before: Duration, round_trip: Duration) -> Vec<Timestamp> {
    let mut progress = Progress::new(start() - created_before, start(), 0);
    let mut now = start();
    let mut polls = Vec::new();
    while let Verdict::PollAt(moment) = policy.verdict(&progress, now) {
        polls.push(moment);
        progress = progress.polled();
        now = moment + round_trip;
        assert!(polls.len() < 100_000, "{policy:?} asks for ever");
    }
    polls
}

fn polls_ms(policy: Policy) -> Vec<i128> {
    polls(policy, ms(0), ms(0)).iter().map(|moment| moment.duration_since(start()).as_millis()).collect()
}

#[test]
fn the_documented_pattern_asks_thirty_times_five_seconds_apart() {
    let wanted: Vec<i128> = (0..30).map(|n| n * 5_000).collect();
    assert_eq!(polls_ms(Policy::documented()), wanted);
    // Slow answers stretch it; they do not cost polls.
    assert_eq!(polls(Policy::documented(), ms(0), ms(3_000)).len(), 30);
}

#[test]
fn the_last_pause_is_cut_to_the_deadline() {
    let fixed = Policy::fixed(ms(4_000), ms(10_000)).unwrap();
    assert_eq!(polls_ms(fixed), [0, 4_000, 8_000, 10_000]);
    let delayed = Policy::delay_then_fixed(ms(7_000), ms(2_000), ms(10_000)).unwrap();
    assert_eq!(polls_ms(delayed), [7_000, 9_000, 10_000]);
    // A pause that fits needs no extra poll.
    assert_eq!(polls_ms(Policy::fixed(ms(5_000), ms(10_000)).unwrap()), [0, 5_000, 10_000]);
}

#[test]
fn first_zero_asks_at_once_and_no_patience_asks_once() {
    let at_once = Policy::delay_then_fixed(ms(0), ms(10), ms(20)).unwrap();
    assert_eq!(polls_ms(at_once), [0, 10, 20]);
    assert_eq!(polls_ms(Policy::fixed(ms(1), ms(0)).unwrap()), [0]);
}

#[test]
fn an_overdue_task_is_asked_about_at_once_and_one_from_the_future_like_a_new_one() {
    let policy = Policy::default();
    assert_eq!(polls(policy, Duration::from_hours(1), ms(0))[0], start());
    assert_eq!(polls(policy, ms(2_000), ms(0))[0], start() + policy.first() - ms(2_000));
    let future = Progress::new(start() + Duration::from_hours(1), start(), 0);
    assert_eq!(policy.verdict(&future, start()), Verdict::PollAt(start() + policy.first()));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let kind = |pattern: Pattern| Policy::new(pattern).unwrap_err().kind();
    let (second, year) = (ms(1_000), Duration::from_hours(366 * 24));
    assert_eq!(kind(Pattern::Fixed { every: ms(0), timeout: second }), PolicyErrorKind::NoPause);
    assert_eq!(
        kind(Pattern::DelayThenFixed { first: 2 * second, every: second, timeout: second }),
        PolicyErrorKind::FirstAfterTimeout
    );
    assert_eq!(kind(Pattern::Fixed { every: second, timeout: 2 * year }), PolicyErrorKind::TooLong);
    assert_eq!(kind(Pattern::Fixed { every: Duration::MAX, timeout: second }), PolicyErrorKind::TooLong);
    Policy::fixed(second, year).unwrap();
    Policy::new(*Policy::documented().pattern()).unwrap();
    Policy::new(*Policy::default().pattern()).unwrap();
}

#[test]
fn a_policy_is_read_as_it_is_written() {
    for (policy, text) in [
        (Policy::documented(), json!({ "policy": "documented" })),
        (
            Policy::fixed(ms(10), ms(90_000)).unwrap(),
            json!({ "policy": "fixed", "every": "10ms", "timeout": "1m 30s" }),
        ),
        (
            Policy::default(),
            json!({ "policy": "delay-then-fixed", "first": "12s", "every": "3s 500ms", "timeout": "5m" }),
        ),
    ] {
        assert_eq!(serde_json::to_value(policy).unwrap(), text);
        assert_eq!(serde_json::from_value::<Policy>(text).unwrap(), policy);
    }
    let wrong = json!({ "policy": "delay-then-fixed", "first": "2m", "every": "1s", "timeout": "1m" });
    let error = serde_json::from_value::<Policy>(wrong).unwrap_err().to_string();
    assert!(error.contains("after the timeout"), "{error}");
    for wrong in [
        json!({ "policy": "exponential" }),
        json!({ "policy": "fixed", "every": "1s" }),
        json!({ "policy": "fixed", "every": "1s", "timeout": "2s", "jitter": "1s" }),
        json!({ "policy": "fixed", "every": "-1s", "timeout": "2s" }),
    ] {
        serde_json::from_value::<Policy>(wrong).unwrap_err();
    }
}

proptest! {
    #[test]
    fn polls_keep_their_pause_and_end_at_the_deadline(
        first in 0..60_000_u64,
        every in 500..20_000_u64,
        patience in 0..120_000_u64,
        age in 0..200_000_u64,
        round_trip in 0..5_000_u64,
    ) {
        let (every, timeout, round_trip) = (ms(every), ms(patience), ms(round_trip));
        let policy = Policy::delay_then_fixed(ms(first.min(patience)), every, timeout).unwrap();
        let polls = polls(policy, ms(age), round_trip);
        let deadline = start() + timeout;
        prop_assert!(!polls.is_empty());
        prop_assert!(polls.iter().all(|moment| (start()..=deadline).contains(moment)));
        for pair in polls.windows(2) {
            // From the answer on; only the last poll, at the deadline itself, may come sooner.
            prop_assert!(pair[1] >= pair[0] + round_trip + every || pair[1] == deadline);
            prop_assert!(pair[1] > pair[0]);
        }
        // Patience is used up: either the last poll is at its end, or the last answer came after it.
        let last = polls[polls.len() - 1];
        prop_assert!(last == deadline || last + round_trip >= deadline);
    }
}
