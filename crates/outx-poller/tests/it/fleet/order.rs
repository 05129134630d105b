//! Who is asked about first when not all can be.

use crate::fleet::world::{World, task};
use crate::fleet::{fast, ms};
use crate::support::start;
use jiff::Timestamp;
use outx_poller::{Fleet, Order, Pace, Pacing, Policy, Progress, Verdict};
use outx_transport::VirtualClock;
use std::sync::Arc;
use std::time::Duration;

/// Polls each second for ever; the gain is given.
#[derive(Debug)]
struct Worth(f32);

impl Pacing for Worth {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        Verdict::PollAt(if progress.polls() == 0 { progress.since() } else { now + ms(1_000) })
    }

    fn deadline(&self, _: &Progress) -> Option<Timestamp> {
        None
    }

    fn pause(&self) -> Duration {
        ms(1_000)
    }

    fn gain(&self, _: &Progress, _: Timestamp) -> f32 {
        self.0
    }
}

/// The numbers of the tasks in the order in which they were asked about for the first time.
fn first_asked(source: &super::world::Told) -> Vec<usize> {
    let mut order = Vec::new();
    for asked in source.log() {
        let number = asked.task.as_str().split('-').nth(1).unwrap().parse().unwrap();
        if !order.contains(&number) {
            order.push(number);
        }
    }
    order
}

#[test]
fn the_largest_gain_goes_first_and_the_rest_in_their_order() {
    let gains = [0.1, 0.1, 0.9, 0.5, 0.1, 0.9];
    let asked = |order| {
        let clock = VirtualClock::new(start());
        let source = World::default().on(&clock);
        let mut fleet =
            Fleet::new(source.clone(), Arc::new(clock.clone())).with_rate(10, 1).with_order(order);
        for (number, gain) in gains.into_iter().enumerate() {
            // Created a while ago: what was never unseen is worth nothing to anybody.
            let ticket = task("n1", number, 0, false, start() - ms(60_000));
            fleet.add(number, ticket, Worth(gain));
        }
        clock.simulate(fleet.wait_all()).unwrap();
        first_asked(&source)
    };
    assert_eq!(asked(Order::ByGain), [2, 5, 3, 0, 1, 4]);
    assert_eq!(asked(Order::FirstDue), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn nobody_starves_beyond_the_staleness_cap() {
    // Twenty that are worth more take the whole rate for ever; one that is worth nothing waits for its turn.
    let waited = |cap| {
        let clock = VirtualClock::new(start());
        let source = World::default().on(&clock);
        let mut fleet =
            Fleet::new(source.clone(), Arc::new(clock.clone())).with_rate(10, 1).with_staleness(cap);
        let worth = Pace::from(Worth(0.9));
        for number in 0..20 {
            let takes = if number == 0 { 60_000 } else { 120_000 };
            fleet.add(number, task("n1", number, takes, false, start()), worth.clone());
        }
        fleet.add(20, task("n1", 20, 0, false, start()), Worth(0.0));
        let first = clock.simulate(fleet.next()).unwrap().unwrap();
        (first.tag, source.now())
    };
    // With the cap it is asked about right after it, with a moment for the one whose turn it was.
    let (tag, at) = waited(ms(4_000));
    assert!(tag == 20 && (4_000..4_200).contains(&at), "{tag} at {at}");
    // Without one it waits until somebody leaves; the test would show nothing if it did not.
    let (tag, at) = waited(Duration::MAX);
    assert!(tag == 0 && at >= 60_000, "{tag} at {at}");
}

#[test]
fn a_large_group_does_not_hold_up_a_small_one() {
    for order in [Order::ByGain, Order::FirstDue] {
        let clock = VirtualClock::new(start());
        let source = World::default().on(&clock);
        let mut fleet = Fleet::new(source, Arc::new(clock.clone())).with_rate(100, 1).with_order(order);
        let pace = Pace::from(fast());
        for number in 0..10_000 {
            fleet.add_in(1, number, task("n1", number, 600_000, false, start()), pace.clone());
        }
        for number in 10_000..10_003 {
            fleet.add_in(2, number, task("n1", number, 0, false, start()), pace.clone());
        }
        let small = clock.simulate(async {
            [fleet.next().await, fleet.next().await, fleet.next().await].map(|followed| followed.unwrap().tag)
        });
        let mut small = small.unwrap();
        small.sort_unstable();
        assert_eq!(small, [10_000, 10_001, 10_002]);
        // Every second turn is theirs.
        assert!(clock_ms(&clock) <= 60, "it took {} ms", clock_ms(&clock));
    }
}

#[test]
fn polls_after_errors_take_no_more_than_their_share() {
    // Everybody is told to come back later; others are new. Both wait for the same rate.
    let clock = VirtualClock::new(start());
    let world = World { flaky: 1, ..World::default() };
    let source = world.on(&clock);
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone()))
        .with_rate(20, 1)
        .with_retries(25)
        .with_circuit(outx_poller::CircuitLaw { failures: u32::MAX, ..Default::default() });
    let pace = Pace::from(Policy::fixed(ms(100), ms(20_000)).unwrap());
    for number in 0..400 {
        fleet.add(number, task("n1", number, 0, false, start()), pace.clone());
    }
    clock.simulate(fleet.wait_all()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let (mut new, mut again) = (0, 0);
    for asked in source.log().iter().filter(|asked| asked.began < 10_000) {
        if seen.insert(asked.task.clone()) { new += 1 } else { again += 1 }
    }
    // Of 200 polls in ten seconds a quarter is for those that were asked about in vain.
    assert!((148..=152).contains(&new) && (45..=51).contains(&again), "{new} new, {again} again");
}

fn clock_ms(clock: &VirtualClock) -> u64 {
    super::world::since_start(outx_transport::Clock::now(clock))
}
