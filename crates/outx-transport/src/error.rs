//! Why no answer came, and whether the request may have arrived all the same.

use outx_model::Proof;
use std::error::Error;
use std::fmt;

/// No answer came.
#[derive(Debug)]
pub struct TransportError {
    kind: ErrorKind,
    sent: Sent,
    answered: bool,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection: name, route, refusal, TLS. A retry may help.
    Connect,
    /// It took too long. A retry may help.
    Timeout,
    /// The connection broke. A retry may help.
    Broken,
    /// The answer is larger than the limit. A retry does not help.
    TooLarge,
    /// The answer points elsewhere, where the key must not travel. A retry does not help.
    Redirected,
    /// The request or the configuration cannot be used. A retry does not help.
    Invalid,
    /// Anything else inside a back end.
    Other,
}

/// Whether the request may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sent {
    /// Certainly not, with the proof.
    No(Proof),
    /// It may have.
    Maybe,
}

impl TransportError {
    /// An error of a back end. `message` is one lower-case sentence without the source's text.
    pub fn new(kind: ErrorKind, sent: Sent, message: impl Into<String>) -> Self {
        Self { kind, sent, answered: false, message: message.into(), source: None }
    }

    /// With what caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// With whether an answer began to come, so that the request certainly arrived.
    pub fn with_answered(mut self, answered: bool) -> Self {
        self.answered = answered;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the request may have arrived.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// True when an answer began to come: something at the other end has seen the request.
    pub fn answered(&self) -> bool {
        self.answered
    }

    /// Whether the same request may succeed later. It says nothing about whether sending it again is safe.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Broken)
    }

    /// This level and all below it, on one line.
    pub fn chain(&self) -> String {
        let mut out = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !out.contains(&text) {
                out.push_str(": ");
                out.push_str(&text);
            }
            source = error.source();
        }
        out
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
