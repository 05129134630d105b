//! The way to the service, on which a request lives on when its sender has died.

use super::dice::Dice;
use async_trait::async_trait;
use futures_util::future::{BoxFuture, Shared};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use outx_model::{Method, TaskId};
use outx_transport::{
    ChaosTransport, Clock, Context, ErrorKind, FakeTransport, Request, Response, Sent, Transport,
    TransportError, VirtualClock,
};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

/// No request is longer on its way than this.
pub(super) const LONGEST: Duration = Duration::from_millis(900);

type Answer = Mutex<Option<Result<Response, TransportError>>>;
type Journey = Shared<BoxFuture<'static, ()>>;

pub(super) struct Wire {
    service: Arc<FakeTransport>,
    clock: VirtualClock,
    seed: u64,
    sent: AtomicU64,
    under_way: Mutex<FuturesUnordered<Journey>>,
}

impl Wire {
    pub(super) fn new(service: Arc<FakeTransport>, clock: VirtualClock, seed: u64) -> Self {
        Self { service, clock, seed, sent: AtomicU64::new(0), under_way: Mutex::default() }
    }

    /// Lets what is under way go on.
    pub(super) fn go_on(&self, context: &mut std::task::Context<'_>) -> Poll<()> {
        let mut under_way = self.under_way.lock().unwrap();
        loop {
            match under_way.poll_next_unpin(context) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn at_rest(&self) {
        poll_fn(|context| self.go_on(context)).await;
    }

    async fn pause(&self, dice: &mut Dice) {
        pause(&self.clock, dice).await;
    }
}

async fn pause(clock: &VirtualClock, dice: &mut Dice) {
    let most = if dice.percent(15) { LONGEST } else { Duration::from_millis(20) };
    let takes = Duration::from_millis(dice.below(u64::try_from(most.as_millis()).unwrap()));
    clock.sleep_until(clock.now() + takes).await;
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let number = self.sent.fetch_add(1, Relaxed);
        let mut dice = Dice::new(self.seed ^ number << 16, 4);
        let answer = Arc::new(Answer::default());
        let journey = {
            let (clock, service) = (self.clock.clone(), self.service.clone());
            let (request, context) = (request.clone(), context.clone());
            let (sender, mut dice) = (Arc::downgrade(&answer), Dice::new(self.seed ^ number << 16, 5));
            let journey = async move {
                pause(&clock, &mut dice).await;
                // What was still in a buffer of the sender's machine dies with it.
                if sender.upgrade().is_none() && dice.percent(30) {
                    return;
                }
                let came = service.send(&request, &context).await;
                if let Some(answer) = sender.upgrade() {
                    *answer.lock().unwrap() = Some(came);
                }
            };
            journey.boxed().shared()
        };
        if request.method == Method::Post {
            self.under_way.lock().unwrap().push(journey.clone());
        }
        journey.await;
        self.pause(&mut dice).await;
        let came = answer.lock().unwrap().take();
        came.unwrap()
    }
}

/// The way of all processes: with faults, until they end.
pub(super) struct Weather {
    pub(super) chaos: Arc<ChaosTransport>,
    pub(super) wire: Arc<Wire>,
    pub(super) calm: AtomicBool,
}

#[async_trait]
impl Transport for Weather {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        if self.calm.load(Relaxed) {
            return self.wire.send(request, context).await;
        }
        self.chaos.send(request, context).await
    }
}

/// Notes which tasks one process heard of.
pub(super) struct Witness {
    pub(super) way: Arc<dyn Transport>,
    pub(super) heard: Arc<Mutex<Vec<TaskId>>>,
}

#[async_trait]
impl Transport for Witness {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let answer = self.way.send(request, context).await;
        if let Ok(answer) = &answer
            && (request.method, answer.status) == (Method::Post, 200)
            && let Some(id) = answer.value()["api_agent_task_id"].as_str()
        {
            self.heard.lock().unwrap().push(TaskId::from(id));
        }
        answer
    }
}

/// A planted defect: a POST whose answer did not come in time is sent once more.
pub(super) struct Resending(pub(super) Arc<dyn Transport>);

#[async_trait]
impl Transport for Resending {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let answer = self.0.send(request, context).await;
        let in_vain =
            |error: &TransportError| error.kind() == ErrorKind::Timeout && error.sent() == Sent::Maybe;
        if request.method == Method::Post && answer.as_ref().is_err_and(in_vain) {
            return self.0.send(request, context).await;
        }
        answer
    }
}
