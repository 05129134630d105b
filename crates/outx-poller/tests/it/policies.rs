//! Policies: what they refuse, how they are written, and the moments they name.

use crate::support::start;
use jiff::Timestamp;
use outx_poller::{
    Factor, Pace, Pacing, Pattern, Phase, Policy, PolicyErrorKind, Progress, Stretch, Tolerance, Verdict, Why,
};
use proptest::prelude::*;
use serde_json::json;
use std::num::NonZeroU32;
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The polls of a task that never ends, each answered after a round trip.
fn polls(policy: &dyn Pacing, created_before: Duration, round_trip: Duration) -> Vec<Timestamp> {
    polls_of(policy, Progress::new(start() - created_before, start(), 7), round_trip)
}

fn polls_of(policy: &dyn Pacing, mut progress: Progress, round_trip: Duration) -> Vec<Timestamp> {
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

fn polls_ms(policy: impl Into<Pace>) -> Vec<i128> {
    polls(&*policy.into(), ms(0), ms(0))
        .iter()
        .map(|moment| moment.duration_since(start()).as_millis())
        .collect()
}

#[test]
fn the_documented_pattern_asks_thirty_times_five_seconds_apart() {
    let wanted: Vec<i128> = (0..30).map(|n| n * 5_000).collect();
    assert_eq!(polls_ms(Policy::documented()), wanted);
    // Slow answers stretch it; they do not cost polls.
    assert_eq!(polls(&Policy::documented(), ms(0), ms(3_000)).len(), 30);
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
    assert_eq!(polls(&policy, Duration::from_hours(1), ms(0))[0], start());
    assert_eq!(polls(&policy, ms(2_000), ms(0))[0], start() + policy.first() - ms(2_000));
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

#[test]
fn pauses_that_grow_do_so_up_to_the_longest() {
    let growing = Policy::exponential(ms(1_000), 2.0, ms(6_000), ms(30_000)).unwrap();
    assert_eq!(polls_ms(growing), [0, 1_000, 3_000, 7_000, 13_000, 19_000, 25_000, 30_000]);
    let slowly = Policy::exponential(ms(1_000), 1.5, ms(2_000), ms(7_000)).unwrap();
    assert_eq!(polls_ms(slowly), [0, 1_000, 2_500, 4_500, 6_500, 7_000]);
    // A factor of 1 is a fixed pause, and a huge one is the longest at once.
    let steady = Policy::exponential(ms(1_000), 1.0, ms(9_000), ms(3_000)).unwrap();
    assert_eq!(polls_ms(steady), [0, 1_000, 2_000, 3_000]);
    let year = Duration::from_hours(366 * 24);
    let wild = Policy::exponential(ms(1), 1_000.0, year, year).unwrap();
    assert!(polls(&wild, ms(0), ms(0)).len() < 8);
}

/// The pauses of a task that is seen waiting, then worked on.
#[test]
fn each_phase_has_its_own_pace_from_when_it_was_first_seen() {
    let stretch = |first, every| Stretch { first: ms(first), every: ms(every) };
    let policy = Policy::by_phase(stretch(10_000, 4_000), stretch(3_000, 500), ms(60_000)).unwrap();
    let mut progress = Progress::new(start(), start(), 0);
    let mut now = start();
    let mut next = |phase: Option<Phase>| {
        if let Some(phase) = phase {
            progress = progress.polled().saw(phase, now);
        }
        let Verdict::PollAt(moment) = policy.verdict(&progress, now) else { panic!("{progress:?}") };
        now = moment;
        moment.duration_since(start()).as_millis()
    };
    assert_eq!(next(None), 10_000);
    assert_eq!(next(Some(Phase::Pending)), 14_000);
    // Work was first seen just now.
    assert_eq!(next(Some(Phase::Processing)), 17_000);
    assert_eq!(next(Some(Phase::Processing)), 17_500);
    assert_eq!(next(Some(Phase::Processing)), 18_000);
    // An unknown word counts as waiting.
    assert_eq!(next(Some(Phase::Other)), 22_000);
}

#[test]
fn the_number_of_polls_is_limited() {
    let fixed = Policy::fixed(ms(1_000), ms(60_000)).unwrap();
    let three = NonZeroU32::new(3).unwrap();
    assert_eq!(polls_ms(fixed.with_polls(3).unwrap()), [0, 1_000, 2_000]);
    assert_eq!(polls_ms(fixed.at_most(three)), [0, 1_000, 2_000]);
    // Which of the two is used up first, is said.
    let why = |policy: &dyn Pacing, polls| {
        let progress = (0..polls).fold(Progress::new(start(), start(), 0), |progress, _| progress.polled());
        match policy.verdict(&progress, start() + ms(if polls > 3 { 60_000 } else { 10 })) {
            Verdict::Exhausted(why) => Some(why),
            Verdict::PollAt(_) => None,
        }
    };
    assert_eq!(why(&fixed.at_most(three), 2), None);
    assert_eq!(why(&fixed.at_most(three), 3), Some(Why::Polls));
    assert_eq!(why(&fixed, 4), Some(Why::Patience));
    assert_eq!(why(&Policy::documented(), 30), Some(Why::Polls));
}

#[test]
fn patience_is_cut_and_never_lengthened() {
    let fixed = Policy::fixed(ms(4_000), ms(10_000)).unwrap();
    assert_eq!(polls_ms(fixed.within(ms(6_000))), [0, 4_000, 6_000]);
    assert_eq!(polls_ms(fixed.within(ms(60_000))), polls_ms(fixed));
    assert_eq!(polls_ms(fixed.with_timeout(ms(6_000)).unwrap()), [0, 4_000, 6_000]);
    // The documented pattern can be given a deadline too; and there is always one poll.
    assert_eq!(polls_ms(Policy::documented().within(ms(7_000))), [0, 5_000, 7_000]);
    assert_eq!(polls_ms(Policy::default().within(ms(0))), [0]);
    assert_eq!(polls_ms(Policy::default().with_timeout(ms(5_000)).unwrap()), [5_000]);
}

#[test]
fn time_in_which_the_account_was_paused_is_given_back() {
    let policy = Policy::fixed(ms(4_000), ms(6_000)).unwrap();
    let progress = Progress::new(start(), start(), 0).excused(ms(60_000));
    assert_eq!(policy.deadline(&progress), Some(start() + ms(66_000)));
    assert_eq!(policy.within(ms(1_000)).deadline(&progress), Some(start() + ms(61_000)));
    assert_eq!(progress.age(start() + ms(70_000)), ms(10_000));
}

#[test]
fn what_is_written_wrongly_is_told_with_a_remedy() {
    let read = |text: &str| serde_json::from_str::<Policy>(text).map_err(|error| error.to_string());
    for (text, says) in [
        (r#"{"policy":"fixed","every":"1s"}"#, "`timeout` is needed; add it"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","first":"2s"}"#, "`first` does nothing"),
        (r#"{"policy":"documented","every":"1s"}"#, "`every` does nothing"),
        (r#"{"policy":"fixed","every":"0s","timeout":"9s"}"#, "longer than zero; write one"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","polls":0}"#, "`polls` is zero"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","errors":{"unanswered":0}}"#, "`unanswered` is"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","errors":{"not_found":0}}"#, "`not_found` is"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","errors":{"silence":"0s"}}"#, "`silence` is"),
        (r#"{"policy":"fixed","every":"1s","timeout":"9s","errors":{"any":1}}"#, "unknown field `any`"),
        (
            r#"{"policy":"exponential","every":"1s","factor":0.9,"max":"9s","timeout":"9s"}"#,
            "a `factor` of 1 or more",
        ),
        (r#"{"policy":"exponential","every":"1s","factor":1e9,"max":"9s","timeout":"9s"}"#, "at most 1000"),
        (
            r#"{"policy":"exponential","every":"9s","factor":2,"max":"1s","timeout":"9s"}"#,
            "a `max` of at least `every`",
        ),
        (
            r#"{"policy":"by-phase","pending":{"every":"1s"},"processing":{"every":"0s"},"timeout":"9s"}"#,
            "longer than zero",
        ),
        (r#"{"policy":"fixed","every":"1s","timeout":"9000h"}"#, "366 days"),
    ] {
        let told = read(text).unwrap_err();
        assert!(told.contains(says), "{text}: {told}");
    }
    let policy = read(r#"{"policy":"fixed","every":"1s","timeout":"9s","errors":{"silence":"5s"}}"#).unwrap();
    let wanted = Tolerance { silence: Some(ms(5_000)), ..Tolerance::default() };
    assert_eq!(policy.tolerance(), wanted);
    for nan in [f64::NAN, 0.0, -1.0, f64::NEG_INFINITY] {
        assert_eq!(Factor::new(nan).unwrap_err().kind(), PolicyErrorKind::Shrinking);
    }
    assert_eq!(Factor::new(f64::INFINITY).unwrap_err().kind(), PolicyErrorKind::TooFast);
}

#[test]
fn an_attempt_may_not_use_up_the_whole_patience() {
    let policy = Policy::fixed(ms(1_000), ms(30_000)).unwrap();
    for attempt in [30_000, 31_000] {
        let error = policy.with_attempt(ms(attempt)).unwrap_err();
        assert_eq!(error.kind(), PolicyErrorKind::AttemptNotBelowTimeout);
    }
    assert_eq!(policy.with_attempt(ms(29_999)).unwrap(), policy);
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        4 => (1..20_000_u64).prop_map(ms),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::from_nanos(1)),
        1 => Just(Duration::MAX),
        1 => (0..u64::MAX).prop_map(Duration::from_micros),
    ]
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let d = any_duration;
    let factor = (1.0..3.0).prop_map(|factor| Factor::new(factor).unwrap());
    let stretch = || (any_duration(), any_duration()).prop_map(|(first, every)| Stretch { first, every });
    prop_oneof![
        Just(Pattern::Documented),
        (d(), d()).prop_map(|(every, timeout)| Pattern::Fixed { every, timeout }),
        (d(), d(), d()).prop_map(|(first, every, timeout)| Pattern::DelayThenFixed { first, every, timeout }),
        (d(), d(), factor, d(), d()).prop_map(|(first, every, factor, max, timeout)| {
            Pattern::Exponential { first, every, factor, max, timeout }
        }),
        (stretch(), stretch(), d()).prop_map(|(pending, processing, timeout)| Pattern::ByPhase {
            pending,
            processing,
            timeout
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_can_be_built_is_read_as_it_is_written_and_asks_in_order(
        pattern in any_pattern(),
        polls in prop::option::of(0..9_u32),
        jitter: bool,
        silence in prop::option::of(any_duration()),
        (seed, age) in (any::<u32>(), 0..100_000_u64),
        phases in prop::collection::vec(0..4_u8, 1..12),
    ) {
        let built = Policy::new(pattern)
            .and_then(|policy| polls.map_or(Ok(policy), |polls| policy.with_polls(polls)))
            .and_then(|policy| policy.with_tolerance(Tolerance { silence, ..Tolerance::default() }));
        let Ok(policy) = built else { return Ok(()) };
        let policy = if jitter { policy.with_jitter() } else { policy };
        let text = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy, "{}", text);

        let mut progress = Progress::new(start() - ms(age), start(), seed);
        let mut now = start();
        for phase in phases {
            let Verdict::PollAt(next) = policy.verdict(&progress, now) else { break };
            prop_assert_eq!(policy.verdict(&progress, now), Verdict::PollAt(next));
            let deadline = policy.deadline(&progress).unwrap_or(Timestamp::MAX);
            prop_assert!(next >= now && next <= deadline.max(now), "{} {}", text, next);
            if progress.polls() > 0 && next < deadline {
                let least = if jitter { policy.every().mul_f64(0.899) } else { policy.every() };
                prop_assert!(next >= now + least || next == Timestamp::MAX, "{text}: {now} {next}");
            }
            now = next;
            progress = progress.polled();
            progress = match phase {
                0 => progress.saw(Phase::Pending, now),
                1 => progress.saw(Phase::Processing, now),
                2 => progress.saw(Phase::Other, now),
                _ => progress,
            };
            prop_assert!((0.0..=1.0).contains(&policy.gain(&progress, now)));
            if now > start() + ms(1_000_000_000_000) {
                break;
            }
        }
    }

    #[test]
    fn jitter_is_a_tenth_at_most_the_same_each_time_and_even(seed: u32) {
        let every = ms(10_000);
        let policy = Policy::fixed(every, Duration::from_hours(1)).unwrap();
        let mut progress = Progress::new(start(), start(), seed);
        let (mut sum, mut now) = (0.0, start());
        for _ in 0..300 {
            progress = progress.polled();
            let Verdict::PollAt(next) = policy.with_jitter().verdict(&progress, now) else { break };
            // The same around a policy of one's own as in the data.
            prop_assert_eq!(policy.jittered().verdict(&progress, now), Verdict::PollAt(next));
            let pause = next.duration_since(now);
            prop_assert!(pause >= ms(9_000).try_into().unwrap() && pause <= ms(11_000).try_into().unwrap());
            sum += pause.as_secs_f64();
            now = next;
        }
        let mean = sum / 300.0;
        prop_assert!((9.7..10.3).contains(&mean), "{mean}");
    }
}

#[test]
fn jitter_neither_moves_the_poll_at_the_deadline_nor_passes_it() {
    for seed in 0..200 {
        let policy = Policy::fixed(ms(3_000), ms(10_000)).unwrap().with_jitter();
        let polls = polls_of(&policy, Progress::new(start(), start(), seed), ms(0));
        assert_eq!(polls.last(), Some(&(start() + ms(10_000))), "seed {seed}");
        assert_eq!(polls[0], start());
        assert!(polls.windows(2).all(|pair| pair[1] > pair[0]));
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
        let polls = polls(&policy, ms(age), round_trip);
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
