//! The service with a witness before it, and a machine's clock that can be set.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use outx_model::{Endpoint, Method, TaskId};
use outx_transport::{Clock, Context, Request, Response, Transport, TransportError};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A create that reached the service.
#[derive(Debug, Clone)]
pub(super) struct Create {
    pub(super) endpoint: Endpoint,
    /// The task that came of it.
    pub(super) task: Option<TaskId>,
}

/// Sees what reaches the service, and can keep answers back.
pub(super) struct Service {
    pub(super) way: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    creates: Mutex<Vec<Create>>,
    requests: AtomicUsize,
    holds: AtomicBool,
}

impl Service {
    pub(super) fn new(way: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let (creates, requests, holds) = Default::default();
        Self { way, clock, creates, requests, holds }
    }

    /// All creates that reached it, in order.
    pub(super) fn creates(&self) -> Vec<Create> {
        self.lock().clone()
    }

    /// The creates of an endpoint.
    pub(super) fn of(&self, endpoint: Endpoint) -> Vec<Create> {
        self.lock().iter().filter(|create| create.endpoint == endpoint).cloned().collect()
    }

    /// How many requests of any sort reached it.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(SeqCst)
    }

    /// Keeps the answers of creates back, or lets them go.
    pub(super) fn hold(&self, holds: bool) {
        self.holds.store(holds, SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Create>> {
        self.creates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Service {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        self.requests.fetch_add(1, SeqCst);
        let answer = self.way.send(request, context).await;
        let endpoint = Endpoint::from_path(&request.path).filter(|_| request.method == Method::Post);
        if let Some(endpoint) = endpoint {
            let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
            let task = answer
                .as_ref()
                .ok()
                .and_then(|answer| json(&answer.body)["api_agent_task_id"].as_str().map(TaskId::from));
            self.lock().push(Create { endpoint, task });
            while self.holds.load(SeqCst) {
                self.clock.sleep_until(self.clock.now() + Duration::from_secs(1)).await;
            }
        }
        answer
    }
}

/// The clock of the machine, which can be set; the time at the service goes on.
#[derive(Clone)]
pub(super) struct Shown {
    truth: Arc<dyn Clock>,
    ahead: Arc<Mutex<SignedDuration>>,
}

impl Shown {
    pub(super) fn new(truth: Arc<dyn Clock>) -> Self {
        Self { truth, ahead: Arc::default() }
    }

    /// Sets it by so much.
    pub(super) fn set(&self, by: SignedDuration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }

    fn ahead(&self) -> SignedDuration {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        let now = self.truth.now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()> {
        self.truth.sleep_until(moment.checked_sub(self.ahead()).unwrap_or(moment))
    }
}
