//! Waiting for all, or for any.

use super::Fleet;
use crate::checkpoint::Checkpoint;
use crate::policy::Pace;
use crate::source::{FollowedOf, Source};
use outx_model::Ticket;
use outx_transport::Clock;
use std::future::poll_fn;
use std::sync::Arc;

/// A ticket that is followed no longer, as good as before.
#[derive(Debug, Clone, PartialEq)]
pub struct Left<T = (), K = Ticket> {
    /// What it was added with.
    pub tag: T,
    /// The ticket with all that is known of the task, for going on where this ended: [`Fleet::resume_in`].
    pub checkpoint: Checkpoint<K>,
}

impl<T, S: Source + ?Sized + 'static> Fleet<T, S> {
    /// Waits until following each of the tickets has ended, and gives all back, in the order of their ends.
    ///
    /// Cancel-safe: until all have ended, the ends stay in the fleet.
    pub async fn wait_all(&mut self) -> Vec<FollowedOf<T, S>> {
        poll_fn(|context| self.poll_all(context)).await;
        self.take_ended()
    }

    /// Waits until following one of the tickets ends, and gives it back; the others stay. It is [`next`](Self::next) by
    /// another name.
    ///
    /// Cancel-safe, as that is.
    pub async fn wait_any(&mut self) -> Option<FollowedOf<T, S>> {
        self.next().await
    }
}

/// Follows some tickets until each has ended, and gives them back in the order in which they were given; the tag is that
/// order. Whoever may be dropped while waiting keeps a [`Fleet`] instead.
pub async fn wait_all<S: Source + ?Sized + 'static>(
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    tickets: impl IntoIterator<Item = S::Ticket>,
    policy: impl Into<Pace>,
) -> Vec<FollowedOf<usize, S>> {
    let (mut fleet, pace) = (Fleet::over(source, clock), policy.into());
    for (number, ticket) in tickets.into_iter().enumerate() {
        fleet.add(number, ticket, pace.clone());
    }
    let mut all = fleet.wait_all().await;
    all.sort_by_key(|followed| followed.tag);
    all
}
