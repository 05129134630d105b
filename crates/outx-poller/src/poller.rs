//! Follows one ticket.

use crate::follow::{Follow, Step};
use crate::outcome::Followed;
use crate::policy::Pace;
use crate::source::TaskSource;
use outx_model::Ticket;
use outx_transport::Clock;
use std::fmt;
use std::sync::Arc;

/// Follows one ticket at a time on an injected clock. Dropping the future of [`follow`](Self::follow) stops
/// asking and harms nothing.
#[derive(Clone)]
pub struct Poller {
    source: Arc<dyn TaskSource>,
    clock: Arc<dyn Clock>,
    policy: Pace,
}

impl Poller {
    /// A poller that asks `source` as `policy` says.
    pub fn new(source: Arc<dyn TaskSource>, clock: Arc<dyn Clock>, policy: impl Into<Pace>) -> Self {
        Self { source, clock, policy: policy.into() }
    }

    /// Asks about a task until it ends or there is a reason to pause. It never fails: that a task cannot be
    /// asked about for the moment is an outcome that keeps the ticket.
    pub async fn follow(&self, ticket: &Ticket) -> Followed {
        let mut follow = Follow::new(self.policy.clone(), ticket, self.clock.now());
        let mut next = follow.first();
        loop {
            self.clock.sleep_until(next).await;
            let seen = self.source.poll(ticket).await;
            tracing::trace!(task = %ticket.id, polls = follow.polls() + 1, "polled");
            match follow.observe(seen, self.clock.now()) {
                Step::PollAt(moment) => next = moment,
                Step::Done(outcome) => {
                    let (ticket, polls) = (ticket.clone(), follow.polls());
                    let trouble = follow.trouble().map(str::to_owned);
                    return Followed { tag: (), ticket, outcome, polls, trouble };
                }
            }
        }
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("policy", &self.policy).finish_non_exhaustive()
    }
}
