//! An account whose browser extension sleeps.

use crate::fleet::ms;
use crate::fleet::world::{World, task};
use crate::support::start;
use futures_util::StreamExt;
use outx_poller::{Fleet, FleetEvent, Outcome, Pace, Pause, Policy};
use outx_transport::VirtualClock;
use std::sync::Arc;
use std::time::Duration;

const HOUR: u64 = 3_600_000;

fn asleep() -> World {
    World { asleep: vec![("n1", 2_000, 2_000 + HOUR)], round_trip: 10, ..World::default() }
}

#[test]
fn a_held_account_is_probed_slowly_and_no_clock_runs() {
    let clock = VirtualClock::new(start());
    let source = asleep().on(&clock);
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).holding_accounts();
    // A patience far shorter than the pause.
    let pace = Pace::from(Policy::fixed(ms(1_000), ms(20_000)).unwrap());
    for number in 0..30 {
        fleet.add(number, task("n1", number, 5_000, false, start()), pace.clone());
    }
    fleet.add(30, task("n1", 30, 10 * HOUR, false, start()), pace.clone());
    fleet.add(31, task("n2", 31, 15_000, false, start()), pace.clone());
    let ends = clock.simulate(fleet.wait_all()).unwrap();
    let still: Vec<usize> = ends
        .iter()
        .filter(|followed| followed.outcome == Outcome::StillPending(Pause::Patience))
        .map(|followed| followed.tag)
        .collect();
    assert_eq!((ends[0].tag, still), (31, vec![30]));
    // Twenty seconds without the pause: it lasted from the first refusal to the first answer.
    let asked = source.by(|asked| asked.account.clone())[&outx_model::AccountId::new("n1")].clone();
    let from = asked.iter().find(|asked| asked.seen == "asleep").unwrap().answered.unwrap();
    let to =
        asked.iter().find(|asked| asked.began > from && asked.seen != "asleep").unwrap().answered.unwrap();
    let last = ends.iter().find(|followed| followed.tag == 30).unwrap();
    assert_eq!(last.progress.paused(), ms(to - from));
    assert!(last.at >= start() + ms(20_000 + to - from));
    assert!(last.at <= start() + ms(22_000 + to - from), "{}", last.at);

    // Those on their way when it fell asleep, and then 1, 2, 4, 8 and 15 minutes from one probe to the next.
    let refused: Vec<u64> = asked
        .iter()
        .filter(|asked| asked.seen == "asleep" && asked.began > 10_000)
        .map(|asked| asked.began)
        .collect();
    assert!((5..=7).contains(&refused.len()), "{refused:?}");
    assert!(refused.windows(2).all(|pair| pair[1] - pair[0] >= 120_000), "{refused:?}");
}

#[test]
fn an_account_that_is_not_held_comes_back_at_once() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(asleep().on(&clock), Arc::new(clock.clone()));
    let pace = Pace::from(Policy::fixed(ms(1_000), Duration::from_mins(5)).unwrap());
    for number in 0..3 {
        fleet.add(number, task("n1", number, 5_000, false, start()), pace.clone());
    }
    let ends = clock.simulate(fleet.wait_all()).unwrap();
    assert_eq!(ends.len(), 3);
    assert!(ends.iter().all(|followed| followed.outcome == Outcome::StillPending(Pause::Extension)));
    assert!(ends.iter().all(|followed| followed.at < start() + ms(4_000)));
}

#[test]
fn it_is_told_when_an_account_falls_asleep_and_wakes() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(asleep().on(&clock), Arc::new(clock.clone())).holding_accounts();
    let pace = Pace::from(Policy::fixed(ms(1_000), Duration::from_mins(5)).unwrap());
    for number in 0..3 {
        fleet.add(number, task("n1", number, 5_000, false, start()), pace.clone());
    }
    let told = clock.simulate(async {
        let (mut events, mut told) = (fleet.events(), Vec::new());
        while let Some(event) = events.next().await {
            match event {
                FleetEvent::Paused { account, .. } => told.push(format!("{account} sleeps")),
                FleetEvent::Resumed { account } => told.push(format!("{account} is awake")),
                FleetEvent::Ended(followed) => told.push(format!("{} ended", followed.tag)),
                _ => {}
            }
        }
        told
    });
    let told = told.unwrap();
    assert_eq!(told[..2], ["n1 sleeps", "n1 is awake"]);
    assert_eq!(told.len(), 5);
}

#[test]
fn a_probe_that_nobody_answers_uses_up_no_patience() {
    let clock = VirtualClock::new(start());
    // Nobody answers for a while in the middle of the sleep.
    let world = World { down: vec![("n", 200_000, 1_000_000)], ..asleep() };
    let source = world.on(&clock);
    let mut fleet = Fleet::new(source, Arc::new(clock.clone())).holding_accounts();
    let pace = Pace::from(Policy::fixed(ms(1_000), ms(20_000)).unwrap());
    for number in 0..3 {
        fleet.add(number, task("n1", number, 5_000, false, start()), pace.clone());
    }
    let ends = clock.simulate(fleet.wait_all()).unwrap();
    assert_eq!(ends.len(), 3);
    assert!(ends.iter().all(|followed| matches!(followed.outcome, Outcome::Completed(_))), "{ends:?}");
}
