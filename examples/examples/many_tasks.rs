//! Two hundred tasks in one fleet, in virtual time: minutes pass in milliseconds, and always in the same way.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use jiff::Timestamp;
use outx_model::{AccountId, Endpoint};
use outx_poller::{Fleet, Outcome, Policy};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, VirtualClock};
use serde_json::json;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(10), to: Duration::from_mins(1) };
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host, shared.clone()));
    let key = ApiKey::new("any-key")?;
    let client = Arc::new(Client::new(transport, shared.clone(), AccountId::from("mine"), Some(key)));

    let (done, polls) = clock.simulate(async {
        let mut fleet = Fleet::new(client.clone(), shared.clone());
        for number in 0..200 {
            let input = json!({ "profile_slug": format!("person-{number}") });
            if let Created::Accepted(ticket) = client.create(Endpoint::FetchProfile, &input).await {
                fleet.add(number, ticket, Policy::default());
            }
        }
        let (mut done, mut polls) = (0, 0);
        while let Some(followed) = fleet.next().await {
            done += usize::from(matches!(followed.outcome, Outcome::Completed(_)));
            polls += followed.polls;
        }
        (done, polls)
    })?;
    let took = shared.now().duration_since(Timestamp::UNIX_EPOCH);
    println!("{done} tasks done with {polls} polls in {took:#} of virtual time");
    Ok(())
}
