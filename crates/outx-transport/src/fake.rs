//! A transport without a network: the service's model behind the seam, with faults on demand.

use crate::clock::Clock;
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use outx_model::{Endpoint, Proof, STATUS_PATH};
use outx_service::Host;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No connection can be made: the request does not reach the service, and that is proved.
    NotSent,
    /// The request reaches the service, and the connection breaks before its answer comes back.
    AnswerLost,
    /// The request reaches the service, and its answer does not come within the context's time-out. That
    /// time passes on the clock.
    Timeout,
    /// Something on the way answers with this status and body; the request does not reach the service.
    Status(u16, Bytes),
    /// As [`Fault::Status`], with headers.
    Answer(Response),
}

/// Requests go to a [`Host`] in the same process. It works on any executor, also in
/// [`VirtualClock::simulate`](crate::VirtualClock::simulate).
///
/// Each scripted fault happens to one request and is gone then; requests without one are simply answered.
pub struct FakeTransport {
    host: Arc<Host>,
    clock: Arc<dyn Clock>,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    /// Faults by path; those for any path are under nothing.
    faults: BTreeMap<Option<String>, VecDeque<Fault>>,
    /// Requests by path, also those that a fault befell.
    seen: BTreeMap<String, u64>,
}

impl FakeTransport {
    /// A transport to a service; the clock tells the service the time.
    pub fn new(host: Arc<Host>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock, script: Mutex::default() }
    }

    /// The service behind it.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Lets a fault happen to the next request, whichever it is. Faults queue; those for one endpoint come
    /// first.
    pub fn script(&self, fault: Fault) {
        self.queue(None, fault);
    }

    /// Lets a fault happen to the next create of an endpoint.
    pub fn script_create(&self, endpoint: Endpoint, fault: Fault) {
        self.queue(Some(endpoint.spec().path), fault);
    }

    /// Lets a fault happen to the next poll.
    pub fn script_poll(&self, fault: Fault) {
        self.queue(Some(STATUS_PATH), fault);
    }

    /// How many requests were sent, those included that a fault befell.
    pub fn requests(&self) -> u64 {
        self.lock().seen.values().sum()
    }

    /// How many creates of an endpoint were sent.
    pub fn creates(&self, endpoint: Endpoint) -> u64 {
        self.seen(endpoint.spec().path)
    }

    /// How many polls were sent.
    pub fn polls(&self) -> u64 {
        self.seen(STATUS_PATH)
    }

    fn seen(&self, path: &str) -> u64 {
        self.lock().seen.get(path).copied().unwrap_or(0)
    }

    fn queue(&self, path: Option<&str>, fault: Fault) {
        self.lock().faults.entry(path.map(str::to_owned)).or_default().push_back(fault);
    }

    /// Counts a request and takes the fault that is meant for it.
    fn fault(&self, path: &str) -> Option<Fault> {
        let mut script = self.lock();
        *script.seen.entry(path.to_owned()).or_default() += 1;
        let own = script.faults.get_mut(&Some(path.to_owned())).and_then(VecDeque::pop_front);
        own.or_else(|| script.faults.get_mut(&None)?.pop_front())
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: &Request, context: &Context) -> Response {
        let request = outx_service::Request {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            key: context.key.as_ref().map(|key| key.expose().to_owned()),
            body: request.body.as_deref().unwrap_or_default().to_vec(),
        };
        let answer = self.host.handle(&request, self.clock.now()).await;
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Response { status: answer.status, headers, body: Bytes::from(answer.body.to_string()) }
    }
}

#[async_trait]
impl Transport for FakeTransport {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let Some(fault) = self.fault(&request.path) else { return Ok(self.answer(request, context).await) };
        match fault {
            Fault::NotSent => {
                let sent = Sent::No(Proof::NoConnection);
                Err(TransportError::new(ErrorKind::Connect, sent, "no connection could be made"))
            }
            Fault::AnswerLost => {
                self.answer(request, context).await;
                let message = "the connection broke before an answer came";
                Err(TransportError::new(ErrorKind::Broken, Sent::Maybe, message))
            }
            Fault::Timeout => {
                self.answer(request, context).await;
                let end = self.clock.now().checked_add(context.timeout).unwrap_or(Timestamp::MAX);
                self.clock.sleep_until(end).await;
                Err(TransportError::new(ErrorKind::Timeout, Sent::Maybe, "no answer came in time"))
            }
            Fault::Status(status, body) => Ok(Response { status, headers: Vec::new(), body }),
            Fault::Answer(answer) => Ok(answer),
        }
    }
}

impl fmt::Debug for FakeTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeTransport").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
