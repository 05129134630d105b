//! Dropping what is under way, at every await in turn, loses nothing.

use crate::cutting::{at_every_await, cut};
use crate::support::{Scripted, completed, no_answer, pending, refused, start, ticket};
use jiff::Timestamp;
use outx_model::RefusalReason;
use outx_poller::{Checkpoint, Event, Following, Outcome, Pause, Policy, Poller};
use outx_transport::{ErrorKind, VirtualClock};
use proptest::prelude::*;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(2);
const ROUND_TRIP: Duration = Duration::from_millis(300);

fn policy() -> Policy {
    Policy::delay_then_fixed(EVERY, EVERY, Duration::from_mins(3)).unwrap()
}

/// A service with every trouble there is, and an end after two minutes: by the moment, so that it is the same however
/// often it is asked.
fn troubled(clock: &VirtualClock) -> Arc<Scripted> {
    Scripted::new(clock, ROUND_TRIP, |_, _, now| match now.duration_since(start()).as_secs() {
        10..14 => no_answer(ErrorKind::Broken),
        20..80 => refused(RefusalReason::ExtensionAsleep, 403, None),
        80..95 => refused(RefusalReason::RateLimited, 429, Some(96)),
        ..120 => pending(),
        _ => completed(),
    })
}

/// A process of its own: all that it has is the service and what was written down.
fn poller(clock: &VirtualClock, source: &Arc<Scripted>) -> Poller {
    Poller::new(source.clone(), Arc::new(clock.clone()), policy()).with_hold(Duration::from_hours(1))
}

fn written_down(following: &Following) -> String {
    serde_json::to_string(&following.checkpoint()).unwrap()
}

fn taken_up(text: &str) -> Checkpoint {
    serde_json::from_str(text).unwrap()
}

/// No poll begins sooner after another's answer than the policy allows, and none after the end.
fn assert_frugal(source: &Scripted, end: Timestamp) {
    let polls: Vec<Timestamp> = source.polls().into_iter().map(|(moment, _)| moment).collect();
    for pair in polls.windows(2) {
        assert!(pair[1] >= pair[0] + EVERY, "{polls:?}");
    }
    assert!(polls[polls.len() - 1] <= end, "the end was at {end}: {polls:?}");
}

fn whole(clock: &VirtualClock, source: &Arc<Scripted>) -> (Outcome, Timestamp) {
    let followed = clock.simulate(poller(clock, source).follow(&ticket("a"))).unwrap();
    (followed.outcome, followed.at)
}

#[test]
fn an_undisturbed_task_comes_through_all_trouble() {
    let clock = VirtualClock::new(start());
    let source = troubled(&clock);
    let (outcome, at) = whole(&clock, &source);
    assert!(matches!(outcome, Outcome::Completed(_)), "{outcome:?}");
    assert_frugal(&source, at);
}

#[test]
fn a_future_that_is_dropped_at_any_await_loses_nothing() {
    let dropped = at_every_await(|polls| {
        let clock = VirtualClock::new(start());
        let source = troubled(&clock);
        let mut following = poller(&clock, &source).begin(ticket("a"));
        let was_cut = clock.simulate(cut(following.end(), polls)).unwrap().is_none();
        if was_cut {
            // The same following, another future.
            let followed = clock.simulate(following.end()).unwrap().unwrap();
            assert!(matches!(followed.outcome, Outcome::Completed(_)), "cut at {polls}: {followed:?}");
            assert_frugal(&source, followed.at);
        }
        was_cut
    });
    assert!(dropped > 30, "only {dropped} awaits");
}

#[test]
fn a_process_that_ends_at_any_await_hands_the_ticket_on() {
    for downtime in [0, 100, 3_000, 100_000] {
        let dropped = at_every_await(|polls| {
            let clock = VirtualClock::new(start());
            let source = troubled(&clock);
            let mut following = poller(&clock, &source).begin(ticket("a"));
            let was_cut = clock.simulate(cut(following.end(), polls)).unwrap().is_none();
            if was_cut {
                let text = written_down(&following);
                drop(following);
                clock.advance(Duration::from_millis(downtime));
                let mut second = poller(&clock, &source).resume(taken_up(&text));
                let followed = clock.simulate(second.end()).unwrap().unwrap();
                assert!(matches!(followed.outcome, Outcome::Completed(_)), "cut at {polls}: {followed:?}");
                assert_eq!(followed.ticket, ticket("a"));
                assert_frugal(&source, followed.at);
            }
            was_cut
        });
        assert!(dropped > 30, "only {dropped} awaits");
    }
}

