//! The playing end.

use super::allow::Allowed;
use super::exchange::{Asked, Cassette, Exchange};
use crate::clock::Clock;
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use outx_model::{Method, Proof};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Which recorded exchange answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The next one, which must be the same request: the same requests in the same order.
    Strict,
    /// The first one of the same request that was not used yet, in any order. The last answer to a GET
    /// repeats; a create never answers twice.
    Loose,
}

/// Answers from a cassette, and from nothing else. Each answer takes as long as it took.
pub struct Replay {
    exchanges: Vec<Exchange>,
    allowed: Allowed,
    clock: Arc<dyn Clock>,
    matching: Matching,
    used: Mutex<Vec<bool>>,
}

impl Replay {
    /// A replay from the beginning.
    pub fn new(cassette: Cassette, clock: Arc<dyn Clock>, matching: Matching) -> Self {
        let used = Mutex::new(vec![false; cassette.exchanges.len()]);
        let allowed = Allowed::new(&cassette.keep);
        Self { exchanges: cassette.exchanges, allowed, clock, matching, used }
    }

    /// How many exchanges were not used.
    pub fn left(&self) -> usize {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|used| !**used).count()
    }

    fn find(&self, asked: &Asked) -> Result<&Exchange, TransportError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let next = used.iter().position(|used| !used);
        let at = match self.matching {
            Matching::Strict => next.filter(|at| self.exchanges[*at].request == *asked),
            Matching::Loose => {
                let same = |at: &usize| self.exchanges[*at].request == *asked;
                let fresh = (0..self.exchanges.len()).filter(|at| !used[*at]).find(same);
                let repeat = || (0..self.exchanges.len()).rev().find(same);
                fresh.or_else(|| if asked.method == Method::Get { repeat() } else { None })
            }
        };
        let Some(at) = at else { return Err(self.missing(asked, next)) };
        used[at] = true;
        Ok(&self.exchanges[at])
    }

    /// Nothing left the machine, which proves that it was not sent.
    fn missing(&self, asked: &Asked, next: Option<usize>) -> TransportError {
        let near = match self.matching {
            Matching::Strict => next.map(|at| &self.exchanges[at]),
            Matching::Loose => self.exchanges.iter().find(|e| e.request.path == asked.path),
        };
        let near = near.map_or("it holds no such request any more".to_owned(), |near| {
            let what =
                if self.matching == Matching::Strict { "the next one there" } else { "the nearest there" };
            format!("{what} is {}", shown(&near.request))
        });
        let message = format!("the cassette does not hold {}; {near}; record it anew", shown(asked));
        TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message)
    }
}

fn shown(asked: &Asked) -> String {
    let query: Vec<_> = asked.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let body = asked.body.as_ref().map_or(String::new(), |body| format!(" {body}"));
    format!("{} {}{query}{body}", asked.method.as_str(), asked.path)
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let exchange = self.find(&self.allowed.request(request, context))?;
        if !exchange.took.is_zero() {
            let until = self.clock.now().checked_add(exchange.took).unwrap_or(Timestamp::MAX);
            self.clock.sleep_until(until).await;
        }
        match (&exchange.answer, &exchange.error) {
            (Some(answer), _) => {
                let body = answer.body.as_ref().map(ToString::to_string);
                let body = body.or_else(|| answer.text.clone()).unwrap_or_default();
                let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
                Ok(Response { status: answer.status, headers: headers.collect(), body: Bytes::from(body) })
            }
            (None, Some(failed)) => Err(failed.error()),
            (None, None) => {
                let message = format!("the cassette holds no answer to {}", shown(&exchange.request));
                Err(TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message))
            }
        }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("matching", &self.matching)
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
