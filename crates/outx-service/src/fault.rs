//! What can go wrong between a caller and the service.

use crate::message::Response;
use crate::scenario::Scenario;
use bytes::Bytes;
use outx_model::{Call, STATUS_PATH};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// Something that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// No connection can be made: the request does not reach the service, and the caller can know it.
    NotSent,
    /// The connection breaks before the service sees the request. The caller cannot tell it from
    /// [`Fault::AnswerLost`].
    Reset,
    /// The service does its work, and the connection breaks before its answer comes back.
    AnswerLost,
    /// The service does its work, and its answer does not come within the caller's time-out.
    Timeout,
    /// The service does its work, and its answer comes so much later.
    Slow(Duration),
    /// The service does its work, and its answer arrives as something that is no JSON.
    Garbage,
    /// The service does its work, and the connection breaks in the middle of the answer's body.
    Truncated,
    /// Something on the way answers; the request does not reach the service.
    Answer(Response),
}

impl Fault {
    /// Something on the way answers with this status and body.
    pub fn status(status: u16, body: impl Into<Bytes>) -> Self {
        Self::Answer(Response { status, headers: Vec::new(), body: body.into() })
    }

    /// The service's own envelope, although the request does not reach it.
    pub fn error(status: u16, text: &str) -> Self {
        Self::Answer(Response::json(status, &json!({ "error": text })))
    }

    /// Whether the service sees the request.
    pub fn is_served(&self) -> bool {
        match self {
            Self::NotSent | Self::Reset | Self::Answer(_) => false,
            Self::AnswerLost | Self::Timeout | Self::Slow(_) | Self::Garbage | Self::Truncated => true,
        }
    }

    /// What the caller gets, where the service answered `response` (`None` where it did not see the
    /// request).
    pub(crate) fn deliver(self, response: Option<Response>) -> Delivery {
        match (self, response) {
            (Self::NotSent, _) => Delivery::Unreachable,
            (Self::Answer(answer), _) => Delivery::Answer(answer),
            (Self::Timeout, Some(_)) => Delivery::Silent,
            (Self::Slow(pause), Some(response)) => Delivery::Late(pause, response),
            (Self::Garbage, Some(response)) => {
                let body = Bytes::from_static(b"<html>\xff not what you wanted</html>");
                Delivery::Answer(Response { body, ..response })
            }
            (Self::Truncated, Some(response)) => Delivery::Cut(response),
            (_, _) => Delivery::Broken,
        }
    }
}

/// What comes back to the caller. A back end does exactly this, as well as its means allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The answer.
    Answer(Response),
    /// The answer, after a pause.
    Late(Duration, Response),
    /// The head of the answer and a part of its body; then the connection breaks.
    Cut(Response),
    /// The connection breaks before the first byte of an answer.
    Broken,
    /// Nothing at all, until the caller gives up.
    Silent,
    /// No connection can be made.
    Unreachable,
}

/// A wish that something goes wrong with the next requests of a sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// With which requests.
    pub on: On,
    /// What.
    pub fault: Fault,
    /// With how many of them.
    pub times: u32,
}

/// A sort of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// All of them.
    Any,
    /// The creates of an endpoint.
    Create(Call),
    /// The polls.
    Poll,
}

impl On {
    /// The sort of a request; `Any` where it is neither a create nor a poll.
    pub(crate) fn of(path: &str, scenario: &Scenario) -> Self {
        match scenario.endpoint_at(path) {
            Some(endpoint) => Self::Create(endpoint),
            None if path == STATUS_PATH => Self::Poll,
            None => Self::Any,
        }
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Injected(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    injection: Injection,
    /// Whether a record holds it.
    kept: bool,
}

/// A fault that was meant for a request.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) fault: Fault,
    /// Whether its use must be remembered, as it was itself.
    pub(crate) kept: bool,
}

impl Injected {
    pub(crate) fn add(&mut self, injection: Injection, kept: bool) {
        if injection.times > 0 {
            self.0.push(Waiting { injection, kept });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the fault that is meant for a sort of requests: of those for just this sort the first, else the
    /// first of those for any.
    pub(crate) fn take(&mut self, on: On) -> Option<Taken> {
        let first = |wanted: On| self.0.iter().position(|waiting| waiting.injection.on == wanted);
        let at = first(on).or_else(|| first(On::Any))?;
        let Waiting { injection, kept } = &mut self.0[at];
        injection.times -= 1;
        let taken = Taken { fault: injection.fault.clone(), kept: *kept };
        if injection.times == 0 {
            self.0.remove(at);
        }
        Some(taken)
    }
}
