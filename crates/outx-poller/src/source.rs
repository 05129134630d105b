//! The seam to whoever can be asked about a task.

use async_trait::async_trait;
use outx_model::{PollAnswer, Proof, Ticket};
use outx_transport::{Client, ErrorKind, Sent, TransportError};

/// Answers what became of a task. The client does it over HTTP; a test does it from a table.
#[async_trait]
pub trait TaskSource: Send + Sync {
    /// Asks once. It must not ask again by itself: when to do so is the policy's to say.
    ///
    /// # Errors
    ///
    /// Only when no answer came.
    async fn poll(&self, ticket: &Ticket) -> Result<PollAnswer, TransportError>;
}

/// A client answers for its own account's tickets. Asked with another account's key, the service would say
/// that there is no such task, and a good ticket would be given up: so another's ticket is not asked about.
#[async_trait]
impl TaskSource for Client {
    async fn poll(&self, ticket: &Ticket) -> Result<PollAnswer, TransportError> {
        if ticket.account != *self.account() {
            let message =
                format!("the task is the account `{}`'s, asked was `{}`", ticket.account, self.account());
            return Err(TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message));
        }
        Client::poll(self, &ticket.id).await
    }
}
