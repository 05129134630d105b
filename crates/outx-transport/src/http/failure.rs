//! What an error of reqwest means, and whether it proves that nothing was sent.

use super::seal::Seal;
use crate::error::{ErrorKind, Sent, TransportError};
use outx_model::Proof;

/// Classifies an error. Only a connection that was never made and a body that could be sealed are proofs;
/// all kinds of *incomplete*, *cancelled* and *reset* were seen both with and without arrival.
///
/// `answered` says that the head of an answer had come.
pub(super) fn classify(error: reqwest::Error, seal: &Seal, answered: bool) -> TransportError {
    // Sealed in every case, also when no proof is needed: after this line nothing more can leave.
    let sealed = seal.seal();
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection could be made")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, if answered { "the answer took too long" } else { "no answer came in time" })
    } else if error.is_builder() {
        (ErrorKind::Invalid, "the request cannot be made")
    } else if error.is_decode() {
        (ErrorKind::Broken, "the answer cannot be unpacked")
    } else if answered {
        (ErrorKind::Broken, "the connection broke within the answer")
    } else {
        (ErrorKind::Broken, "the connection broke before an answer came")
    };
    let sent = if error.is_connect() {
        Sent::No(Proof::NoConnection)
    } else if sealed {
        Sent::No(Proof::BodySealed)
    } else {
        Sent::Maybe
    };
    // The URL can hold what a query says about people; it is in the caller's hand anyway.
    TransportError::new(kind, sent, message).with_answered(answered).with_source(error.without_url())
}

/// An error from before anything was tried.
pub(super) fn invalid(message: impl Into<String>) -> TransportError {
    TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message)
}
