//! Faults on purpose, over any back end, the same for the same seed.
//!
//! ```
//! use outx_model::{AccountId, FetchProfile};
//! use outx_service::{Host, ServiceConfig};
//! use outx_transport::{ApiKey, ChaosLaw, ChaosTransport, Client, FakeTransport, Mishap, VirtualClock};
//! use std::sync::Arc;
//!
//! let clock = Arc::new(VirtualClock::new("2026-03-02T09:00:00Z".parse()?));
//! let fake = FakeTransport::new(Arc::new(Host::in_memory(ServiceConfig::default())), clock.clone());
//! // Of ten requests three go wrong, each in one of ten ways.
//! let chaos = Arc::new(ChaosTransport::new(Arc::new(fake), clock.clone(), 7, ChaosLaw::storm(0.3)?));
//! let client = Client::new(chaos.clone(), clock.clone(), AccountId::from("test"), Some(ApiKey::new("k")?));
//!
//! clock.simulate(async {
//!     for n in 0..100 {
//!         let input = FetchProfile { profile_slug: format!("person-{n}") };
//!         client.create_typed(&input).await?;
//!     }
//!     Ok::<_, outx_model::InputError>(())
//! })??;
//! let went_wrong = chaos.log().iter().filter(|entry| entry.mishap.is_some()).count();
//! assert!((10..60).contains(&went_wrong));
//! assert!(chaos.log().iter().all(|entry| entry.mishap != Some(Mishap::Duplicated)), "creates go once");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What happens to a request is drawn from the seed, the request and how often the same request came
//! before, and from nothing else: other requests that travel at the same time change nothing.

mod law;

use crate::clock::Clock;
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use outx_model::{ContentHash, Method, Proof};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use law::{ChaosLaw, ChaosLawError, Mishap};

/// Lets things go wrong on the way to another back end. See the law for what, and how often.
pub struct ChaosTransport {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    seed: u64,
    law: ChaosLaw,
    history: Mutex<History>,
}

#[derive(Default)]
struct History {
    /// How often each request came, by its hash.
    seen: BTreeMap<ContentHash, u64>,
    log: Vec<ChaosEntry>,
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChaosEntry {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// What went wrong, if anything did.
    pub mishap: Option<Mishap>,
}

impl ChaosTransport {
    /// Chaos over a back end. Pauses pass on the clock.
    pub fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>, seed: u64, law: ChaosLaw) -> Self {
        Self { inner, clock, seed, law, history: Mutex::default() }
    }

    /// What became of every request so far, in the order in which they came.
    pub fn log(&self) -> Vec<ChaosEntry> {
        self.lock().log.clone()
    }

    /// Draws what goes wrong, and a second number for its details.
    fn draw(&self, request: &Request) -> (Option<Mishap>, u64) {
        let what = json!([
            request.method.as_str(),
            request.path,
            request.query,
            request.body.as_deref().map(String::from_utf8_lossy),
        ]);
        let what = ContentHash::of_bytes(what.to_string().as_bytes());
        let mut history = self.lock();
        let times = history.seen.entry(what).or_default();
        let draw = ContentHash::of_bytes(format!("{} {what} {times}", self.seed).as_bytes());
        *times += 1;
        let mishap = self.law.pick(draw.seed(), request.method);
        history.log.push(ChaosEntry { method: request.method, path: request.path.clone(), mishap });
        (mishap, ContentHash::of_bytes(draw.bytes().as_slice()).seed())
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the request through, and its answer come later.
    async fn slowly(
        &self,
        request: &Request,
        context: &Context,
        detail: u64,
    ) -> Result<Response, TransportError> {
        let answer = self.inner.send(request, context).await?;
        let most = u64::try_from(self.law.slowest.as_millis()).unwrap_or(u64::MAX);
        let pause = Duration::from_millis(detail % most.saturating_add(1));
        let shown = pause.min(context.timeout);
        self.clock.sleep_until(self.clock.now().checked_add(shown).unwrap_or(Timestamp::MAX)).await;
        if pause < context.timeout {
            return Ok(answer);
        }
        Err(TransportError::new(ErrorKind::Timeout, Sent::Maybe, "no answer came in time"))
    }
}

#[async_trait]
impl Transport for ChaosTransport {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let (mishap, detail) = self.draw(request);
        let Some(mishap) = mishap else { return self.inner.send(request, context).await };
        let broken = |message| Err(TransportError::new(ErrorKind::Broken, Sent::Maybe, message));
        match mishap {
            Mishap::Refused => {
                let sent = Sent::No(Proof::NoConnection);
                Err(TransportError::new(ErrorKind::Connect, sent, "no connection could be made"))
            }
            Mishap::Reset => broken("the connection broke before an answer came"),
            Mishap::AnswerLost => {
                self.inner.send(request, context).await?;
                broken("the connection broke before an answer came")
            }
            Mishap::Truncated => {
                self.inner.send(request, context).await?;
                let error = TransportError::new(
                    ErrorKind::Broken,
                    Sent::Maybe,
                    "the connection broke within the answer",
                );
                Err(error.with_answered(true))
            }
            Mishap::Slow => self.slowly(request, context, detail).await,
            Mishap::Garbage => {
                let answer = self.inner.send(request, context).await?;
                Ok(Response { body: Bytes::from_static(b"\x00\xff{\"success\":"), ..answer })
            }
            Mishap::RateLimited => {
                let body = json!({ "error": "Rate limit exceeded. Please try again later." });
                Ok(Response::json(429, &body).with_header("retry-after", (1 + detail % 9).to_string()))
            }
            Mishap::ServerError => {
                self.inner.send(request, context).await?;
                Ok(Response::json(500, &json!({ "error": "Internal server error" })))
            }
            Mishap::Gateway => {
                let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
                let body = Bytes::from_static(b"<html><h1>502 Bad Gateway</h1></html>");
                Ok(Response { status: 502, headers, body })
            }
            Mishap::Duplicated => {
                self.inner.send(request, context).await?;
                self.inner.send(request, context).await
            }
        }
    }
}

impl fmt::Debug for ChaosTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaosTransport")
            .field("seed", &self.seed)
            .field("law", &self.law)
            .finish_non_exhaustive()
    }
}
