//! The driver for many tickets.

mod chaos;
mod circuit;
mod hold;
mod laws;
mod memory;
mod order;
mod share;
mod streams;
mod world;

use crate::cutting::cut;
use crate::support::{Scripted, completed, pending, start, ticket};
use jiff::Timestamp;
use outx_model::{AccountId, TaskId, Ticket};
use outx_poller::{Fleet, Outcome, Policy};
use outx_transport::{Clock, VirtualClock};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A source whose tasks end so many milliseconds after their creation as their id ends with.
fn source(clock: &VirtualClock, round_trip: Duration) -> Arc<Scripted> {
    Scripted::new(clock, round_trip, |ticket, _, now| {
        let takes = ticket.id.as_str().rsplit('-').next().unwrap().parse().unwrap();
        if now >= ticket.created_at + ms(takes) { completed() } else { pending() }
    })
}

fn of_account(account: &str, id: &str) -> Ticket {
    Ticket { account: AccountId::new(account), ..ticket(id) }
}

/// Takes all that a fleet gives, each `next` living for so many polls; how often one was dropped.
fn drain(clock: &VirtualClock, fleet: &mut Fleet<usize>, lives: &[usize]) -> (Vec<usize>, usize) {
    let mut lives = lives.iter().copied().chain(std::iter::repeat(usize::MAX));
    let taken = async {
        let (mut tags, mut dropped) = (Vec::new(), 0);
        loop {
            let life = lives.next().unwrap_or(usize::MAX);
            match cut(fleet.next(), life).await {
                None => dropped += 1,
                Some(None) => return (tags, dropped),
                Some(Some(followed)) => {
                    assert!(followed.outcome.is_end(), "{:?}", followed.outcome);
                    tags.push(followed.tag);
                }
            }
        }
    };
    clock.simulate(pin!(taken)).unwrap()
}

fn fast() -> Policy {
    Policy::fixed(ms(100), Duration::from_mins(5)).unwrap()
}

#[test]
fn an_empty_fleet_has_nothing_to_wait_for() {
    let clock = VirtualClock::new(start());
    let mut fleet: Fleet<()> = Fleet::new(source(&clock, ms(0)), Arc::new(clock.clone()));
    assert_eq!(clock.simulate(fleet.next()).unwrap(), None);
    assert_eq!(fleet.len(), 0);
}

#[test]
fn tickets_come_back_as_their_tasks_end() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(source(&clock, ms(10)), Arc::new(clock.clone()));
    for (tag, takes) in [3_000, 1_000, 2_000].into_iter().enumerate() {
        fleet.add(tag, ticket(&format!("t{tag}-{takes}")), fast());
    }
    assert_eq!(fleet.len(), 3);
    assert_eq!(drain(&clock, &mut fleet, &[]).0, [1, 2, 0]);
    assert!(fleet.is_empty());
}

#[test]
fn equal_moments_are_asked_about_in_the_order_of_adding() {
    let clock = VirtualClock::new(start());
    let source = source(&clock, ms(10));
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).with_max_in_flight(2);
    for tag in 0..6 {
        fleet.add(tag, ticket(&format!("t{tag}-0")), fast());
    }
    assert_eq!(drain(&clock, &mut fleet, &[]).0, [0, 1, 2, 3, 4, 5]);
    let asked: Vec<_> = source.polls().into_iter().map(|(_, task)| task).collect();
    assert_eq!(asked, [0, 1, 2, 3, 4, 5].map(|tag| TaskId::from(format!("t{tag}-0"))));
    assert_eq!(source.polled_ms(), [0, 0, 10, 10, 20, 20]);
}

#[test]
fn a_ticket_that_is_added_later_is_asked_about_in_its_turn() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(source(&clock, ms(0)), Arc::new(clock.clone()));
    fleet.add(0, ticket("slow-5000"), fast());
    // Dropped while it sleeps: the new ticket must not wait for the old one's moment.
    let cut = clock.simulate(cut(fleet.next(), 1)).unwrap();
    assert_eq!(cut, None);
    let before = clock.now();
    fleet.add(1, ticket("quick-0"), fast());
    let first = clock.simulate(fleet.next()).unwrap().unwrap();
    assert_eq!((first.tag, clock.now()), (1, before));
    assert_eq!(drain(&clock, &mut fleet, &[]).0, [0]);
}

