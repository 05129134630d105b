//! The recording end.

use super::allow::{Allowed, Keep};
use super::exchange::{Cassette, Exchange, Failed, VERSION};
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::error::TransportError;
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lets requests through to another back end, and writes down what came of them.
///
/// Each exchange is handed to the sink in one piece as soon as it is over, so that a recording that is killed
/// leaves a cassette of all before. A sink that fails disturbs no request; see [`Recorder::finish`].
pub struct Recorder<W> {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    allowed: Allowed,
    tape: Mutex<Tape<W>>,
}

struct Tape<W> {
    sink: W,
    begun: Option<Timestamp>,
    failed: Option<io::Error>,
}

impl<W: Write + Send> Recorder<W> {
    /// A recorder over a back end. The head of the cassette is written at once.
    ///
    /// # Errors
    ///
    /// When the sink cannot be written.
    pub fn new(
        inner: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        mut sink: W,
        keep: Keep,
    ) -> io::Result<Self> {
        let allowed = Allowed::new(&keep);
        let mut head = format!("outx-cassette: {VERSION}\n");
        if keep != Keep::default() {
            let nothing = Cassette { version: VERSION, keep, exchanges: Vec::new() };
            head = serde_yaml::to_string(&nothing).map_err(io::Error::other)?.replace("exchanges: []\n", "");
        }
        sink.write_all((head + "exchanges:\n").as_bytes())?;
        sink.flush()?;
        let tape = Mutex::new(Tape { sink, begun: None, failed: None });
        Ok(Self { inner, clock, allowed, tape })
    }

    /// Whether all was written.
    ///
    /// # Errors
    ///
    /// The first error of the sink. What came after it is not in the cassette.
    pub fn finish(&self) -> io::Result<()> {
        let mut tape = self.tape();
        tape.sink.flush()?;
        tape.failed.take().map_or(Ok(()), Err)
    }

    fn write(&self, exchange: &Exchange) {
        let mut tape = self.tape();
        if tape.failed.is_some() {
            return;
        }
        let text = serde_yaml::to_string(&[exchange]).map_err(io::Error::other);
        let written = text.and_then(|text| {
            tape.sink.write_all(text.as_bytes())?;
            tape.sink.flush()
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the cassette ends here");
            tape.failed = Some(error);
        }
    }
}

impl<W> Recorder<W> {
    fn tape(&self) -> MutexGuard<'_, Tape<W>> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Clone> Recorder<W> {
    /// A copy of the sink, such as the bytes that were written into a vector.
    pub fn sink(&self) -> W {
        self.tape().sink.clone()
    }
}

#[async_trait]
impl<W: Write + Send> Transport for Recorder<W> {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let now = self.clock.now();
        let begun = *self.tape().begun.get_or_insert(now);
        let outcome = self.inner.send(request, context).await;
        let since =
            |from: Timestamp, to: Timestamp| Duration::try_from(to.duration_since(from)).unwrap_or_default();
        let secrets = Secrets::of(request, context, outcome.as_ref().ok());
        let (answer, error) = match &outcome {
            Ok(answer) => (Some(self.allowed.answer(answer, &secrets)), None),
            Err(error) => (None, Some(Allowed::failed(Failed::of(error), &secrets))),
        };
        self.write(&Exchange {
            at: since(begun, now),
            took: since(now, self.clock.now()),
            request: self.allowed.request(request, context),
            answer,
            error,
        });
        outcome
    }
}

impl<W> fmt::Debug for Recorder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("failed", &self.tape().failed.is_some()).finish_non_exhaustive()
    }
}
