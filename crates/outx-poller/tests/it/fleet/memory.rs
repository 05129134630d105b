//! How much room a pending ticket takes.

use crate::fleet::ms;
use crate::fleet::world::task;
use crate::support::start;
use futures_util::FutureExt;
use futures_util::future::select;
use outx_model::Ticket;
use outx_poller::{Fleet, Pace, Phase, Policy, Seen, Source};
use outx_transport::{Clock, VirtualClock};
use serde_json::Value;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const TICKETS: usize = 20_000;

/// No task ends, and nothing is remembered.
struct Alive;

#[async_trait::async_trait]
impl Source for Alive {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, _: &Ticket) -> Seen {
        Seen::Alive(Phase::Pending)
    }
}

/// The bytes that each of many tickets takes beside its id, with nothing asked yet; after a round of polls; and while all
/// are due.
#[test]
fn a_pending_ticket_takes_at_most_200_bytes() {
    let clock = VirtualClock::new(start());
    // Jitter spreads them, so that the queue is filled in no order.
    let pace = Pace::from(Policy::fixed(ms(5_000), Duration::from_hours(1)).unwrap().with_jitter());
    let mut fleet: Fleet<usize> =
        Fleet::new(Arc::new(Alive), Arc::new(clock.clone())).with_rate(1_000_000, 1_000_000);
    let mut text = 0;
    let added = allocation_counter::measure(|| {
        for number in 0..TICKETS {
            let ticket = task("n1", number, 1_000_000_000, false, start());
            text += ticket.id.as_str().len();
            fleet.add(number, ticket, pace.clone());
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let each = |bytes: i64| (bytes - i64::try_from(text).unwrap()) as f64 / TICKETS as f64;
    let waiting = each(added.bytes_current);
    assert!(waiting <= 200.0, "{waiting:.1} bytes while waiting for the first poll");
    // Half of it and more: else this measures something else.
    assert!(waiting > 100.0, "{waiting:.1} bytes");
    let polled = allocation_counter::measure(|| {
        let round = async {
            let until = clock.now() + ms(12_000);
            select(pin!(fleet.next()), clock.sleep_until(until)).await;
        };
        clock.simulate(pin!(round)).unwrap();
    });
    assert!(fleet.counts().polls > 2 * TICKETS as u64, "{:?}", fleet.counts());
    let rest = added.bytes_current + polled.bytes_current;
    assert!(each(rest) <= 200.0, "{:.1} bytes after some rounds", each(rest));
    // The budget suffices for one of them: all others are due, and ranked.
    let mut poor = fleet.with_rate(1, 1);
    let due = allocation_counter::measure(|| {
        clock.advance(ms(7_000));
        assert!(poor.next().now_or_never().is_none());
    });
    let due = each(rest + due.bytes_current);
    assert!(due <= 200.0, "{due:.1} bytes while due");
}
