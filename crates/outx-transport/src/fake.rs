//! A transport without a network: the service's model behind the seam, with faults on demand.

use crate::clock::Clock;
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{Call, Endpoint, Proof, STATUS_PATH};
use outx_service::{Delivery, Fault, Host, Injection, On};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Requests go to a [`Host`] in the same process. It works on any executor, also in
/// [`VirtualClock::simulate`](crate::VirtualClock::simulate).
///
/// Each scripted fault happens to one request and is gone then; requests without one are simply answered.
pub struct FakeTransport {
    host: Arc<Host>,
    clock: Arc<dyn Clock>,
    /// Requests by endpoint, then polls, then all others; also those that a fault befell.
    seen: [AtomicU64; POLLS + 2],
}

/// The place of polls in the counts, after the endpoints.
const POLLS: usize = Endpoint::ALL.len();

impl FakeTransport {
    /// A transport to a service; the clock tells the service the time.
    pub fn new(host: Arc<Host>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock, seen: Default::default() }
    }

    /// The service behind it.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Lets a fault happen to the next request, whichever it is. Faults queue; those for one endpoint come
    /// first.
    pub fn script(&self, fault: Fault) {
        self.host.inject(Injection { on: On::Any, fault, times: 1 });
    }

    /// Lets a fault happen to the next create of an endpoint.
    pub fn script_create(&self, endpoint: impl Into<Call>, fault: Fault) {
        self.host.inject(Injection { on: On::Create(endpoint.into()), fault, times: 1 });
    }

    /// Lets a fault happen to the next poll.
    pub fn script_poll(&self, fault: Fault) {
        self.host.inject(Injection { on: On::Poll, fault, times: 1 });
    }

    /// How many requests were sent, those included that a fault befell.
    pub fn requests(&self) -> u64 {
        self.seen.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// How many creates of an endpoint were sent.
    pub fn creates(&self, endpoint: Endpoint) -> u64 {
        self.seen[endpoint as usize].load(Relaxed)
    }

    /// How many polls were sent.
    pub fn polls(&self) -> u64 {
        self.seen[POLLS].load(Relaxed)
    }

    fn count(&self, path: &str) {
        let place = match Endpoint::from_path(path) {
            _ if path == STATUS_PATH => POLLS,
            Some(endpoint) => endpoint as usize,
            None => POLLS + 1,
        };
        self.seen[place].fetch_add(1, Relaxed);
    }

    async fn pause(&self, pause: Duration) {
        self.clock.sleep_until(self.clock.now().checked_add(pause).unwrap_or(Timestamp::MAX)).await;
    }
}

#[async_trait]
impl Transport for FakeTransport {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        self.count(&request.path);
        let request = outx_service::Request {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            key: context.key.as_ref().map(|key| key.expose().to_owned()),
            body: request.body.clone().unwrap_or_default(),
        };
        let maybe = |kind, message| TransportError::new(kind, Sent::Maybe, message);
        match self.host.handle(&request, self.clock.now()).await {
            Delivery::Answer(answer) => Ok(answer),
            Delivery::Late(pause, answer) if pause < context.timeout => {
                self.pause(pause).await;
                Ok(answer)
            }
            Delivery::Late(..) | Delivery::Silent => {
                self.pause(context.timeout).await;
                Err(maybe(ErrorKind::Timeout, "no answer came in time"))
            }
            Delivery::Cut(_) => {
                let message = "the connection broke within the answer";
                Err(maybe(ErrorKind::Broken, message).with_answered(true))
            }
            Delivery::Broken => Err(maybe(ErrorKind::Broken, "the connection broke before an answer came")),
            Delivery::Unreachable => {
                let sent = Sent::No(Proof::NoConnection);
                Err(TransportError::new(ErrorKind::Connect, sent, "no connection could be made"))
            }
        }
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeTransport").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
