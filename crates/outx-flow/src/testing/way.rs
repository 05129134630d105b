//! The way to the service, on which faults lie, and on which nothing passes that nobody thought of.

use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{Endpoint, STATUS_PATH};
use outx_service::{Injection, On};
use outx_transport::{Clock, Context, FakeTransport, Request, Response, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A call that the scenario says nothing of.
#[derive(Debug, Clone, PartialEq)]
pub struct Unscripted {
    /// When.
    pub at: Timestamp,
    /// What was called: the endpoint's name, its path where it is unknown, `core.http` or `core.command`.
    pub call: String,
    /// With what.
    pub input: Value,
}

/// Calls that the scenario says nothing of, in order.
pub(super) type Surprises = Arc<Mutex<Vec<Unscripted>>>;

/// Faults that befall single requests, each the so-and-so-manieth of its sort.
#[derive(Debug, Default)]
pub(super) struct Disturbances(Vec<(Injection, u64)>);

impl Disturbances {
    pub(super) fn add(&mut self, injection: Injection, number: u64) {
        self.0.push((injection, number));
    }

    /// The faults of a request that comes now.
    fn of(&mut self, sort: On) -> Vec<Injection> {
        let mut come = Vec::new();
        self.0.retain_mut(|(injection, left)| {
            if injection.on != sort && injection.on != On::Any {
                return true;
            }
            *left = left.saturating_sub(1);
            if *left == 0 {
                come.push(Injection { times: 1, ..injection.clone() });
            }
            *left > 0
        });
        come
    }
}

/// The way. Where only what is scripted may pass, anything else is refused, as something that the service will never
/// take.
pub(super) struct Passage {
    pub(super) to: Arc<FakeTransport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) surprises: Option<Surprises>,
    pub(super) disturbances: Arc<Mutex<Disturbances>>,
    pub(super) tried: Arc<AtomicU64>,
}

impl Passage {
    fn is_scripted(&self, request: &Request, now: Timestamp) -> bool {
        let asked = outx_service::Request {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            key: None,
            body: request.body.clone().unwrap_or_default(),
        };
        request.path == STATUS_PATH || self.to.host().with(|service| service.is_scripted(&asked, now))
    }
}

#[async_trait]
impl Transport for Passage {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        let now = self.clock.now();
        let endpoint = Endpoint::from_path(&request.path);
        let sort = endpoint.map_or(On::Poll, On::Create);
        for fault in self.disturbances.lock().unwrap_or_else(PoisonError::into_inner).of(sort) {
            self.to.host().inject(fault);
        }
        let Some(surprises) = self.surprises.as_ref().filter(|_| !self.is_scripted(request, now)) else {
            return self.to.send(request, context).await;
        };
        let call = endpoint.map_or_else(|| request.path.clone(), |endpoint| endpoint.name().to_owned());
        let body = request.body.as_deref().unwrap_or(b"null");
        let input = serde_json::from_slice(body).unwrap_or_default();
        let message = format!("the test says nothing of this call of {call}");
        let surprise = Unscripted { at: now, call, input };
        surprises.lock().unwrap_or_else(PoisonError::into_inner).push(surprise);
        let body = json!({ "error": message }).to_string().into();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(Response { status: 400, headers, body })
    }
}
