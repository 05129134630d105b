//! The driver for one ticket.

use crate::support::{Scripted, completed, no_answer, pending, start, ticket};
use outx_poller::{Outcome, Pause, Policy, Poller};
use outx_transport::{Clock, ErrorKind, VirtualClock};
use serde_json::json;
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
