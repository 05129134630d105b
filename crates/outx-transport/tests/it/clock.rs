//! The clocks: virtual time is exact and repeatable, real time waits at least as long as asked.

use futures_util::future::{Either, join, pending, ready, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, poll};
use jiff::Timestamp;
use outx_transport::{Clock, Stalled, SystemClock, VirtualClock};
use proptest::prelude::*;
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn time_jumps_to_the_earliest_timer() {
    let clock = VirtualClock::new(start());
    let reached = clock.simulate(async {
        let long = clock.sleep_until(start() + seconds(3600));
        let short = clock.sleep_until(start() + seconds(60));
        let Either::Right(((), _)) = select(long, short).await else { panic!("the long one was first") };
        clock.now()
    });
    assert_eq!(reached, Ok(start() + seconds(60)));
    // The long timer was given up and holds nothing.
    assert_eq!(clock.simulate(pending::<()>()), Err(Stalled { at: start() + seconds(60) }));
}

#[test]
fn a_past_moment_needs_no_timer() {
    let clock = VirtualClock::new(start());
    assert_eq!(clock.sleep_until(start()).now_or_never(), Some(()));
    assert_eq!(clock.sleep_until(start() - seconds(1)).now_or_never(), Some(()));
    assert_eq!(clock.sleep_until(start() + seconds(1)).now_or_never(), None);
    assert_eq!(clock.now(), start());
}

#[test]
fn nothing_to_wait_for_is_said_and_does_not_hang() {
    let clock = VirtualClock::new(start());
    assert_eq!(clock.simulate(ready(7)), Ok(7));
    let stalled = clock.simulate(pending::<()>()).unwrap_err();
    assert_eq!(stalled.at, start());
    assert!(stalled.to_string().contains("2026-03-02T09:00:00Z"));
}

#[test]
fn what_one_timer_makes_ready_runs_before_the_next_timer_of_the_same_moment() {
    let clock = VirtualClock::new(start());
    let moment = start() + seconds(5);
    let order = Mutex::new(Vec::new());
    let note = |text| order.lock().unwrap().push(text);
    let first = clock.sleep_until(moment);
    let second = clock.sleep_until(moment);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let one = async {
        first.await;
        note("first");
        sender.send(()).unwrap();
    };
    let two = async {
        second.await;
        note("second");
    };
    let three = async {
        receiver.await.unwrap();
        note("after first");
    };
    // The order in which they are polled is another than the order of the timers.
    clock.simulate(join(two, join(three, one))).unwrap();
    assert_eq!(*order.lock().unwrap(), ["first", "after first", "second"]);
}

#[test]
fn advancing_wakes_those_whose_moment_has_come() {
    let clock = VirtualClock::new(start());
    let mut near = pin!(clock.sleep_until(start() + seconds(10)));
    let mut far = pin!(clock.sleep_until(start() + seconds(20)));
    let done = async { (poll!(near.as_mut()).is_ready(), poll!(far.as_mut()).is_ready()) };
    assert_eq!(done.now_or_never(), Some((false, false)));
    clock.advance(seconds(15));
    assert_eq!(clock.now(), start() + seconds(15));
    let done = async { (poll!(near.as_mut()).is_ready(), poll!(far.as_mut()).is_ready()) };
    assert_eq!(done.now_or_never(), Some((true, false)));
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Timestamp::MAX);
    assert_eq!(far.now_or_never(), Some(()));
}

proptest! {
    /// Whatever is slept for, everybody wakes exactly on time, by moment and then by the order of asking.
    #[test]
    fn timers_fire_by_moment_and_then_in_the_order_of_asking(delays in prop::collection::vec(0_u64..8, 1..40)) {
        let clock = VirtualClock::new(start());
        let woken = clock.simulate(async {
            let sleepers: FuturesUnordered<_> = delays.iter().enumerate().map(|(i, delay)| {
                let sleep = clock.sleep_until(start() + seconds(*delay));
                let clock = &clock;
                async move { sleep.await; (clock.now(), i) }
            }).collect();
            sleepers.collect::<Vec<_>>().await
        }).unwrap();
        let mut expected: Vec<_> =
            delays.iter().enumerate().map(|(i, delay)| (start() + seconds(*delay), i)).collect();
        expected.sort_unstable();
        // Those of the first moment never slept.
        let slept = |list: &[(Timestamp, usize)]| -> Vec<_> {
            list.iter().copied().filter(|(moment, _)| *moment > start()).collect()
        };
        prop_assert_eq!(slept(&woken), slept(&expected));
        prop_assert_eq!(woken.len(), delays.len());
    }
}

#[tokio::test]
async fn the_system_clock_never_wakes_early() {
    let clock = SystemClock;
    let moment = clock.now() + Duration::from_millis(3);
    clock.sleep_until(moment).await;
    assert!(clock.now() >= moment);
    assert_eq!(clock.sleep_until(moment).now_or_never(), Some(()));
}
