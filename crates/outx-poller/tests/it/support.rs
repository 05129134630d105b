//! A task source from a closure, which keeps a log and takes its time.

use jiff::Timestamp;
use outx_model::{
    AccountId, ApiError, Endpoint, PollAnswer, Refusal, RefusalReason, TaskId, TaskSnapshot, TaskStatus,
    Ticket,
};
use outx_poller::{Seen as Sight, Source};
use outx_transport::{Clock, ErrorKind, Sent, TransportError, VirtualClock};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) type Seen = Result<PollAnswer, TransportError>;
type Answer = dyn Fn(&Ticket, u32, Timestamp) -> Seen + Send + Sync;

pub(crate) struct Scripted {
    clock: VirtualClock,
    round_trip: Duration,
    answer: Box<Answer>,
    polls: Mutex<Vec<(Timestamp, TaskId)>>,
    counts: Mutex<HashMap<TaskId, u32>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Scripted {
    /// Answers by the ticket, how many polls of it came before, and the moment of the answer.
    pub(crate) fn new(
        clock: &VirtualClock,
        round_trip: Duration,
        answer: impl Fn(&Ticket, u32, Timestamp) -> Seen + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            round_trip,
            answer: Box::new(answer),
            polls: Mutex::default(),
            counts: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        })
    }

    /// When polls began, and of which task.
    pub(crate) fn polls(&self) -> Vec<(Timestamp, TaskId)> {
        self.polls.lock().unwrap().clone()
    }

    /// The same in milliseconds from the start of the clock.
    pub(crate) fn polled_ms(&self) -> Vec<i64> {
        self.polls().iter().map(|(moment, _)| moment.as_millisecond() - start().as_millisecond()).collect()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }
}

/// Counts a poll out of flight, also when its future is dropped.
struct Landing<'a>(&'a AtomicUsize);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Source for Scripted {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, ticket: &Ticket) -> Sight {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let _landing = Landing(&self.in_flight);
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        self.polls.lock().unwrap().push((self.clock.now(), ticket.id.clone()));
        self.clock.sleep_until(self.clock.now() + self.round_trip).await;
        let before = {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(ticket.id.clone()).or_default();
            *count += 1;
            *count - 1
        };
        (self.answer)(ticket, before, self.clock.now()).into()
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn ticket(id: &str) -> Ticket {
    Ticket {
        id: TaskId::new(id),
        endpoint: Endpoint::FetchProfile.into(),
        account: AccountId::new("sales"),
        created_at: start(),
        law: 0,
    }
}

pub(crate) fn snapshot(status: &str, output: Value) -> Seen {
    Ok(PollAnswer::Snapshot(TaskSnapshot { status: TaskStatus::from(status), input: Value::Null, output }))
}

pub(crate) fn pending() -> Seen {
    snapshot("pending", Value::Null)
}

pub(crate) fn completed() -> Seen {
    snapshot("completed", json!({ "sent": true }))
}

pub(crate) fn api_error(status: u16) -> ApiError {
    ApiError { status, text: "words of the service".to_owned() }
}

pub(crate) fn refused(reason: RefusalReason, status: u16, after: Option<u64>) -> Seen {
    let not_before = after.map(|seconds| start() + Duration::from_secs(seconds));
    Ok(PollAnswer::Refused(Refusal { reason, error: api_error(status), not_before }))
}

pub(crate) fn no_answer(kind: ErrorKind) -> Seen {
    Err(TransportError::new(kind, Sent::Maybe, "no answer came"))
}
