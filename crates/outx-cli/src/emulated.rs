//! The embedded service of an emulated run: its state lives in the store beside the run.

use crate::fault::Fault;
use crate::{Exit, given};
use outx_flow::RunId;
use outx_model::{AccountId, ContentHash};
use outx_poller::Policy;
use outx_service::{CommandError, Host, LatencyLaw, Scenario, ScenarioError, ServiceConfig};
use outx_store::Store;
use outx_transport::{ApiKey, Client, Clock, FakeTransport, SystemClock};
use serde_json::Value;
use std::path::Path;
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

/// A scenario file, as it stands there and as it is understood; all that is wrong with it is said at once.
pub(crate) fn scenario(path: &Path) -> Result<(Value, Scenario), Fault> {
    let written = given::yaml(path)?;
    let read = Scenario::read(&written).map_err(|error| unusable(path, &error))?;
    Ok((written, read))
}

fn unusable(path: &Path, error: &ScenarioError) -> Fault {
    let mut lines = String::new();
    for problem in &error.problems {
        lines.extend(["error: ", &path.display().to_string(), ": ", &problem.to_string(), "\n"]);
    }
    Fault::rendered(Exit::Usage, &lines)
}

/// A scenario file of a run, which is kept with it.
pub(crate) fn kept_scenario(path: &Path) -> Result<Value, Fault> {
    let (written, read) = scenario(path)?;
    read.keepable().map_err(|error| unusable(path, &error))?;
    Ok(written)
}

/// A client of the service of a run that is new, which behaves as a scenario says for as long as the run is there.
pub(crate) async fn client_with(scenario: &Path, store: &Store, run: &RunId) -> Result<Client, Fault> {
    let written = kept_scenario(scenario)?;
    let host = host(store, run).await?;
    host.begin_with(&written, SystemClock.now()).await.map_err(|error| match error {
        CommandError::Unusable(error) => unusable(scenario, &error),
        other => Fault::new(Exit::Internal, other.to_string(), ""),
    })?;
    Ok(client_of(host, run))
}

/// A client of the run's own service, with the state that it had.
pub(crate) async fn client(store: &Store, run: &RunId) -> Result<Client, Fault> {
    Ok(client_of(host(store, run).await?, run))
}

async fn host(store: &Store, run: &RunId) -> Result<Host, Fault> {
    let config = ServiceConfig {
        latency: LATENCY,
        id_seed: ContentHash::of_bytes(run.as_str().as_bytes()).seed(),
        ..ServiceConfig::default()
    };
    let service = Arc::new(store.service(run.as_str()));
    Host::open(config, service).await.map_err(|error| Fault::new(Exit::Internal, error.to_string(), ""))
}

fn client_of(host: Host, run: &RunId) -> Client {
    let clock = Arc::new(SystemClock);
    let transport = FakeTransport::new(Arc::new(host), clock.clone());
    let key = ApiKey::new("emulated").ok();
    Client::new(Arc::new(transport), clock, account(run), key)
}

/// A client of an embedded service that is new, for whoever only looks whether it answers.
pub(crate) fn client_for_a_look() -> Result<Client, Fault> {
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let key = ApiKey::new("emulated").map_err(|why| Fault::new(Exit::Internal, why, ""))?;
    let transport = Arc::new(FakeTransport::new(host, clock.clone()));
    Ok(Client::new(transport, clock, AccountId::from("emulated"), Some(key)))
}

/// A client that reaches nobody, for commands that only read what is kept.
pub(crate) fn idle_client(account: &AccountId) -> Client {
    let clock = Arc::new(SystemClock);
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    Client::new(Arc::new(FakeTransport::new(host, clock.clone())), clock, account.clone(), None)
}
