//! The driver for one ticket.

use crate::support::{Scripted, completed, no_answer, pending, refused, snapshot, start, ticket};
use futures_util::StreamExt;
use jiff::Timestamp;
use outx_model::RefusalReason;
use outx_poller::{
    Counts, Event, Fleet, Outcome, Pace, Pacing, Pause, Phase, Policy, Poller, Progress, Verdict, Why,
};
use outx_transport::{Clock, ErrorKind, VirtualClock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn it_asks_when_the_policy_says() {
    let clock = VirtualClock::new(start());
    let done_at = start() + Duration::from_secs(20);
    let source = Scripted::new(&clock, Duration::from_millis(100), move |_, _, now| {
        if now >= done_at { completed() } else { pending() }
    });
    let poller = Poller::new(source.clone(), Arc::new(clock.clone()), Policy::default());
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert_eq!(followed.outcome, Outcome::Completed(json!({ "sent": true })));
    assert_eq!((followed.polls, followed.trouble), (4, None));
    assert_eq!(source.polled_ms(), [12_000, 15_600, 19_200, 22_800]);
}

#[test]
fn the_documented_pattern_gives_the_ticket_back() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, _, _| pending());
    let poller = Poller::new(source.clone(), Arc::new(clock.clone()), Policy::documented());
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Polls));
    assert_eq!(followed.ticket, ticket("a"));
    assert_eq!(source.polled_ms(), (0..30).map(|n| n * 5_000).collect::<Vec<_>>());
    // It says so with the thirtieth answer, and does not sleep first.
    assert_eq!(clock.now(), start() + Duration::from_secs(145));
}

#[test]
fn a_network_that_comes_back_is_not_noticed() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, before, _| {
        if before < 4 { no_answer(ErrorKind::Connect) } else { completed() }
    });
    let poller = Poller::new(source, Arc::new(clock.clone()), Policy::default());
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert!(followed.outcome.is_end());
    assert_eq!(followed.trouble, None);
}

#[test]
fn what_went_wrong_is_told() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, _, _| no_answer(ErrorKind::Connect));
    let poller = Poller::new(source, Arc::new(clock.clone()), Policy::default());
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Network));
    assert_eq!(followed.polls, 5);
    assert_eq!(followed.trouble.as_deref(), Some("no answer came"));
}

#[test]
fn a_sleeping_extension_is_waited_out_slowly_and_no_clock_runs() {
    let clock = VirtualClock::new(start());
    // Asleep from 10 s to 10 min, done at 11 min; patience is 2 min.
    let source =
        Scripted::new(&clock, Duration::ZERO, |_, _, now| match now.duration_since(start()).as_secs() {
            10..600 => refused(RefusalReason::ExtensionAsleep, 403, None),
            660.. => completed(),
            _ => pending(),
        });
    let policy = Policy::fixed(Duration::from_secs(20), Duration::from_mins(2)).unwrap();
    let poller =
        Poller::new(source.clone(), Arc::new(clock.clone()), policy).with_hold(Duration::from_hours(1));
    let mut following = poller.begin(ticket("a"));
    let followed = clock.simulate(following.end()).unwrap().unwrap();
    assert_eq!(followed.outcome, Outcome::Completed(json!({ "sent": true })));
    let at: Vec<i64> = source.polled_ms().iter().map(|ms| ms / 1_000).collect();
    // Probes after 1, 2, 4 and 8 minutes; then the policy's own pace goes on.
    assert_eq!(at, [0, 20, 80, 200, 440, 920]);
    assert_eq!(followed.progress.paused(), Duration::from_mins(15));
    assert_eq!((following.counts().polls, following.counts().probes), (2, 4));
    // The probes used up nothing: the task's own polls are two.
    assert_eq!(followed.polls, 2);
}

#[test]
fn patience_goes_on_after_a_pause_where_it_stood() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, before, _| match before {
        2 => refused(RefusalReason::ExtensionAsleep, 403, None),
        _ => pending(),
    });
    let policy = Policy::fixed(Duration::from_secs(4), Duration::from_secs(10)).unwrap();
    let poller =
        Poller::new(source.clone(), Arc::new(clock.clone()), policy).with_hold(Duration::from_hours(1));
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Patience));
    // Paused from 8 to 68 s: of ten seconds of patience, two are left.
    assert_eq!(source.polled_ms(), [0, 4_000, 8_000, 68_000, 70_000]);
}

#[test]
fn a_sleeping_extension_is_not_waited_out_for_ever_or_unasked() {
    let asleep = |hold: Option<Duration>| {
        let clock = VirtualClock::new(start());
        let source = Scripted::new(&clock, Duration::ZERO, |_, _, _| {
            refused(RefusalReason::ExtensionAsleep, 403, None)
        });
        let poller = Poller::new(source.clone(), Arc::new(clock.clone()), Policy::documented());
        let poller = hold.map_or(poller.clone(), |hold| poller.with_hold(hold));
        let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
        assert_eq!(followed.outcome, Outcome::StillPending(Pause::Extension));
        assert!(followed.trouble.is_some());
        source.polled_ms().iter().map(|ms| ms / 1_000).collect::<Vec<_>>()
    };
    assert_eq!(asleep(None), [0]);
    // The last probe falls on the end of what is put up with.
    assert_eq!(asleep(Some(Duration::from_mins(5))), [0, 60, 180, 300]);
    // A quarter of an hour is the longest pause between probes.
    let day = asleep(Some(Duration::from_hours(24)));
    assert_eq!(day[..7], [0, 60, 180, 420, 900, 1_800, 2_700]);
    assert_eq!(day.last(), Some(&86_400));
}

