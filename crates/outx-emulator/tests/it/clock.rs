//! Time that runs faster and can be turned.

use futures_util::future::join;
use jiff::{SignedDuration, Timestamp};
use outx_emulator::EmulatorClock;
use outx_transport::{Clock, VirtualClock};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

#[test]
fn it_begins_where_the_records_end() {
    let real = Arc::new(VirtualClock::new(start()));
    for (not_before, begins) in [(None, 0), (Some(after(-5)), 0), (Some(after(500)), 500)] {
        assert_eq!(EmulatorClock::new(real.clone(), not_before, 1).now(), after(begins));
    }
}

#[test]
fn a_sleeper_sleeps_by_the_faster_clock() {
    let real = Arc::new(VirtualClock::new(start()));
    let clock = EmulatorClock::new(real.clone(), None, 60);
    real.simulate(clock.sleep_until(after(3600))).unwrap();
    assert_eq!(real.now().duration_since(after(60)).as_millis(), 0);
    assert!(clock.now() >= after(3600));
    real.simulate(clock.sleep_until(after(10))).unwrap();
    assert_eq!(real.now().duration_since(after(60)).as_millis(), 0, "what is past is not waited for");
}

#[test]
fn a_turn_wakes_those_whose_moment_has_come_and_no_others() {
    let real = Arc::new(VirtualClock::new(start()));
    let clock = EmulatorClock::new(real.clone(), None, 1);
    let turn = async {
        real.sleep_until(after(1)).await;
        clock.advance(Duration::from_secs(100));
    };
    let early = async {
        clock.sleep_until(after(50)).await;
        real.now()
    };
    let late = async {
        clock.sleep_until(after(150)).await;
        real.now()
    };
    let (((), early), late) = real.simulate(join(join(turn, early), late)).unwrap();
    assert_eq!(early, after(1));
    assert_eq!(late.duration_since(after(50)).as_millis(), 0);
}

proptest! {
    #[test]
    fn it_never_goes_back(steps in prop::collection::vec((0_u32..5_000, any::<bool>()), 1..30), scale: u32) {
        let real = Arc::new(VirtualClock::new(start()));
        let clock = EmulatorClock::new(real.clone(), None, scale);
        let mut last = clock.now();
        for (seconds, turn) in steps {
            let by = Duration::from_secs(seconds.into());
            if turn {
                prop_assert_eq!(clock.advance(by), clock.now());
            } else {
                real.simulate(real.sleep_until(real.now() + by)).unwrap();
            }
            prop_assert!(clock.now() >= last);
            last = clock.now();
        }
    }
}
