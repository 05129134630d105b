//! The table of what is made of each answer.

use crate::support::{Seen, api_error, completed, no_answer, pending, refused, snapshot, start, ticket};
use jiff::Timestamp;
use outx_model::{PollAnswer, Refusal, RefusalReason};
use outx_poller::{Follow, Outcome, Pause, Policy, Progress, Step, Tolerance};
use outx_transport::ErrorKind;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(4);

fn patient() -> Policy {
    Policy::fixed(EVERY, Duration::from_mins(10)).unwrap()
}

fn unreadable() -> Seen {
    Ok(PollAnswer::Unreadable(api_error(502)))
}

fn not_found() -> Seen {
    Ok(PollAnswer::NotFound(api_error(404)))
}

/// Follows through some observations, each seen at the moment that was asked for; the steps in seconds.
fn steps(policy: Policy, seen: Vec<Seen>) -> Vec<Result<i64, Outcome>> {
    let mut follow = Follow::new(policy, &ticket("a"), start());
    let mut now = follow.due();
    let mut steps = Vec::new();
    for seen in seen {
        match follow.observe(seen.into(), now) {
            Step::PollAt(moment) => {
                now = moment;
                steps.push(Ok(moment.duration_since(start()).as_secs()));
            }
            Step::Done(outcome) => steps.push(Err(outcome)),
        }
    }
    steps
}

fn step(seen: Seen) -> Result<i64, Outcome> {
    steps(patient(), vec![seen]).remove(0)
}

#[test]
fn what_the_service_says_of_a_task() {
    assert_eq!(step(pending()), Ok(4));
    assert_eq!(step(snapshot("processing", Value::Null)), Ok(4));
    // Unknown words are no end, whatever they sound like.
    for word in ["done", "Completed", "error", "cancelled", ""] {
        assert_eq!(step(snapshot(word, json!({ "sent": true }))), Ok(4), "{word}");
    }
    assert_eq!(step(completed()), Err(Outcome::Completed(json!({ "sent": true }))));
    assert_eq!(step(snapshot("completed", Value::Null)), Err(Outcome::Completed(Value::Null)));
    for (raw, reason) in [
        (json!({ "error": "not connected" }), "not connected"),
        (json!("not connected"), "not connected"),
        (Value::Null, "the service gave no reason"),
    ] {
        let failed = Outcome::Failed { reason: reason.to_owned(), raw: raw.clone() };
        assert_eq!(step(snapshot("failed", raw)), Err(failed));
    }
}

#[test]
fn what_the_service_says_of_the_account_pauses_at_once() {
    let pause = |seen| match step(seen) {
        Err(Outcome::StillPending(pause)) => pause,
        other => panic!("{other:?}"),
    };
    assert_eq!(pause(refused(RefusalReason::Unauthorized, 401, None)), Pause::Key);
    assert_eq!(pause(refused(RefusalReason::ExtensionAsleep, 403, None)), Pause::Extension);
    // A lasting no that is not about the task does not give the task up.
    for status in [402, 403, 405] {
        assert_eq!(pause(Ok(PollAnswer::Rejected(api_error(status)))), Pause::Key, "{status}");
    }
    let unknown = step(Ok(PollAnswer::Rejected(api_error(400))));
    assert!(matches!(unknown, Err(Outcome::Unobtainable(_))), "{unknown:?}");
}

#[test]
fn a_task_is_given_up_after_three_times_not_found_in_a_row() {
    let seen = steps(patient(), vec![not_found(), not_found(), not_found()]);
    // The pauses grow: a task that was just created may not be visible yet, also to a hasty policy.
    assert_eq!(seen[..2], [Ok(4), Ok(12)]);
    assert!(matches!(&seen[2], Err(Outcome::Unobtainable(why)) if why.contains("404")), "{seen:?}");
    // A sight of it in between begins the count anew.
    let seen = steps(patient(), vec![not_found(), not_found(), pending(), not_found(), not_found()]);
    assert_eq!(seen, [Ok(4), Ok(12), Ok(16), Ok(20), Ok(28)]);
}

#[test]
fn errors_back_off_and_a_sight_of_the_task_ends_that() {
    let seen = (0..6).map(|_| unreadable()).chain([pending(), unreadable()]).collect();
    // 4, 8, 16, 32, then the cap of 60; the pause of the policy; and again from the beginning.
    let wanted = [4, 12, 28, 60, 120, 180, 184, 188].map(Ok);
    assert_eq!(steps(patient(), seen), wanted);
    // A policy's own pause that is longer than the cap is kept.
    let slow = Policy::fixed(Duration::from_secs(90), Duration::from_hours(1)).unwrap();
    assert_eq!(steps(slow, vec![unreadable(), unreadable()]), [Ok(90), Ok(180)]);
}

#[test]
fn a_fast_policy_outlives_a_blip() {
    let fast = Policy::fixed(Duration::from_millis(10), Duration::from_mins(1)).unwrap();
    let seen = (0..4).map(|_| no_answer(ErrorKind::Connect)).collect();
    // 0.25 + 0.5 + 1 + 2 s.
    assert_eq!(steps(fast, seen).pop(), Some(Ok(3)));
}

