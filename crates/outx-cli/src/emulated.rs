//! The embedded service of an emulated run: its state lives in the store beside the run.

use crate::fault::Fault;
use outx_flow::RunId;
use outx_model::{AccountId, ContentHash};
use outx_poller::Policy;
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_store::Store;
use outx_transport::{ApiKey, Client, FakeTransport, SystemClock};
use std::sync::Arc;
use std::time::Duration;

/// What an emulated run says first and last.
pub(crate) const NOTICE: &str = "EMULATED, nothing was sent";

/// Tasks take about a second: long enough to see them work, short enough to wait for.
const LATENCY: LatencyLaw =
    LatencyLaw::Uniform { from: Duration::from_millis(600), to: Duration::from_millis(1_400) };

/// The account of an emulated run: its own, so that its ledger never meets a real one.
pub(crate) fn account(run: &RunId) -> AccountId {
    AccountId::from(format!("emulated-{run}"))
}

/// Polling that suits tasks of about a second.
pub(crate) fn poll() -> Policy {
    let ms = Duration::from_millis;
    Policy::delay_then_fixed(ms(500), ms(200), Duration::from_mins(1)).unwrap_or_default()
}

/// A client of the run's own service, with the state that it had.
pub(crate) async fn client(store: &Store, run: &RunId) -> Result<Client, Fault> {
    let config = ServiceConfig {
        latency: LATENCY,
        id_seed: ContentHash::of_bytes(run.as_str().as_bytes()).seed(),
        ..ServiceConfig::default()
    };
    let service = Arc::new(store.service(run.as_str()));
    let host = Host::open(config, service)
        .await
        .map_err(|error| Fault::new(crate::Exit::Internal, error.to_string(), ""))?;
    let clock = Arc::new(SystemClock);
    let transport = FakeTransport::new(Arc::new(host), clock.clone());
    let key = ApiKey::new("emulated").ok();
    Ok(Client::new(Arc::new(transport), clock, account(run), key))
}

/// A client of an embedded service that is new, for whoever only looks whether it answers.
pub(crate) fn client_for_a_look() -> Result<Client, Fault> {
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let key = ApiKey::new("emulated").map_err(|why| Fault::new(crate::Exit::Internal, why, ""))?;
    let transport = Arc::new(FakeTransport::new(host, clock.clone()));
    Ok(Client::new(transport, clock, AccountId::from("emulated"), Some(key)))
}

/// A client that reaches nobody, for commands that only read what is kept.
pub(crate) fn idle_client(account: &AccountId) -> Client {
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    Client::new(Arc::new(FakeTransport::new(host, clock.clone())), clock, account.clone(), None)
}
