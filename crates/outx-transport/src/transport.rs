//! The seam: how a request travels.

use crate::error::TransportError;
use crate::message::{Context, Request, Response};
use async_trait::async_trait;

/// A way for requests to travel.
///
/// One call is at most one request on the wire: a back end never sends anything again by itself and follows
/// no redirect. When no answer comes, its error says whether the request may have arrived, and it says *no*
/// only with a proof.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and waits for its whole answer.
    ///
    /// # Errors
    ///
    /// Only when no answer came: an answer of any status is `Ok`.
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError>;
}
