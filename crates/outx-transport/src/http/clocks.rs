//! How long the parts of an exchange may take.

use super::failure::invalid;
use crate::error::TransportError;
use std::time::Duration;

/// The time-outs of one exchange. The third, for the whole exchange, comes with each request
/// ([`Context::timeout`](crate::Context::timeout)).
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    /// For making a connection: name, TCP, proxy and TLS.
    pub(super) connect: Duration,
    /// From the beginning to the head of an answer.
    pub(super) attempt: Option<Duration>,
}

impl Clocks {
    /// # Errors
    ///
    /// When one is zero, or the connection alone may take as long as the attempt of which it is a part.
    pub(super) fn check(self) -> Result<(), TransportError> {
        if self.connect.is_zero() {
            return Err(invalid("a connect time-out of zero lets no connection be made"));
        }
        match self.attempt {
            Some(attempt) if attempt.is_zero() => {
                Err(invalid("an attempt time-out of zero lets no answer come"))
            }
            Some(attempt) if attempt <= self.connect => Err(invalid(format!(
                "the connect time-out ({:?}) must be shorter than the attempt time-out ({attempt:?}), of which \
                 it is a part",
                self.connect
            ))),
            _ => Ok(()),
        }
    }
}
