//! One fleet for several who know nothing of each other.

use crate::cutting::{at_every_await, cut};
use crate::fleet::world::{World, task};
use crate::fleet::{fast, ms};
use crate::support::start;
use futures_util::future::{join, join_all};
use outx_poller::{Fleet, Pace, SharedFleet};
use outx_transport::{Clock, VirtualClock};
use std::sync::Arc;

fn shared(clock: &VirtualClock, world: World) -> (Arc<super::world::Told>, SharedFleet<usize>) {
    let source = world.on(clock);
    let fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).with_rate(50, 1).with_max_in_flight(3);
    (source, SharedFleet::new(fleet))
}

#[test]
fn each_sees_its_own_and_all_are_under_one_budget() {
    let clock = VirtualClock::new(start());
    let (source, fleet) = shared(&clock, World { round_trip: 30, ..World::default() });
    let all = join_all((0..5).map(|run| {
        let mut share = fleet.join();
        async move {
            for number in 0..6 {
                share.add(run, task("n1", run * 10 + number, 400, false, start()), fast());
            }
            let mut tags = Vec::new();
            while let Some(followed) = share.next().await {
                tags.push(followed.tag);
            }
            assert!(share.is_empty());
            tags
        }
    }));
    let tags = clock.simulate(all).unwrap();
    assert_eq!(tags, (0..5).map(|run| vec![run; 6]).collect::<Vec<_>>());
    let log = source.log();
    assert!(log.windows(2).all(|pair| pair[1].began >= pair[0].began + 20), "{}", source.written());
    for asked in &log {
        let beside =
            log.iter().filter(|other| other.began <= asked.began && other.answered > Some(asked.began));
        assert!(beside.count() <= 3);
    }
}

#[test]
fn a_run_with_many_does_not_hold_up_one_with_few() {
    let clock = VirtualClock::new(start());
    let (_, fleet) = shared(&clock, World::default());
    let pace = Pace::from(fast());
    let (mut large, mut small) = (fleet.join(), fleet.join());
    for number in 0..1_000 {
        large.add(number, task("n1", number, 900_000, false, start()), pace.clone());
    }
    for number in 0..3 {
        small.add(number, task("n1", 1_000 + number, 0, false, start()), pace.clone());
    }
    clock
        .simulate(async {
            for _ in 0..3 {
                small.next().await.unwrap();
            }
        })
        .unwrap();
    assert!(clock.now() <= start() + ms(150), "{}", clock.now());
    assert_eq!((small.len(), large.len()), (0, 1_000));
}

