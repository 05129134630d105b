//! What a fleet tells of its tickets while they are followed, and how they are taken back.

use crate::cutting::{at_every_await, cut};
use crate::fleet::world::{World, task};
use crate::fleet::{fast, ms};
use crate::support::start;
use futures_util::StreamExt;
use outx_poller::{Fleet, FleetEvent, Outcome, Phase, wait_all};
use outx_transport::{Clock, VirtualClock};
use std::sync::Arc;

#[test]
fn everything_that_happens_is_told() {
    let clock = VirtualClock::new(start());
    let source = World::default().on(&clock);
    let ticket = task("n1", 0, 250, false, start());
    let mut fleet = Fleet::new(source, Arc::new(clock.clone()));
    let seat = fleet.add("tag", ticket.clone(), fast());
    let events: Vec<FleetEvent<_>> = clock.simulate(fleet.events().collect()).unwrap();
    let [FleetEvent::Polled(first), FleetEvent::Polled(_), FleetEvent::Polled(third), FleetEvent::Ended(end)] =
        &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((&first.ticket, first.seat, first.next), (&ticket, seat, start() + ms(100)));
    assert_eq!((first.progress.polls(), first.trouble.as_deref()), (1, None));
    assert_eq!((third.progress.polls(), third.progress.phase()), (3, Phase::Pending));
    assert_eq!((end.tag, &end.ticket, end.polls), ("tag", &ticket, 4));
}

#[test]
fn looking_at_events_and_at_ends_in_turn_loses_no_end() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(World::default().on(&clock), Arc::new(clock.clone()));
    for number in 0..6 {
        fleet.add(number, task("n1", number, 250 * (number as u64 / 2), false, start()), fast());
    }
    let mut ends = Vec::new();
    while !fleet.is_empty() {
        let event = clock.simulate(async { fleet.events().next().await }).unwrap();
        ends.extend(event.and_then(|event| match event {
            FleetEvent::Ended(followed) => Some(followed.tag),
            _ => None,
        }));
        ends.extend(clock.simulate(fleet.next()).unwrap().map(|followed| followed.tag));
    }
    assert_eq!(ends, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn all_are_waited_for_and_come_back_in_their_order() {
    let clock = VirtualClock::new(start());
    let source = World::default().on(&clock);
    let tickets: Vec<_> = [900, 100, 500]
        .into_iter()
        .enumerate()
        .map(|(n, takes)| task("n1", n, takes, false, start()))
        .collect();
    let all = clock.simulate(wait_all(source, Arc::new(clock.clone()), tickets.clone(), fast())).unwrap();
    assert_eq!(all.into_iter().map(|followed| followed.ticket).collect::<Vec<_>>(), tickets);
    assert_eq!(clock.now(), start() + ms(900));
}

#[test]
fn waiting_for_all_can_be_dropped_at_any_moment() {
    let dropped = at_every_await(|polls| {
        let clock = VirtualClock::new(start());
        let world = World { round_trip: 30, ..World::default() };
        let mut fleet = Fleet::new(world.on(&clock), Arc::new(clock.clone()));
        for (number, takes) in [900, 100, 500].into_iter().enumerate() {
            fleet.add(number, task("n1", number, takes, false, start()), fast());
        }
        let ends = clock.simulate(cut(fleet.wait_all(), polls)).unwrap();
        let was_dropped = ends.is_none();
        let ends = ends.unwrap_or_else(|| clock.simulate(fleet.wait_all()).unwrap());
        assert_eq!(
            ends.into_iter().map(|followed| followed.tag).collect::<Vec<_>>(),
            [1, 2, 0],
            "at {polls}"
        );
        assert!(fleet.is_empty());
        was_dropped
    });
    assert!(dropped > 20, "only {dropped} were dropped");
}

#[test]
fn the_first_to_end_comes_back_and_the_others_stay() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(World::default().on(&clock), Arc::new(clock.clone()));
    for (number, takes) in [900, 100, 500].into_iter().enumerate() {
        fleet.add(number, task("n1", number, takes, false, start()), fast());
    }
    let first = clock.simulate(fleet.wait_any()).unwrap().unwrap();
    assert_eq!((first.tag, fleet.len()), (1, 2));
    let rest = clock.simulate(fleet.as_completed().map(|followed| followed.tag).collect::<Vec<_>>()).unwrap();
    assert_eq!(rest, [2, 0]);
}

#[test]
fn a_ticket_is_taken_back_wherever_it_is_and_goes_on_elsewhere() {
    // Waiting, being asked about, due, ended.
    for (time, most) in [(50, 2), (110, 2), (110, 1), (1_500, 2)] {
        let clock = VirtualClock::new(start());
        let source = World { round_trip: 30, ..World::default() }.on(&clock);
        let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).with_max_in_flight(most);
        let pace = outx_poller::Pace::from(fast());
        let first = fleet.add(0, task("n1", 0, 400, false, start()), pace.clone());
        let second = fleet.add(1, task("n1", 1, 800, false, start()), pace.clone());
        // So that not all have ended whenever this looks.
        let last = fleet.add(2, task("n1", 2, 999_999, false, start()), pace.clone());
        clock
            .simulate(async {
                futures_util::future::select(
                    std::pin::pin!(fleet.wait_all()),
                    clock.sleep_until(start() + ms(time)),
                )
                .await;
            })
            .unwrap();
        let before = source.log().len();
        let left = [first, second].map(|seat| fleet.cancel(seat));
        if time == 1_500 {
            // Both have ended: they are to be taken, not to be cancelled.
            assert!(left.iter().all(Option::is_none));
            assert_eq!(fleet.len(), 3);
            continue;
        }
        assert_eq!((fleet.len(), fleet.cancel(last).map(|left| left.tag)), (1, Some(2)));
        assert!(clock.simulate(fleet.next()).unwrap().is_none());
        assert_eq!(source.log().len(), before, "nobody is asked about any more");
        // Another fleet goes on with what is known, and patience began when it did.
        let mut other = Fleet::new(source, Arc::new(clock.clone()));
        for left in left.into_iter().flatten() {
            assert_eq!(left.checkpoint.progress().since(), start());
            let written = serde_json::to_string(&left.checkpoint).unwrap();
            other.resume_in(0, left.tag, serde_json::from_str(&written).unwrap(), pace.clone());
        }
        let ends = clock.simulate(other.wait_all()).unwrap();
        assert_eq!(ends.iter().map(|followed| followed.tag).collect::<Vec<_>>(), [0, 1]);
        assert!(ends.iter().all(|followed| matches!(followed.outcome, Outcome::Completed(_))));
    }
}

#[test]
fn all_can_be_taken_back_at_once() {
    let clock = VirtualClock::new(start());
    let mut fleet =
        Fleet::new(World { round_trip: 30, ..World::default() }.on(&clock), Arc::new(clock.clone()))
            .with_rate(20, 3);
    let pace = outx_poller::Pace::from(fast());
    for number in 0..20 {
        fleet.add(
            number,
            task("n1", number, if number == 0 { 0 } else { 9_000 }, false, start()),
            pace.clone(),
        );
    }
    assert_eq!(clock.simulate(fleet.next()).unwrap().unwrap().tag, 0);
    let left = fleet.cancel_all();
    assert_eq!(left.iter().map(|left| left.tag).collect::<Vec<_>>(), (1..20).collect::<Vec<_>>());
    assert!(fleet.is_empty());
    assert!(clock.simulate(fleet.next()).unwrap().is_none());
}