#[test]
fn a_probe_that_nobody_answers_says_nothing_of_the_account() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, before, _| match before {
        0 | 3 => refused(RefusalReason::ExtensionAsleep, 403, None),
        1 | 2 => no_answer(ErrorKind::Connect),
        _ => completed(),
    });
    let policy = Policy::fixed(Duration::from_secs(20), Duration::from_mins(2)).unwrap();
    let poller =
        Poller::new(source.clone(), Arc::new(clock.clone()), policy).with_hold(Duration::from_hours(1));
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert!(matches!(followed.outcome, Outcome::Completed(_)), "{followed:?}");
    // The pauses between probes go on growing, and no patience is used up.
    let at: Vec<i64> = source.polled_ms().iter().map(|ms| ms / 1_000).collect();
    assert_eq!(at, [0, 60, 180, 420, 900]);
    assert_eq!(followed.progress.paused(), Duration::from_mins(15));
}

#[test]
fn a_refused_key_ends_it_at_once_also_while_a_pause_is_waited_out() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, before, _| match before {
        0 => refused(RefusalReason::ExtensionAsleep, 403, None),
        _ => refused(RefusalReason::Unauthorized, 401, None),
    });
    let poller = Poller::new(source.clone(), Arc::new(clock.clone()), Policy::default())
        .with_hold(Duration::from_hours(1));
    let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Key));
    assert_eq!(source.polled_ms(), [12_000, 72_000]);
}

#[test]
fn what_happens_on_the_way_is_a_stream() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, before, _| match before {
        0 => pending(),
        1 => no_answer(ErrorKind::Connect),
        2 => refused(RefusalReason::ExtensionAsleep, 403, None),
        3 => snapshot("processing", Value::Null),
        _ => completed(),
    });
    let policy = Policy::fixed(Duration::from_secs(5), Duration::from_mins(5)).unwrap();
    let poller = Poller::new(source, Arc::new(clock.clone()), policy).with_hold(Duration::from_hours(1));
    let mut following = poller.begin(ticket("a"));
    let events: Vec<Event> = clock.simulate((&mut following).collect()).unwrap();
    let at = |seconds| start() + Duration::from_secs(seconds);
    assert_eq!(events[0], Event::Polled { phase: Phase::Pending, polls: 1, next: at(5) });
    assert_eq!(events[1], Event::Trouble { why: "no answer came".to_owned(), polls: 2, next: at(10) });
    assert!(matches!(&events[2], Event::Paused(pause) if pause.probe_at() == at(70)), "{events:?}");
    assert_eq!(events[3], Event::Polled { phase: Phase::Processing, polls: 3, next: at(75) });
    assert!(matches!(&events[4], Event::Done(followed) if followed.outcome.is_end()), "{events:?}");
    assert_eq!(events.len(), 5);
    // The end lies between the last sight of the task and the poll that saw it.
    let Event::Done(followed) = &events[4] else { return };
    assert_eq!((followed.progress.last_seen(), followed.at), (Some(at(70)), at(75)));
    let counts = following.counts();
    assert_eq!((counts.polls, counts.wasted, counts.troubled, counts.probes), (4, 1, 1, 1));
    assert_eq!((counts.ended, counts.left), (1, 0));
    assert_eq!(counts.latency_bound, Duration::from_secs(5));
    let mut twice = Counts::default();
    twice += *counts;
    twice += *counts;
    assert_eq!((twice.polls, twice.longest_bound), (8, Duration::from_secs(5)));
}

/// Asks at the full minutes of the wall clock, three times.
#[derive(Debug)]
struct FullMinutes;

impl Pacing for FullMinutes {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        if progress.polls() >= 3 {
            return Verdict::Exhausted(Why::Polls);
        }
        let second = now.as_second();
        Verdict::PollAt(Timestamp::from_second(second - second % 60 + 60).unwrap_or(now))
    }

    fn deadline(&self, _: &Progress) -> Option<Timestamp> {
        None
    }

    fn pause(&self) -> Duration {
        Duration::from_mins(1)
    }
}

#[test]
fn a_policy_of_ones_own_is_followed_and_takes_the_same_terms() {
    let polled = |policy: Pace| {
        let clock = VirtualClock::new(start());
        clock.advance(Duration::from_secs(17));
        let source = Scripted::new(&clock, Duration::from_secs(1), |_, _, _| pending());
        let poller = Poller::new(source.clone(), Arc::new(clock.clone()), policy);
        let followed = clock.simulate(poller.follow(&ticket("a"))).unwrap();
        (source.polled_ms().iter().map(|ms| ms / 1_000).collect::<Vec<_>>(), followed.outcome)
    };
    let polls = Outcome::StillPending(Pause::Polls);
    assert_eq!(polled(FullMinutes.into()), (vec![60, 120, 180], polls.clone()));
    assert_eq!(polled(FullMinutes.at_most(2.try_into().unwrap()).into()), (vec![60, 120], polls));
    let patience = Outcome::StillPending(Pause::Patience);
    assert_eq!(polled(FullMinutes.within(Duration::from_secs(90)).into()), (vec![60, 107], patience));
}

#[test]
fn a_policy_of_ones_own_is_followed_in_a_fleet_too() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, _, _| pending());
    let mut fleet: Fleet<()> = Fleet::new(source.clone(), Arc::new(clock.clone()));
    let policy = Pace::from(FullMinutes);
    fleet.add((), ticket("a"), policy.clone());
    fleet.add((), ticket("b"), policy);
    for _ in 0..2 {
        let followed = clock.simulate(fleet.next()).unwrap().unwrap();
        assert_eq!(followed.outcome, Outcome::StillPending(Pause::Polls));
    }
    assert_eq!(source.polled_ms(), [60_000, 60_000, 120_000, 120_000, 180_000, 180_000]);
}
