//! Follows one ticket.

use crate::follow::{Follow, Step};
use crate::outcome::Followed;
use crate::policy::Pace;
use crate::source::{FollowedOf, Handle, Source, TaskSource};
use outx_transport::Clock;
use std::fmt;
use std::sync::Arc;

/// Follows one ticket at a time on an injected clock. Dropping the future of [`follow`](Self::follow) stops
/// asking and harms nothing.
pub struct Poller<S: Source + ?Sized = TaskSource> {
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    pace: Pace,
}

impl Poller {
    /// A poller that asks `source` about OutX's tasks as `policy` says.
    pub fn new(source: Arc<TaskSource>, clock: Arc<dyn Clock>, policy: impl Into<Pace>) -> Self {
        Self::over(source, clock, policy)
    }
}

impl<S: Source + ?Sized> Poller<S> {
    /// A poller that asks any source as `policy` says.
    pub fn over(source: Arc<S>, clock: Arc<dyn Clock>, policy: impl Into<Pace>) -> Self {
        Self { source, clock, pace: policy.into() }
    }

    /// Asks about a task until it ends or there is a reason to pause. It never fails: that a task cannot be
    /// asked about for the moment is an outcome that keeps the ticket.
    pub async fn follow(&self, ticket: &S::Ticket) -> FollowedOf<(), S> {
        let mut follow = Follow::new(self.pace.clone(), ticket, self.clock.now());
        loop {
            self.clock.sleep_until(follow.due()).await;
            follow.ask(self.clock.now());
            let seen = self.source.poll(ticket).await;
            tracing::trace!(task = ticket.id(), polls = follow.polls() + 1, "polled");
            let at = self.clock.now();
            if let Step::Done(outcome) = follow.observe(seen, at) {
                let (ticket, polls, progress) = (ticket.clone(), follow.polls(), *follow.progress());
                let trouble = follow.trouble().map(str::to_owned);
                return Followed { tag: (), ticket, outcome, polls, trouble, progress, at };
            }
        }
    }
}

impl<S: Source + ?Sized> Clone for Poller<S> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), clock: self.clock.clone(), pace: self.pace.clone() }
    }
}

impl<S: Source + ?Sized> fmt::Debug for Poller<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("policy", &self.pace).finish_non_exhaustive()
    }
}
