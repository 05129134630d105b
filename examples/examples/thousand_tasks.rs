//! A thousand tasks in one fleet, with what is shown of them while they run. In virtual time, so that the minutes pass at once;
//! an outage is part of it.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use futures_util::StreamExt;
use jiff::Timestamp;
use outx_model::{AccountId, Endpoint};
use outx_poller::{Fleet, FleetEvent, Outcome, Pace, Phase, Policy};
use outx_service::{Fault, Host, Injection, LatencyLaw, On, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, VirtualClock};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const TASKS: usize = 1_000;
/// A real program shows each second; here a line for each fifteen.
const SHOWN_EVERY: Duration = Duration::from_secs(15);

fn main() -> Result<(), Box<dyn Error>> {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(10), to: Duration::from_mins(1) };
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host.clone(), shared.clone()));
    let key = ApiKey::new("any-key")?;
    let client = Arc::new(Client::new(transport, shared.clone(), AccountId::from("mine"), Some(key)));

    let counts = clock.simulate(async {
        // No more than fifty polls a second: not enough for all, so that the likely ends are looked for first.
        let mut fleet = Fleet::new(client.clone(), shared.clone()).with_rate(50, 10);
        let pace = Pace::from(Policy::default());
        for number in 0..TASKS {
            let input = json!({ "profile_slug": format!("person-{number}") });
            if let Created::Accepted(ticket) = client.create(Endpoint::FetchProfile, &input).await {
                fleet.add(number, ticket, pace.clone());
            }
        }
        // The first polls find nobody: after ten of them nothing more is asked but a probe now and then.
        host.inject(Injection { on: On::Poll, fault: Fault::NotSent, times: 11 });
        let (mut done, mut phases) = (0, BTreeMap::new());
        let mut shown = shared.now() + SHOWN_EVERY;
        let mut events = fleet.events();
        while let Some(event) = events.next().await {
            match event {
                FleetEvent::Polled(polled) => drop(phases.insert(polled.seat, polled.progress.phase())),
                FleetEvent::Ended(followed) => {
                    done += usize::from(matches!(followed.outcome, Outcome::Completed(_)));
                }
                FleetEvent::Down { until, .. } => println!("nobody answers; tried again at {until}"),
                FleetEvent::Up { .. } => println!("it answers again"),
                _ => {}
            }
            if shared.now() >= shown {
                shown = shared.now() + SHOWN_EVERY;
                let seen = phases.values().filter(|phase| **phase != Phase::Unseen).count();
                println!("{} {}  {done} done, {seen} seen", shared.now(), bar(done));
            }
        }
        *fleet.counts()
    })?;
    let mean = counts.latency_bound.checked_div(u32::try_from(counts.ended)?).unwrap_or_default();
    println!("{} done with {} polls, each found within {mean:.1?} on average", counts.ended, counts.polls);
    Ok(())
}

fn bar(done: usize) -> String {
    let full = done * 40 / TASKS;
    format!("[{}{}]", "#".repeat(full), ".".repeat(40 - full))
}
