//! Follows one ticket.

use crate::checkpoint::Checkpoint;
use crate::counts::Counts;
use crate::follow::Follow;
use crate::following::{Event, Following, Work};
use crate::policy::Pace;
use crate::source::{FollowedOf, Source, TaskSource};
use outx_transport::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Follows tickets, each by itself, on an injected clock: to the end ([`follow`](Self::follow)), or step by step
/// ([`begin`](Self::begin)). Dropping a future stops asking and harms nothing.
pub struct Poller<S: Source + ?Sized = TaskSource> {
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    pace: Pace,
    hold: Duration,
}

impl Poller {
    /// A poller that asks `source` about OutX's tasks as `policy` says.
    pub fn new(source: Arc<TaskSource>, clock: Arc<dyn Clock>, policy: impl Into<Pace>) -> Self {
        Self::over(source, clock, policy)
    }
}

impl<S: Source + ?Sized + 'static> Poller<S> {
    /// A poller that asks any source as `policy` says.
    pub fn over(source: Arc<S>, clock: Arc<dyn Clock>, policy: impl Into<Pace>) -> Self {
        Self { source, clock, pace: policy.into(), hold: Duration::ZERO }
    }

    /// Waits a sleeping browser extension out, for so long at most, instead of ending in
    /// [`Pause::Extension`](crate::Pause::Extension) at once. It is asked slowly meanwhile, see
    /// [`AccountPause`](crate::AccountPause), and no clock of the task runs.
    pub fn with_hold(self, longest: Duration) -> Self {
        Self { hold: longest, ..self }
    }

    /// Asks about a task until it ends or there is a reason to pause. It never fails: that a task cannot be
    /// asked about for the moment is an outcome that keeps the ticket.
    pub async fn follow(&self, ticket: &S::Ticket) -> FollowedOf<(), S> {
        let mut following = self.begin(ticket.clone());
        loop {
            if let Some(Event::Done(followed)) = following.next().await {
                return followed;
            }
        }
    }

    /// Begins to follow a ticket; patience begins now.
    pub fn begin(&self, ticket: S::Ticket) -> Following<S> {
        let follow = Follow::new(self.pace.clone(), &ticket, self.clock.now());
        self.following(ticket, follow, Work::Begin)
    }

    /// Goes on with a ticket that was followed before, here or in another process.
    pub fn resume(&self, checkpoint: Checkpoint<S::Ticket>) -> Following<S> {
        let follow = Follow::resume(self.pace.clone(), &checkpoint);
        let work = if follow.is_spent() { Work::Spent } else { Work::Begin };
        let Checkpoint { ticket, pause, .. } = checkpoint;
        Following { pause, ..self.following(ticket, follow, work) }
    }

    fn following(&self, ticket: S::Ticket, follow: Follow, work: Work<S::Output>) -> Following<S> {
        let span = Following::<S>::span(&ticket);
        let (source, clock) = (self.source.clone(), self.clock.clone());
        let (hold, counts) = (self.hold, Counts::default());
        Following { source, clock, ticket, follow, hold, pause: None, work, counts, span }
    }
}

impl<S: Source + ?Sized> Clone for Poller<S> {
    fn clone(&self) -> Self {
        let (source, clock, pace) = (self.source.clone(), self.clock.clone(), self.pace.clone());
        Self { source, clock, pace, hold: self.hold }
    }
}

impl<S: Source + ?Sized> fmt::Debug for Poller<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("policy", &self.pace).finish_non_exhaustive()
    }
}
