//! A service with canaries in it, on a port, with its door and its records on disk.

use super::haystack::Haystack;
use super::needle::Needle;
use crate::support::{Heard, ask};
use outx_emulator::{AdminDoor, Emulator, EmulatorClock};
use outx_model::AccountId;
use outx_service::{Fault, Host, Injection, On, ServiceConfig, TeamConfig};
use outx_store::{Mode, Store, StoreService};
use outx_transport::{ApiKey, Client, Context, FakeTransport, HttpTransport, SystemClock, Transport};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The key of the team that is there from the beginning.
pub(super) const KEY: &str = "outx_canary-7f3e9a55c0de";
/// The token of the door.
pub(super) const TOKEN: &str = "token_canary-41c7b2d9e8f0";

pub(super) struct Stage {
    pub(super) host: Arc<Host>,
    pub(super) store: StoreService,
    pub(super) url: String,
    pub(super) door: String,
    pub(super) shown: Haystack,
}

impl Stage {
    /// `number` makes codes and keys that no other stage has.
    pub(super) async fn start(folder: &Path, number: u64) -> Self {
        let config = ServiceConfig {
            teams: vec![TeamConfig::new("canary", KEY)],
            id_seed: number,
            ..ServiceConfig::default()
        };
        let mut shown = Haystack::default();
        shown.value("config", &config);
        let store = Store::open(&folder.join(format!("service-{number}.db")), Mode::Threaded).unwrap();
        let store = store.service("canary");
        let host = Arc::new(Host::open(config, Arc::new(store.clone())).await.unwrap());
        let clock = EmulatorClock::new(Arc::new(SystemClock), host.last_moment(), 1);
        let any_port = ([127, 0, 0, 1], 0).into();
        let emulator = Emulator::bind(any_port, host.clone(), Arc::new(clock.clone())).await.unwrap();
        let door = AdminDoor::bind(0, TOKEN.into(), host.clone(), clock.clone()).await.unwrap();
        shown.value("servers", &(&emulator, &door, &clock, &store));
        let url = format!("http://{}", emulator.local_addr());
        let address = door.local_addr().to_string();
        tokio::spawn(emulator.serve(std::future::pending()));
        tokio::spawn(door.serve(std::future::pending()));
        Self { host, store, url, door: address, shown }
    }

    /// From now on this happens to every request.
    pub(super) fn always(&self, fault: Fault) {
        self.host.inject(Injection { on: On::Any, fault, times: u32::MAX });
    }

    pub(super) fn http(&self) -> Arc<HttpTransport> {
        Arc::new(HttpTransport::new(&self.url).unwrap())
    }

    pub(super) fn fake(&self) -> Arc<FakeTransport> {
        Arc::new(FakeTransport::new(self.host.clone(), Arc::new(SystemClock)))
    }

    /// The code that was mailed last, as only the tester can know it.
    pub(super) fn mailed(&self) -> Option<String> {
        self.host.with(|service| service.mails().last().map(|mail| mail.code.clone()))
    }

    /// One request at the door; with a wrong token if it is told so.
    pub(super) fn ask(&self, token: &str, method: &str, target: &str, body: &str) -> Heard {
        ask(&self.door, method, target, &[format!("authorization: Bearer {token}")], body).unwrap()
    }
}

/// A client with the canary, which waits as long as a test can.
pub(super) fn client(transport: Arc<dyn Transport>) -> Client {
    with_key(transport, KEY).with_timeout(Context::TIMEOUT)
}

/// A client that gives up early, because the answers do not come.
pub(super) fn hasty(transport: Arc<dyn Transport>) -> Client {
    with_key(transport, KEY).with_timeout(Duration::from_millis(20))
}

pub(super) fn with_key(transport: Arc<dyn Transport>, key: &str) -> Client {
    let key = ApiKey::new(key).unwrap();
    // Whoever waits because the service says so waits a thousandth of it.
    let clock = EmulatorClock::new(Arc::new(SystemClock), None, 1_000);
    Client::new(transport, Arc::new(clock), AccountId::from("canary"), Some(key))
}

/// The secrets that are there from the beginning.
pub(super) fn planted() -> Vec<Needle> {
    vec![Needle::new("the key", KEY), Needle::new("the admin token", TOKEN)]
}
