//! What happens to the tickets of a fleet, as a stream.

use super::Seat;
use crate::fleet::Fleet;
use crate::outcome::Followed;
use crate::progress::Progress;
use crate::source::{Source, TaskSource};
use futures_util::Stream;
use jiff::Timestamp;
use outx_model::Ticket;
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Something that happened in a fleet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FleetEvent<T = (), K = Ticket, O = Value> {
    /// A poll found that a task goes on, or found nothing out.
    Polled(Polled<K>),
    /// Following a ticket ended; with that it is given back.
    Ended(Followed<T, K, O>),
    /// An origin answers nobody, and is left alone until a moment.
    Down {
        /// As the source names it.
        origin: Box<str>,
        /// When a probe goes.
        until: Timestamp,
    },
    /// It answers again.
    Up {
        /// As the source names it.
        origin: Box<str>,
    },
    /// An account's browser extension sleeps, and its tickets are held.
    Paused {
        /// The account.
        account: Box<str>,
        /// When the first probe goes.
        until: Timestamp,
    },
    /// It is awake again.
    Resumed {
        /// The account.
        account: Box<str>,
    },
}

/// A poll after which following goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled<K = Ticket> {
    /// The ticket's place in the fleet.
    pub seat: Seat,
    /// The ticket.
    pub ticket: K,
    /// What is known of the task now.
    pub progress: Progress,
    /// What went wrong, where the poll told nothing about the task: one line for people.
    pub trouble: Option<String>,
    /// When it is asked about again, if the budgets allow it then.
    pub next: Timestamp,
}

/// An event of a fleet of a source.
pub type FleetEventOf<T, S> = FleetEvent<T, <S as Source>::Ticket, <S as Source>::Output>;

/// Everything that happens in a fleet, until no ticket is left. Dropping it loses no ticket; what else happened is told to
/// whoever looks.
pub struct Events<'a, T, S: Source + ?Sized = TaskSource>(&'a mut Fleet<T, S>);

impl<T, S: Source + ?Sized + 'static> Fleet<T, S> {
    /// Everything that happens, as a stream.
    pub fn events(&mut self) -> Events<'_, T, S> {
        self.watched = true;
        Events(self)
    }

    /// The ends of all tickets as they come, as a stream; [`next`](Self::next) gives the same one by one.
    pub fn as_completed(&mut self) -> impl Stream<Item = Followed<T, S::Ticket, S::Output>> + '_ {
        futures_util::stream::poll_fn(|context| self.poll_ended(context))
    }
}

impl<T, S: Source + ?Sized + 'static> Stream for Events<'_, T, S> {
    type Item = FleetEventOf<T, S>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let fleet = &mut *self.get_mut().0;
        fleet.watched = true;
        fleet.poll_event(context)
    }
}

impl<T, S: Source + ?Sized + 'static> fmt::Debug for Events<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Events").field(&self.0).finish()
    }
}
