//! Waiting for all, for any, or watching one.

use super::event::EventOf;
use super::{Fleet, Seat};
use crate::follow::Follow;
use crate::policy::Pace;
use crate::source::{FollowedOf, Source, TaskSource};
use futures_util::Stream;
use outx_model::Ticket;
use outx_transport::Clock;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A ticket that is followed no longer, as good as before.
#[derive(Debug, Clone)]
pub struct Left<T = (), K = Ticket> {
    /// What it was added with.
    pub tag: T,
    /// The ticket.
    pub ticket: K,
    /// What is known of the task, for going on where this ended: [`Fleet::resume_in`].
    pub follow: Follow,
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

/// Follows one ticket, as a stream of what happens: its last item is the end.
pub fn watch<S: Source + ?Sized + 'static>(
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    ticket: S::Ticket,
    policy: impl Into<Pace>,
) -> Watch<S> {
    let mut fleet = Fleet::over(source, clock);
    let seat = fleet.add((), ticket, policy);
    Watch { fleet, seat }
}

/// What happens to one ticket, until following it ends.
pub struct Watch<S: Source + ?Sized = TaskSource> {
    fleet: Fleet<(), S>,
    seat: Seat,
}

impl<S: Source + ?Sized + 'static> Watch<S> {
    /// Ends following and gives the ticket back; nothing when it has ended.
    pub fn cancel(&mut self) -> Option<Left<(), S::Ticket>> {
        self.fleet.cancel(self.seat)
    }
}

impl<S: Source + ?Sized + 'static> Stream for Watch<S>
where
    Fleet<(), S>: Unpin,
{
    type Item = EventOf<(), S>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let fleet = &mut self.get_mut().fleet;
        fleet.watched = true;
        fleet.poll_event(context)
    }
}

impl<S: Source + ?Sized + 'static> fmt::Debug for Watch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("seat", &self.seat).finish_non_exhaustive()
    }
}