#[test]
fn a_dropped_next_loses_nothing_wherever_it_is_dropped() {
    let tickets = [900, 0, 250, 250, 1_700];
    let mut cuts = 0;
    for wake in 1..200 {
        let clock = VirtualClock::new(start());
        let mut fleet = Fleet::new(source(&clock, ms(30)), Arc::new(clock.clone()))
            .with_max_in_flight(2)
            .with_rate(50, 1);
        for (tag, takes) in tickets.into_iter().enumerate() {
            fleet.add(tag, ticket(&format!("t{tag}-{takes}")), fast());
        }
        let (mut tags, dropped) = drain(&clock, &mut fleet, &[wake]);
        tags.sort_unstable();
        assert_eq!(tags, [0, 1, 2, 3, 4], "dropped at wake {wake}");
        cuts += dropped;
    }
    assert!(cuts > 3, "only {cuts} were dropped: the test shows nothing");
    // And dropped at every single one.
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(source(&clock, ms(30)), Arc::new(clock.clone())).with_max_in_flight(2);
    for (tag, takes) in tickets.into_iter().enumerate() {
        fleet.add(tag, ticket(&format!("t{tag}-{takes}")), fast());
    }
    let (mut tags, dropped) = drain(&clock, &mut fleet, &[1; 1_000]);
    tags.sort_unstable();
    assert_eq!(tags, [0, 1, 2, 3, 4]);
    assert!(dropped > 20, "only {dropped} were dropped");
}

#[test]
fn one_account_does_not_hold_up_another() {
    let clock = VirtualClock::new(start());
    let source = source(&clock, ms(10));
    let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone())).with_max_in_flight(1);
    for tag in 0..50 {
        fleet.add(tag, of_account("crowd", &format!("crowd{tag}-0")), fast());
    }
    fleet.add(50, of_account("single", "single-0"), fast());
    let (tags, _) = drain(&clock, &mut fleet, &[]);
    let place = tags.iter().position(|tag| *tag == 50).unwrap();
    assert!(place <= 2, "it came back as number {place}");
}

#[test]
fn patience_in_a_fleet_keeps_the_ticket() {
    let clock = VirtualClock::new(start());
    let mut fleet = Fleet::new(source(&clock, ms(0)), Arc::new(clock.clone()));
    let asleep = ticket("asleep-99999999");
    fleet.add("tag", asleep.clone(), Policy::fixed(ms(700), ms(1_000)).unwrap());
    let followed = clock.simulate(fleet.next()).unwrap().unwrap();
    assert_eq!((followed.tag, followed.ticket, followed.polls), ("tag", asleep, 3));
    assert!(matches!(followed.outcome, Outcome::StillPending(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_ticket_comes_back_once_within_the_limits(
        tickets in prop::collection::vec((0..3_u8, 0..4_000_u64), 1..30),
        round_trip in 0..80_u64,
        most in 1..6_usize,
        per_second in 5..200_u32,
        together in 1..5_u32,
        lives in prop::collection::vec(1..4_usize, 0..40),
    ) {
        let clock = VirtualClock::new(start());
        let source = source(&clock, ms(round_trip));
        let mut fleet = Fleet::new(source.clone(), Arc::new(clock.clone()))
            .with_max_in_flight(most)
            .with_rate(per_second, together);
        let mut accounts = BTreeMap::new();
        for (tag, (account, takes)) in tickets.iter().enumerate() {
            let ticket = of_account(&format!("account-{account}"), &format!("t{tag}-{takes}"));
            accounts.insert(ticket.id.clone(), *account);
            fleet.add(tag, ticket, fast());
        }
        let (mut tags, _) = drain(&clock, &mut fleet, &lives);
        tags.sort_unstable();
        prop_assert_eq!(tags, (0..tickets.len()).collect::<Vec<_>>());
        prop_assert!(source.most_in_flight() <= most);

        let mut by_task: BTreeMap<TaskId, Vec<Timestamp>> = BTreeMap::new();
        let mut by_account: BTreeMap<u8, Vec<Timestamp>> = BTreeMap::new();
        for (moment, task) in source.polls() {
            by_account.entry(accounts[&task]).or_default().push(moment);
            by_task.entry(task).or_default().push(moment);
        }
        for polls in by_task.values() {
            prop_assert!(polls.windows(2).all(|pair| pair[1] >= pair[0] + ms(100)));
        }
        // Of an account's starts, any `together + 1` in a row take at least the time of one.
        let each = Duration::from_secs(1) / per_second;
        for starts in by_account.values() {
            let rows = starts.windows(together as usize + 1);
            prop_assert!(rows.into_iter().all(|row| row[together as usize] >= row[0] + each));
        }
    }
}
