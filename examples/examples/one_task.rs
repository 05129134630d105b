//! Creates one task and waits for its end, against the fake. Put `HttpTransport::new(url)` in its place, and the same
//! lines speak to the real API.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_model::{AccountId, FetchProfile};
use outx_poller::{Policy, Poller};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{Client, Created, FakeTransport, SystemClock};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let latency = LatencyLaw::Fixed(Duration::from_millis(300));
    let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
    let transport = Arc::new(FakeTransport::new(host, clock.clone()));
    let key = outx_transport::ApiKey::new("any-key")?;
    let client = Arc::new(Client::new(transport, clock.clone(), AccountId::from("mine"), Some(key)));

    let input = FetchProfile { profile_slug: "https://www.linkedin.com/in/ada-lovelace/".into() };
    let Created::Accepted(ticket) = client.create_typed(&input).await? else {
        return Err("the task was not accepted".into());
    };
    println!("task {}", ticket.id);
    let every = Duration::from_millis(100);
    let policy = Policy::delay_then_fixed(every, every, Duration::from_secs(10))?;
    let followed = Poller::new(client, clock, policy).follow(&ticket).await;
    println!("after {} polls: {:?}", followed.polls, followed.outcome);
    Ok(())
}