#[test]
fn whoever_goes_takes_all_of_its_own_along_and_nothing_else() {
    let clock = VirtualClock::new(start());
    let (_, fleet) = shared(&clock, World::default());
    let (mut one, mut other) = (fleet.join(), fleet.join());
    for number in 0..4 {
        one.add(number, task("n1", number, 60_000, false, start()), fast());
    }
    other.add(9, task("n1", 9, 400, false, start()), fast());
    assert_eq!(clock.simulate(other.next()).unwrap().unwrap().tag, 9);
    let left = one.cancel_all();
    assert_eq!(left.iter().map(|left| left.tag).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(left.iter().all(|left| left.checkpoint.progress().last_seen().is_some()), "{left:?}");
    assert!(one.is_empty() && one.cancel_all().is_empty());
    assert_eq!(clock.simulate(one.next()).unwrap(), None);
}

#[test]
fn what_asking_cost_is_each_ones_own() {
    let clock = VirtualClock::new(start());
    let (source, fleet) = shared(&clock, World::default());
    let all = join_all((0..3).map(|run| {
        let mut share = fleet.join();
        async move {
            for number in 0..=run {
                share.add(run, task("n1", run * 10 + number, 400, false, start()), fast());
            }
            let mut polls = 0;
            while let Some(followed) = share.next().await {
                polls += u64::from(followed.polls);
            }
            (share.counts(), polls)
        }
    }));
    let told = clock.simulate(all).unwrap();
    for (ended, (counts, polls)) in (1..).zip(&told) {
        assert_eq!((counts.ended, counts.polls), (ended, *polls));
    }
    let all: u64 = told.iter().map(|(counts, _)| counts.polls).sum();
    assert_eq!(all, u64::try_from(source.log().len()).unwrap());
}

/// Whoever drives the fleet may go at any moment; the others must be woken all the same.
#[test]
fn whoever_drives_may_be_dropped_at_any_await() {
    let dropped = at_every_await(|polls| {
        let clock = VirtualClock::new(start());
        let (_, fleet) = shared(&clock, World { round_trip: 30, ..World::default() });
        let (mut one, mut other) = (fleet.join(), fleet.join());
        for number in 0..4 {
            one.add(number, task("n1", number, 500, false, start()), fast());
            other.add(number, task("n1", 10 + number, 700, false, start()), fast());
        }
        let both = join(
            async {
                let went = cut(async { while one.next().await.is_some() {} }, polls).await;
                drop(one);
                went.is_none()
            },
            async {
                let mut tags = Vec::new();
                while let Some(followed) = other.next().await {
                    tags.push(followed.tag);
                }
                tags
            },
        );
        let (went, mut tags) = clock.simulate(both).unwrap();
        tags.sort_unstable();
        assert_eq!(tags, [0, 1, 2, 3], "dropped at {polls}");
        went
    });
    assert!(dropped > 20, "only {dropped} were dropped");
}

#[test]
fn a_share_takes_back_its_own_alone() {
    let clock = VirtualClock::new(start());
    let (source, fleet) = shared(&clock, World::default());
    let (mut one, mut other) = (fleet.join(), fleet.join());
    let seat = one.add(1, task("n1", 1, 500, false, start()), fast());
    assert!(other.cancel(seat).is_none());
    assert_eq!(one.cancel(seat).map(|left| left.tag), Some(1));
    assert!(one.is_empty() && one.cancel(seat).is_none());
    assert!(clock.simulate(one.next()).unwrap().is_none());
    // With the share its tickets go.
    one.add(2, task("n1", 2, 900_000, false, start()), fast());
    other.add(3, task("n1", 3, 500, false, start()), fast());
    drop(one);
    assert_eq!(clock.simulate(other.next()).unwrap().map(|followed| followed.tag), Some(3));
    assert!(source.log().iter().all(|asked| asked.task.as_str().contains("-3-")));
}

#[test]
fn what_has_ended_can_be_taken_without_asking_about_anything() {
    let clock = VirtualClock::new(start());
    let (source, fleet) = shared(&clock, World::default());
    let (mut one, mut other) = (fleet.join(), fleet.join());
    for number in 0..3 {
        one.add(number, task("n1", number, 400, false, start()), fast());
    }
    one.add(3, task("n1", 3, 60_000, false, start()), fast());
    other.add(4, task("n1", 4, 5_000, false, start()), fast());
    // The one who waits drives it for both.
    assert_eq!(clock.simulate(other.next()).unwrap().map(|followed| followed.tag), Some(4));
    let asked = source.log().len();
    let mut ended: Vec<usize> = one.take_ended().into_iter().map(|followed| followed.tag).collect();
    ended.sort_unstable();
    assert_eq!((ended, one.len(), source.log().len()), (vec![0, 1, 2], 1, asked));
    assert!(one.take_ended().is_empty());
    // What is left goes on elsewhere where it stood.
    let left = one.cancel_all().remove(0);
    let (polls, before) = (left.checkpoint.progress().polls(), source.log().len());
    let seat = other.resume(left.tag, left.checkpoint, fast());
    assert_eq!(other.cancel(seat).map(|left| left.checkpoint.progress().polls()), Some(polls));
    assert_eq!(source.log().len(), before);
}