#[test]
fn a_process_that_ends_at_every_single_await_hands_the_ticket_on() {
    let clock = VirtualClock::new(start());
    let source = troubled(&clock);
    let mut text = written_down(&poller(&clock, &source).begin(ticket("a")));
    let mut lives = 0;
    let followed = loop {
        lives += 1;
        assert!(lives < 10_000, "it never ends");
        let mut following = poller(&clock, &source).resume(taken_up(&text));
        // The first wake is the sleep's end, the second the answer: a life of one never hears any.
        match clock.simulate(cut(following.end(), 1 + lives % 3)).unwrap() {
            Some(followed) => break followed.unwrap(),
            None => text = written_down(&following),
        }
    };
    assert!(followed.outcome.is_end(), "{followed:?}");
    assert!(lives > 10, "only {lives} lives");
    assert_frugal(&source, followed.at);
}

#[test]
fn the_clocks_go_on_where_they_were() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, Duration::ZERO, |_, _, _| pending());
    let policy = Policy::fixed(Duration::from_secs(4), Duration::from_secs(30)).unwrap();
    let poller = Poller::new(source.clone(), Arc::new(clock.clone()), policy);
    let mut first = poller.begin(ticket("a"));
    for _ in 0..3 {
        clock.simulate(first.next()).unwrap();
    }
    let text = written_down(&first);
    drop(first);
    clock.advance(Duration::from_secs(9));
    let followed = clock.simulate(poller.resume(taken_up(&text)).end()).unwrap().unwrap();
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Patience));
    assert_eq!(source.polled_ms(), [0, 4_000, 8_000, 17_000, 21_000, 25_000, 29_000, 30_000]);
    assert_eq!(followed.polls, 8);
}

#[test]
fn a_lost_answer_counts_as_a_poll() {
    let clock = VirtualClock::new(start());
    let source = Scripted::new(&clock, ROUND_TRIP, |_, _, _| pending());
    let policy = Policy::fixed(EVERY, Duration::from_mins(1)).unwrap().with_polls(3).unwrap();
    let poller = Poller::new(source.clone(), Arc::new(clock.clone()), policy);
    let mut text = written_down(&poller.begin(ticket("a")));
    let mut lost = 0;
    let followed = loop {
        let mut following = poller.resume(taken_up(&text));
        // Each process ends while its first poll is under way.
        let started = source.polls().len();
        let asked = async {
            let mut next = std::pin::pin!(following.end());
            std::future::poll_fn(|context| match next.as_mut().poll(context) {
                Poll::Ready(followed) => Poll::Ready(followed),
                Poll::Pending if source.polls().len() > started => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await
        };
        match clock.simulate(asked).unwrap() {
            Some(followed) => break followed,
            None => lost += 1,
        }
        text = written_down(&following);
    };
    assert_eq!((lost, source.polls().len()), (3, 3));
    assert_eq!(followed.outcome, Outcome::StillPending(Pause::Polls));
    assert_eq!(followed.polls, 3);
    assert_eq!(source.polled_ms(), [0, 2_000, 4_000]);
}

#[test]
fn a_checkpoint_of_another_version_is_told_apart() {
    let clock = VirtualClock::new(start());
    let text = written_down(&poller(&clock, &troubled(&clock)).begin(ticket("a")));
    assert_eq!(serde_json::to_string(&taken_up(&text)).unwrap(), text);
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_ne!(newer, text);
    for newer in [&newer, r#"{"version":9,"tickets":[]}"#] {
        let error = serde_json::from_str::<Checkpoint>(newer).unwrap_err().to_string();
        assert!(error.contains("of version"), "{error}");
    }
    let error = serde_json::from_str::<Checkpoint>(r#"{"version":1}"#).unwrap_err().to_string();
    assert!(error.contains("`ticket`"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn however_often_processes_end_the_ticket_is_handed_on(
        lives in prop::collection::vec((1..9_usize, 0..20_000_u64, any::<bool>()), 0..12),
    ) {
        let clock = VirtualClock::new(start());
        let source = troubled(&clock);
        let mut following = poller(&clock, &source).begin(ticket("a"));
        for (polls, downtime, another) in lives {
            if clock.simulate(cut(following.end(), polls)).unwrap().is_some() {
                return Ok(());
            }
            if another {
                let text = written_down(&following);
                following = poller(&clock, &source).resume(taken_up(&text));
            }
            clock.advance(Duration::from_millis(downtime));
        }
        let mut events = Vec::new();
        while let Some(event) = clock.simulate(following.next()).unwrap() {
            events.push(event);
        }
        let Some(Event::Done(followed)) = events.last() else { panic!("{events:?}") };
        prop_assert_eq!(&followed.ticket, &ticket("a"));
        prop_assert!(matches!(followed.outcome, Outcome::Completed(_)), "{:?}", followed);
        assert_frugal(&source, followed.at);
    }
}
