//! An origin that answers nobody.

use crate::fleet::world::{World, task};
use crate::fleet::{fast, ms};
use crate::support::start;
use futures_util::StreamExt;
use outx_poller::{CircuitLaw, Fleet, FleetEvent, Outcome, Pace, Pause, Policy};
use outx_transport::VirtualClock;
use std::sync::Arc;
use std::time::Duration;

fn law() -> CircuitLaw {
    CircuitLaw { failures: 4, ..CircuitLaw::default() }
}

#[test]
fn an_outage_uses_up_nobodys_tolerance_and_is_no_storm() {
    // Ten minutes: each of them would have been given up after five polls.
    let clock = VirtualClock::new(start());
    let world = World { round_trip: 10, down: vec![("north", 1_000, 601_000)], ..World::default() };
    let source = world.on(&clock);
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).with_circuit(law());
    let pace = Pace::from(Policy::fixed(ms(500), Duration::from_hours(1)).unwrap());
    for number in 0..50 {
        fleet.add(number, task("n1", number, 30_000, false, start()), pace.clone());
    }
    // Another origin is asked as ever.
    fleet.add(50, task("s1", 50, 20_000, false, start()), pace.clone());
    let ends = clock.simulate(fleet.wait_all()).unwrap();
    assert_eq!(ends.len(), 51);
    assert!(ends.iter().all(|followed| matches!(followed.outcome, Outcome::Completed(_))));
    assert_eq!(ends[0].tag, 50);

    let down: Vec<_> = source
        .log()
        .into_iter()
        .filter(|asked| asked.account.as_str() == "n1" && (1_000..601_000).contains(&asked.began))
        .collect();
    // Those that were started beside the fourth failure, and probes: after 5, 10, 20, 40 and then 60 s each.
    assert!(down.len() <= 20 + 13, "{} polls", down.len());
    let probes: Vec<u64> = down.iter().map(|asked| asked.began).filter(|began| *began > 3_000).collect();
    assert!(probes.windows(2).all(|pair| pair[1] - pair[0] >= 10_000), "{probes:?}");
    // And when it is over, all is asked about within seconds of the next probe.
    let last = source.now();
    assert!((601_000..664_000).contains(&last), "{last}");
}

#[test]
fn patience_ends_in_an_outage_too_and_the_ticket_comes_back() {
    let clock = VirtualClock::new(start());
    let world = World { down: vec![("north", 0, 3_600_000)], ..World::default() };
    let mut fleet = Fleet::new(world.on(&clock), Arc::new(clock.clone())).with_circuit(law());
    let pace = Pace::from(Policy::fixed(ms(500), ms(42_000)).unwrap());
    for number in 0..8 {
        fleet.add(number, task("n1", number, 0, false, start()), pace.clone());
    }
    let ends = clock.simulate(fleet.wait_all()).unwrap();
    assert_eq!(ends.len(), 8);
    for followed in ends {
        assert_eq!(followed.outcome, Outcome::StillPending(Pause::Network));
        // At its moment, not when a probe happens to tell.
        assert_eq!(followed.at, start() + ms(42_000));
        assert!(followed.trouble.is_some());
    }
}

#[test]
fn one_task_alone_is_given_up_by_its_own_tolerance() {
    let clock = VirtualClock::new(start());
    let world = World { down: vec![("north", 0, 3_600_000)], ..World::default() };
    let mut fleet = Fleet::new(world.on(&clock), Arc::new(clock.clone()));
    fleet.add((), task("n1", 0, 0, false, start()), fast());
    let followed = clock.simulate(fleet.next()).unwrap().unwrap();
    assert_eq!((followed.outcome, followed.polls), (Outcome::StillPending(Pause::Network), 5));
}

#[test]
fn it_is_told_when_an_origin_goes_and_comes_back() {
    let clock = VirtualClock::new(start());
    let world = World { down: vec![("north", 0, 4_000)], ..World::default() };
    let mut fleet = Fleet::new(world.on(&clock), Arc::new(clock.clone())).with_circuit(law());
    for number in 0..6 {
        fleet.add(number, task("n1", number, 0, false, start()), fast());
    }
    let told = clock.simulate(async {
        let (mut events, mut told) = (fleet.events(), Vec::new());
        while let Some(event) = events.next().await {
            match event {
                FleetEvent::Down { origin, until } => {
                    told.push(format!("{origin} down, probed at {}", until - start()));
                }
                FleetEvent::Up { origin } => told.push(format!("{origin} up")),
                _ => {}
            }
        }
        told
    });
    assert_eq!(told.unwrap(), ["north down, probed at PT5S", "north up"]);
}
