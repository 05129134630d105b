//! How much room a pending ticket takes.

use crate::fleet::ms;
use crate::fleet::world::{World, task};
use crate::support::start;
use futures_util::FutureExt;
use outx_poller::{Fleet, Pace, Policy};
use outx_transport::{Clock, VirtualClock};
use std::sync::Arc;
use std::time::Duration;

const TICKETS: usize = 20_000;

/// The bytes that each of many tickets takes beside its id, with nothing asked yet; after a round of polls; and while all
/// are due.
#[test]
fn a_pending_ticket_takes_at_most_200_bytes() {
    let clock = VirtualClock::new(start());
    let source = World::default().on(&clock);
    let pace = Pace::from(Policy::fixed(ms(5_000), Duration::from_hours(1)).unwrap());
    let mut fleet: Fleet<usize> = Fleet::new(source, Arc::new(clock.clone())).with_rate(1_000_000, 1_000_000);
    let mut text = 0;
    let added = allocation_counter::measure(|| {
        for number in 0..TICKETS {
            let ticket = task("n1", number, 1_000_000_000, false, start());
            text += ticket.id.as_str().len();
            fleet.add(number, ticket, pace.clone());
        }
    });
    let each = |bytes: i64| (bytes - i64::try_from(text).unwrap()) as f64 / TICKETS as f64;
    let waiting = each(added.bytes_current);
    assert!(waiting <= 200.0, "{waiting:.1} bytes while waiting for the first poll");
    // Half of it and more: else this measures something else.
    assert!(waiting > 100.0, "{waiting:.1} bytes");
    // The budget suffices for none of them: all are due.
    let mut poor: Fleet<usize> = fleet.with_rate(1, 1);
    let due = allocation_counter::measure(|| {
        clock.advance(ms(60_000));
        assert!(poor.next().now_or_never().is_none());
    });
    let due = each(added.bytes_current + due.bytes_current);
    assert!(due <= 200.0, "{due:.1} bytes while due");
    assert!(clock.now() > start());
}
