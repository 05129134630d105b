//! The service in this process, on loopback, with its request log in reach.

use outx_emulator::Emulator;
use outx_service::{Host, LatencyLaw, RequestRecord, ServiceConfig};
use outx_transport::SystemClock;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;

/// A service that answers until it is dropped.
pub(crate) struct Service {
    pub(crate) host: Arc<Host>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Tasks take so long.
    pub(crate) fn with_latency(latency: Duration) -> Self {
        Self::start(ServiceConfig { latency: LatencyLaw::Fixed(latency), ..ServiceConfig::default() }, 0)
    }

    /// Tasks are complete when they are first asked about.
    pub(crate) fn immediate() -> Self {
        Self::with_latency(Duration::ZERO)
    }

    pub(crate) fn start(config: ServiceConfig, port: u16) -> Self {
        let host = Arc::new(Host::in_memory(config));
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = mpsc::channel();
        let served = host.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                let emulator = bind(address, &served).await;
                bound.send(emulator.local_addr()).unwrap();
                // Connections that are still open are cut, so that nobody is waited for.
                tokio::select! {
                    served = emulator.serve(std::future::pending()) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let address = address.recv().unwrap();
        Self { host, address, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The request log.
    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.host.with(|service| service.requests().to_vec())
    }

    pub(crate) fn polls(&self) -> u64 {
        self.host.with(|service| service.polls())
    }

    /// Fails when anything at all was asked.
    #[track_caller]
    pub(crate) fn was_left_alone(&self) {
        assert!(self.requests().is_empty(), "asked: {:?}", self.requests());
        assert_eq!(self.polls(), 0);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// A port that was free may be the local end of somebody's connection for a moment.
async fn bind(address: SocketAddr, host: &Arc<Host>) -> Emulator {
    let mut wrong = None;
    for _ in 0..100 {
        match Emulator::bind(address, host.clone(), Arc::new(SystemClock)).await {
            Ok(emulator) => return emulator,
            Err(error) => wrong = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("cannot listen on {address}: {wrong:?}");
}

/// A port on which nothing listens now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