#[test]
fn five_polls_without_an_answer_are_the_network() {
    let seen = |n| (0..n).map(|_| no_answer(ErrorKind::Timeout));
    assert_eq!(steps(patient(), seen(5).collect()).pop(), Some(Err(Outcome::StillPending(Pause::Network))));
    // Any answer begins the count anew, also one that tells nothing.
    let mixed = seen(4).chain([unreadable()]).chain(seen(4)).collect();
    assert!(steps(patient(), mixed).iter().all(Result::is_ok));
    // What does not change by waiting is not waited for.
    for kind in [ErrorKind::Invalid, ErrorKind::Redirected, ErrorKind::TooLarge] {
        assert_eq!(step(no_answer(kind)), Err(Outcome::StillPending(Pause::Network)), "{kind:?}");
    }
}

#[test]
fn a_rate_limit_is_obeyed() {
    let limited = |after| refused(RefusalReason::RateLimited, 429, after);
    assert_eq!(step(limited(None)), Ok(4));
    assert_eq!(step(limited(Some(2))), Ok(4));
    assert_eq!(step(limited(Some(30))), Ok(30));
    // At the end of patience, but not beyond.
    assert_eq!(step(limited(Some(600))), Ok(600));
    let until = start() + Duration::from_secs(601);
    assert_eq!(step(limited(Some(601))), Err(Outcome::StillPending(Pause::RateLimited { until })));
}

#[test]
fn patience_ends_with_one_last_poll_and_is_no_failure() {
    let policy = Policy::fixed(EVERY, Duration::from_secs(6)).unwrap();
    let end = |last: Seen| steps(policy, vec![pending(), pending(), last]).pop();
    assert_eq!(steps(policy, vec![pending(), pending()]), [Ok(4), Ok(6)]);
    assert_eq!(end(pending()), Some(Err(Outcome::StillPending(Pause::Patience))));
    assert_eq!(end(unreadable()), Some(Err(Outcome::StillPending(Pause::Patience))));
    assert_eq!(end(not_found()), Some(Err(Outcome::StillPending(Pause::Patience))));
    assert_eq!(end(no_answer(ErrorKind::Broken)), Some(Err(Outcome::StillPending(Pause::Network))));
    assert_eq!(end(completed()), Some(Err(Outcome::Completed(json!({ "sent": true })))));
}

#[test]
fn a_task_that_was_just_created_is_not_given_up_however_hasty_the_policy() {
    let hasty = Policy::fixed(Duration::from_millis(10), Duration::from_mins(1)).unwrap();
    let seen = steps(hasty, (0..9).map(|_| not_found()).collect());
    // 0.25 + 0.5 + 1 + 2 + 4 + 8 s: three times came and went, ten seconds had to pass as well.
    assert_eq!(seen[..6], [0, 0, 1, 3, 7, 15].map(Ok));
    assert!(matches!(&seen[6], Err(Outcome::Unobtainable(_))), "{seen:?}");
    // Three times are needed too, however old the task is.
    let mut old = Follow::new(patient(), &ticket("a"), start() + Duration::from_hours(1));
    for _ in 0..2 {
        let step: Step = old.observe(not_found().into(), old.due());
        assert!(matches!(step, Step::PollAt(_)), "{step:?}");
    }
    assert!(matches!(old.observe(not_found().into(), old.due()), Step::Done(Outcome::Unobtainable(_))));
    // Both are the policy's to say.
    let tolerance = Tolerance { not_found: 1, grace: Duration::ZERO, ..Tolerance::default() };
    let strict = patient().with_tolerance(tolerance).unwrap();
    assert!(matches!(steps(strict, vec![not_found()])[0], Err(Outcome::Unobtainable(_))));
}

#[test]
fn silence_has_a_clock_of_its_own() {
    let silence = Some(Duration::from_secs(30));
    let tolerance = Tolerance { silence, unanswered: 100, ..Tolerance::default() };
    let policy = patient().with_tolerance(tolerance).unwrap();
    let silent = || no_answer(ErrorKind::Timeout);
    // It begins with the first poll that is not answered, at 4 s, and one poll falls on its end.
    let seen = steps(policy, vec![pending(), silent(), silent(), silent(), silent()]);
    assert_eq!(seen[..4], [4, 8, 16, 32].map(Ok));
    assert_eq!(seen[4], Ok(34));
    let seen = steps(policy, vec![pending(), silent(), silent(), silent(), silent(), silent()]);
    assert_eq!(seen[5], Err(Outcome::StillPending(Pause::Network)));
    // Any answer ends it, also one that tells nothing: the next silence begins at 64 s and ends at 94 s.
    let seen = steps(policy, vec![pending(), silent(), silent(), silent(), unreadable(), silent(), silent()]);
    assert_eq!(seen[4..6], [Ok(64), Ok(94)]);
    assert_eq!(seen[6], Err(Outcome::StillPending(Pause::Network)));
}

