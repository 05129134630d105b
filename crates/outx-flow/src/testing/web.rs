//! Others than OutX, played by a function.

use super::sent::{Log, Sent};
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{Call, Effect, Proof};
use outx_service::Host;
use outx_transport::{
    Clock, ErrorKind, Response, Sent as WasSent, TransportError, Web, WebMethod, WebRequest,
};
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What becomes of a request to others.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// This answer comes so much later.
    Answer(Response, Duration),
    /// It never leaves, and that can be known.
    NotSent,
    /// No answer comes; whether it arrived all the same.
    Lost {
        /// Whether it arrived.
        arrived: bool,
    },
}

type Answers = dyn Fn(&WebRequest, Timestamp) -> Reply + Send + Sync;

/// All others than OutX, played by a function of the request and the moment.
pub struct AnsweringWeb {
    answers: Box<Answers>,
    pub(super) place: Place,
}

/// Where calls of others are noted, among those of OutX.
pub(super) struct Place {
    pub(super) host: Arc<Host>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) log: Arc<Log>,
    pub(super) tried: Arc<AtomicU64>,
}

impl Place {
    pub(super) fn note(&self, kind: &str, effect: Effect, input: Value) {
        let Ok(call) = Call::kind(kind) else { return };
        let after = self.host.with(|service| service.requests().len());
        let at = self.clock.now();
        self.log.note(after, Sent { at, call, effect, input, task: None });
    }
}

impl AnsweringWeb {
    pub(super) fn new(
        answers: impl Fn(&WebRequest, Timestamp) -> Reply + Send + Sync + 'static,
        place: Place,
    ) -> Self {
        Self { answers: Box::new(answers), place }
    }
}

#[async_trait]
impl Web for AnsweringWeb {
    async fn exchange(&self, request: &WebRequest, timeout: Duration) -> Result<Response, TransportError> {
        self.place.tried.fetch_add(1, Ordering::SeqCst);
        let clock = &self.place.clock;
        let reply = (self.answers)(request, clock.now());
        if !matches!(reply, Reply::NotSent | Reply::Lost { arrived: false }) {
            let looks = matches!(request.method, WebMethod::Get | WebMethod::Head);
            let effect = if looks { Effect::Read } else { Effect::Write };
            self.place.note("core.http", effect, told(request));
        }
        let pause = |length| clock.sleep_until(clock.now().checked_add(length).unwrap_or(Timestamp::MAX));
        let lost = || TransportError::new(ErrorKind::Timeout, WasSent::Maybe, "no answer came in time");
        match reply {
            Reply::Answer(response, after) if after < timeout => {
                if !after.is_zero() {
                    pause(after).await;
                }
                Ok(response)
            }
            Reply::NotSent => {
                let sent = WasSent::No(Proof::NoConnection);
                Err(TransportError::new(ErrorKind::Connect, sent, "no connection could be made"))
            }
            Reply::Answer(..) | Reply::Lost { .. } => {
                pause(timeout).await;
                Err(lost())
            }
        }
    }
}

/// A request as tests read it: `method`, `url`, `headers` with their names in small letters, and `json` or `body`.
pub fn told(request: &WebRequest) -> Value {
    let mut told = Map::new();
    told.insert("method".to_owned(), json!(request.method.as_str()));
    told.insert("url".to_owned(), json!(request.url.expose()));
    if !request.headers.is_empty() {
        let headers = request.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value)));
        told.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    if let Some(body) = &request.body {
        let (key, value) = match serde_json::from_slice::<Value>(body) {
            Ok(json) => ("json", json),
            Err(_) => ("body", Value::String(String::from_utf8_lossy(body).into_owned())),
        };
        told.insert(key.to_owned(), value);
    }
    Value::Object(told)
}

impl fmt::Debug for AnsweringWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnsweringWeb").finish_non_exhaustive()
    }
}
