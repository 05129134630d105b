//! The policy that polls by a schedule: what it makes of lateness, pauses and clocks, and that it can be played again.

use crate::law::{at, learned};
use jiff::Timestamp;
use outx_model::Ticket;
use outx_poller::law::{Law, Learned};
use outx_poller::schedule::{Aim, Bounds, Schedule, Schedules};
use outx_poller::{Hazard, Pacing, Phase, Policy, PolicyErrorKind, Progress, Verdict, Why};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn policy(timeout: Duration) -> Hazard {
    Hazard::new(Arc::new(Schedule::new(&Law::prior(), Aim::default(), Bounds::default())), timeout).unwrap()
}

fn start() -> Timestamp {
    at(0)
}

fn after(seconds: u64) -> Timestamp {
    start() + Duration::from_secs(seconds)
}

fn poll_at(verdict: Verdict) -> Timestamp {
    match verdict {
        Verdict::PollAt(moment) => moment,
        Verdict::Exhausted(why) => panic!("nothing is asked any more: {why:?}"),
    }
}

/// The polls of a task that never ends.
fn polls(policy: &Hazard, mut progress: Progress, mut now: Timestamp) -> Vec<Timestamp> {
    let mut polls = Vec::new();
    while let Verdict::PollAt(moment) = policy.verdict(&progress, now) {
        now = moment.max(now);
        polls.push(now);
        progress = progress.polled().saw(Phase::Pending, now);
    }
    polls
}

#[test]
fn it_asks_when_its_schedule_says_and_at_the_deadline() {
    let policy = policy(Duration::from_secs(61));
    let seen = polls(&policy, Progress::new(start(), start(), 0), start());
    let mut wanted: Vec<_> =
        policy.schedule().polls(Duration::from_secs(61)).map(|age| start() + age).collect();
    wanted.push(after(61));
    assert_eq!(seen, wanted);
    let done = Progress::new(start(), start(), 0).polled().saw(Phase::Pending, after(61));
    assert_eq!(policy.verdict(&done, after(61)), Verdict::Exhausted(Why::Patience));
}

#[test]
fn a_poll_that_was_missed_comes_at_once_and_the_schedule_goes_on_from_there() {
    let policy = policy(Duration::from_hours(2));
    let new = Progress::new(start(), start(), 0);
    assert!(poll_at(policy.verdict(&new, after(100))) <= after(100));
    let seen = new.polled().saw(Phase::Pending, after(100));
    let next = poll_at(policy.verdict(&seen, after(100)));
    assert_eq!(next, start() + policy.schedule().after(Duration::from_secs(100)));
    // Away for an hour since.
    assert!(poll_at(policy.verdict(&seen, after(3_700))) <= after(3_700));
}

#[test]
fn paused_time_is_no_age() {
    let policy = policy(Duration::from_mins(5));
    let paused = Progress::new(start(), start(), 0).excused(Duration::from_mins(10));
    let first = poll_at(policy.verdict(&paused, after(600)));
    assert_eq!(first, after(600) + policy.schedule().first());
    assert_eq!(policy.deadline(&paused), Some(after(900)));
    assert!(policy.gain(&paused, after(601)) < 0.01);
}

#[test]
fn a_task_from_the_future_waits_no_longer_than_a_new_one() {
    let policy = policy(Duration::from_mins(5));
    let future = Progress::new(after(3_600), start(), 0);
    assert_eq!(poll_at(policy.verdict(&future, start())), start() + policy.schedule().first());
}

#[test]
fn no_patience_asks_once_and_too_much_is_refused() {
    let none = policy(Duration::ZERO);
    assert_eq!(polls(&none, Progress::new(start(), start(), 0), start()), [start()]);
    let schedule = Arc::new(Schedule::new(&Law::prior(), Aim::default(), Bounds::default()));
    let error = Hazard::new(schedule, Policy::LONGEST + Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.kind(), PolicyErrorKind::TooLong);
}

#[test]
fn errors_back_off_from_a_pause_as_it_is_in_the_middle() {
    let pause = policy(Duration::from_mins(5)).pause();
    assert!((3.0..4.5).contains(&pause.as_secs_f64()), "{pause:?}");
}

/// What was learned since does not change how a task is polled that was begun before.
#[test]
fn a_ticket_is_polled_by_the_law_it_names() {
    let slow = Law::lognormal(Duration::from_mins(2), 0.3).unwrap();
    let early = learned(Learned::default(), &Law::prior(), 40, 0, 1);
    let ticket: Ticket = serde_json::from_value(json!({
        "id": "t", "endpoint": "like-post", "account": "sales", "created_at": start(), "law": early.law().version(),
    }))
    .unwrap();
    let late = learned(early.clone(), &slow, 6, 40, 2);
    assert!(late.law().version() > ticket.law);
    let schedules = Schedules::new();
    let of = |learned: &Learned| {
        let schedule = schedules.get(&learned.of_ticket(ticket.law), Aim::default(), Bounds::default());
        let policy = Hazard::new(schedule, Duration::from_mins(10)).unwrap();
        assert_eq!(policy.law().version(), ticket.law);
        polls(&policy, Progress::new(ticket.created_at, start(), 0), start())
    };
    // Another process reads what was kept.
    let read: Learned = serde_json::from_slice(&serde_json::to_vec(&late).unwrap()).unwrap();
    let (then, now) = (of(&early), of(&read));
    assert_eq!(serde_json::to_vec(&then).unwrap(), serde_json::to_vec(&now).unwrap());
    assert_ne!(early.law().fingerprint(), late.law().fingerprint());
}

proptest! {
    #[test]
    fn the_gain_of_a_poll_grows_while_nobody_looks(age in 0..300_u64, more in 0..100_u64, seen in any::<bool>()) {
        let policy = policy(Duration::from_mins(10));
        let mut progress = Progress::new(start(), start(), 0);
        if seen {
            progress = progress.polled().saw(Phase::Pending, after(age));
        }
        let (now, later) = (policy.gain(&progress, after(age)), policy.gain(&progress, after(age + more)));
        prop_assert!((0.0..=1.0).contains(&now) && now <= later && later <= 1.0, "{now} {later}");
        prop_assert!(!seen || now == 0.0);
    }

    #[test]
    fn it_never_names_a_moment_beyond_its_deadline_nor_asks_for_ever(
        created in 0..500_u64, since in 0..500_u64, paused in 0..500_u64, patience in 0..600_u64,
    ) {
        let policy = policy(Duration::from_secs(patience));
        let progress = Progress::new(after(created), after(since), 0).excused(Duration::from_secs(paused));
        let polls = polls(&policy, progress, after(since));
        let deadline = policy.deadline(&progress).unwrap();
        prop_assert!(polls.iter().all(|poll| *poll <= deadline));
        prop_assert!(!polls.is_empty() && polls.len() < 400 && polls[polls.len() - 1] == deadline);
    }
}