#[test]
fn without_a_deadline_a_service_is_not_waited_for_for_days() {
    let limited = |after| refused(RefusalReason::RateLimited, 429, Some(after));
    assert_eq!(steps(Policy::documented(), vec![limited(600)]), [Ok(600)]);
    let until = start() + Duration::from_secs(601);
    let ended = Err(Outcome::StillPending(Pause::RateLimited { until }));
    assert_eq!(steps(Policy::documented(), vec![limited(601)]), [ended]);
}

#[test]
fn no_poll_is_early_by_the_part_of_a_microsecond() {
    let odd = Duration::from_nanos(1_000_000_001);
    let policy = Policy::fixed(odd, odd * 2).unwrap();
    let mut follow = Follow::new(policy, &ticket("a"), start());
    for n in 1..=2 {
        let now = follow.due();
        let Step::PollAt(next) = follow.observe::<Value>(pending().into(), now) else { panic!("{n}") };
        assert_eq!(next, follow.due());
        assert!(next >= now + odd || next >= start() + odd * 2, "{n}: {next}");
    }
    // And the poll at the deadline is the last one.
    let step: Step = follow.observe(pending().into(), follow.due());
    assert_eq!(step, Step::Done(Outcome::StillPending(Pause::Patience)));
}

#[test]
fn a_pending_task_takes_little_room() {
    assert!(size_of::<Progress>() <= 56, "{}", size_of::<Progress>());
    assert!(size_of::<Follow>() <= 96, "{}", size_of::<Follow>());
}

fn seen() -> impl Strategy<Value = u8> {
    0..12_u8
}

fn observation(which: u8, now: Timestamp) -> Seen {
    match which {
        0..=3 => pending(),
        4 => snapshot("odd", Value::Null),
        5 | 6 => unreadable(),
        7 => no_answer(ErrorKind::Broken),
        8 => not_found(),
        9 => refused(RefusalReason::RateLimited, 429, None),
        10 => {
            let not_before = Some(now + Duration::from_secs(45));
            let reason = RefusalReason::RateLimited;
            Ok(PollAnswer::Refused(Refusal { reason, error: api_error(429), not_before }))
        }
        _ => snapshot("processing", Value::Null),
    }
}

proptest! {
    #[test]
    fn without_word_of_an_end_it_is_still_pending_and_never_hurried(
        seen in prop::collection::vec(seen(), 200),
        every in 300..9_000_u64,
        patience in 0..300_000_u64,
        documented: bool,
    ) {
        let every = Duration::from_millis(every);
        let timeout = Duration::from_millis(patience);
        let policy: Policy = if documented { Policy::documented() } else { Policy::fixed(every, timeout).unwrap() };
        let deadline = start() + policy.timeout();
        let mut follow = Follow::new(policy, &ticket("a"), start());
        let mut now = follow.due();
        let mut outcome = None;
        for which in seen {
            match follow.observe(observation(which, now).into(), now) {
                Step::PollAt(next) => {
                    prop_assert!(next >= now + policy.every() || next == deadline);
                    prop_assert!(next > now);
                    // The documented pattern is counted, so that errors stretch it.
                    prop_assert!((documented && follow.polls() < 30) || next <= deadline);
                    now = next;
                }
                Step::Done(end) => {
                    outcome = Some(end);
                    break;
                }
            }
        }
        match outcome {
            // Nobody ever said that the task failed or was done.
            Some(Outcome::StillPending(_) | Outcome::Unobtainable(_)) => {}
            other => prop_assert!(false, "{other:?} after {} polls", follow.polls()),
        }
    }
}

#[test]
fn trouble_is_no_reason_to_ask_sooner_than_the_policy_would() {
    let every = Duration::from_secs(1);
    let policy = Policy::exponential(every, 2.0, Duration::from_mins(10), Duration::from_hours(2)).unwrap();
    let mut seen: Vec<Seen> = (0..8).map(|_| pending()).collect();
    seen.extend((0..3).map(|_| no_answer(ErrorKind::Connect)));
    let steps = steps(policy, seen);
    let at: Vec<i64> = steps.into_iter().map(|step| step.unwrap()).collect();
    let pauses: Vec<i64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.windows(2).all(|pair| pair[1] >= pair[0]), "{pauses:?}");
}

#[test]
fn who_goes_on_later_keeps_to_the_moment_that_the_service_named() {
    let policy = Policy::fixed(EVERY, Duration::from_mins(5)).unwrap();
    let mut follow = Follow::new(policy, &ticket("a"), start());
    let limited = refused(RefusalReason::RateLimited, 429, Some(3_600));
    let until = start() + Duration::from_hours(1);
    let step = follow.observe(limited.into(), start());
    assert_eq!(step, Step::<Value>::Done(Outcome::StillPending(Pause::RateLimited { until })));
    assert_eq!(follow.due(), until);
}
