//! What an error of reqwest means, and whether it proves that nothing was sent.

use super::seal::Seal;
use crate::error::{ErrorKind, Sent, TransportError};
use outx_model::Proof;

/// What is known of an exchange when it fails.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) seal: &'a Seal,
    /// Whether there is a body, which the seal guards.
    pub(super) body: bool,
    /// Whether the head of an answer had come.
    pub(super) answered: bool,
}

/// Classifies an error. What proves: a connection that was never made, a body that could be sealed, and on
/// HTTP/2 the other side's own word that it has not looked at the request. All kinds of *incomplete*,
/// *cancelled* and *reset* were seen both with and without arrival.
pub(super) fn classify(error: reqwest::Error, stage: Stage<'_>) -> TransportError {
    // Sealed in every case, also when no proof is needed: after this line nothing more can leave.
    let sealed = stage.seal.seal();
    let answered = stage.answered;
    // A body that was handed over has met a connection, whatever the error says.
    let unconnected = error.is_connect() && (sealed || !stage.body);
    let unseen = if answered { None } else { unseen(&error) };
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection could be made")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, if answered { "the answer took too long" } else { "no answer came in time" })
    } else if error.is_builder() {
        (ErrorKind::Invalid, "the request cannot be made")
    } else if error.is_decode() {
        (ErrorKind::Broken, "the answer cannot be unpacked")
    } else if unseen.is_some() {
        (ErrorKind::Broken, "the other side did not take the request")
    } else if answered {
        (ErrorKind::Broken, "the connection broke within the answer")
    } else {
        (ErrorKind::Broken, "the connection broke before an answer came")
    };
    let sent = if unconnected {
        Sent::No(Proof::NoConnection)
    } else if sealed {
        Sent::No(Proof::BodySealed)
    } else if let Some(proof) = unseen {
        Sent::No(proof)
    } else {
        Sent::Maybe
    };
    // The URL can hold what a query says about people; it is in the caller's hand anyway.
    TransportError::new(kind, sent, message).with_answered(answered).with_source(error.without_url())
}

/// The attempt's own time-out, before the head of an answer.
pub(super) fn too_slow(seal: &Seal) -> TransportError {
    let sent = if seal.seal() { Sent::No(Proof::BodySealed) } else { Sent::Maybe };
    TransportError::new(ErrorKind::Timeout, sent, "no answer began in time")
}

/// The other side's word on HTTP/2 that it has not looked at the request. A stream that a `GOAWAY` covers
/// ends with an error of the connection instead.
#[cfg(feature = "http2")]
fn unseen(error: &reqwest::Error) -> Option<Proof> {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return match () {
                () if !error.is_remote() => None,
                () if refused => Some(Proof::StreamRefused),
                () if error.is_go_away() => Some(Proof::GoneAway),
                () => None,
            };
        }
        source = error.source();
    }
    None
}

#[cfg(not(feature = "http2"))]
fn unseen(_: &reqwest::Error) -> Option<Proof> {
    None
}

/// An error from before anything was tried.
pub(super) fn invalid(message: impl Into<String>) -> TransportError {
    TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message)
}
