//! A policy of one's own: results are wanted at the full minute, when a report goes out, and then not before the next. What
//! is asked about a task, how errors are waited out, and the terms that a policy takes are the same as for any other.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use jiff::Timestamp;
use outx_model::{AccountId, FetchProfile};
use outx_poller::{Event, Pacing, Poller, Progress, Verdict, clipped, deadline_after};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, VirtualClock};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Asks two seconds before each full minute, for ten minutes.
#[derive(Debug)]
struct BeforeTheMinute;

impl Pacing for BeforeTheMinute {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        // The next second whose number in its minute is 58.
        let second = now.as_second() + 1;
        let moment = Timestamp::from_second(second + (58 - second).rem_euclid(60)).unwrap_or(now);
        clipped(moment, self.deadline(progress), now)
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        Some(deadline_after(progress, Duration::from_mins(10)))
    }

    fn pause(&self) -> Duration {
        Duration::from_mins(1)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = VirtualClock::new("2026-03-02T09:00:15Z".parse()?);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let latency = LatencyLaw::Fixed(Duration::from_secs(150));
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host, shared.clone()));
    let key = ApiKey::new("any-key")?;
    let client = Arc::new(Client::new(transport, shared.clone(), AccountId::from("mine"), Some(key)));

    clock.simulate(async {
        let input = FetchProfile { profile_slug: "ada-lovelace".into() };
        let Created::Accepted(ticket) = client.create_typed(&input).await? else {
            return Err("the task was not accepted".into());
        };
        let poller = Poller::new(client.clone(), shared.clone(), BeforeTheMinute.jittered());
        let mut following = poller.begin(ticket);
        while let Some(event) = following.next().await {
            match event {
                Event::Polled { phase, next, .. } => println!("{}: {phase:?}, again at {next}", shared.now()),
                Event::Done(followed) => println!("{}: {} polls", shared.now(), followed.polls),
                other => println!("{}: {other:?}", shared.now()),
            }
        }
        Ok(())
    })?
}
