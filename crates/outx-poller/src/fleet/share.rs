//! One fleet for several who know nothing of each other, such as the runs of an engine.

use super::{Fleet, Left, Seat};
use crate::checkpoint::Checkpoint;
use crate::counts::Counts;
use crate::outcome::Followed;
use crate::policy::Pace;
use crate::source::{FollowedOf, Source, TaskSource};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A fleet that several share: one budget for each account, one circuit for each origin, and turns between them. Each has a
/// [`Share`] and sees its own tickets alone. Nobody drives it but those who wait, and whoever waits drives it for all; so all
/// of them are to be on one executor, whose timers wake them.
pub struct SharedFleet<T, S: Source + ?Sized = TaskSource> {
    dock: Arc<Mutex<Dock<T, S>>>,
}

struct Dock<T, S: Source + ?Sized> {
    fleet: Fleet<(u32, T), S>,
    shares: BTreeMap<u32, Berth<T, S>>,
    next: u32,
    wakers: Arc<Wakers>,
}

/// What belongs to one share.
struct Berth<T, S: Source + ?Sized> {
    /// How many are followed.
    open: usize,
    /// Those that have ended and were not taken.
    ended: VecDeque<FollowedOf<T, S>>,
}

/// Whoever waits. All are woken whenever there is something to do, since any of them may have been dropped meanwhile.
#[derive(Default)]
struct Wakers(Mutex<BTreeMap<u32, Waker>>);

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_one(&self, share: u32) {
        let waker = self.lock().remove(&share);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        // A waker may do anything, and the lock must not be held then.
        let wakers = std::mem::take(&mut *self.lock());
        for waker in wakers.into_values() {
            waker.wake();
        }
    }
}

impl<T, S: Source + ?Sized + 'static> SharedFleet<T, S> {
    /// Shares a fleet, to which nothing was added yet. Whoever adds to it is a group of its own there.
    pub fn new(fleet: Fleet<(u32, T), S>) -> Self {
        let (shares, wakers) = (BTreeMap::new(), Arc::default());
        Self { dock: Arc::new(Mutex::new(Dock { fleet, shares, next: 0, wakers })) }
    }

    /// A share for somebody else.
    pub fn join(&self) -> Share<T, S> {
        let mut dock = lock(&self.dock);
        let number = dock.next;
        dock.next = number.wrapping_add(1);
        dock.shares.insert(number, Berth { open: 0, ended: VecDeque::new() });
        Share { dock: self.dock.clone(), number }
    }
}

impl<T, S: Source + ?Sized> Clone for SharedFleet<T, S> {
    fn clone(&self) -> Self {
        Self { dock: self.dock.clone() }
    }
}

impl<T, S: Source + ?Sized + 'static> fmt::Debug for SharedFleet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFleet").field(&lock(&self.dock).fleet).finish()
    }
}

/// One's part of a [`SharedFleet`]. Dropping it ends following its tickets.
pub struct Share<T, S: Source + ?Sized + 'static = TaskSource> {
    dock: Arc<Mutex<Dock<T, S>>>,
    number: u32,
}

impl<T, S: Source + ?Sized + 'static> Share<T, S> {
    /// Adds a ticket; `tag` comes back with what became of it. Its patience begins now.
    pub fn add(&mut self, tag: T, ticket: S::Ticket, policy: impl Into<Pace>) -> Seat {
        let mut dock = lock(&self.dock);
        let seat = dock.fleet.add_in(self.number, (self.number, tag), ticket, policy);
        dock.added(self.number);
        // Whoever drives the fleet sleeps until a moment that may be too late for this one.
        let wakers = dock.wakers.clone();
        drop(dock);
        Wake::wake(wakers);
        seat
    }

    /// How many of one's tickets were not yet given back.
    pub fn len(&self) -> usize {
        let dock = lock(&self.dock);
        dock.shares.get(&self.number).map_or(0, |berth| berth.open + berth.ended.len())
    }

    /// True when nothing is left to give back.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until following one of one's tickets ends, and gives it back; nothing when none is left.
    ///
    /// Cancel-safe, as [`Fleet::next`] is.
    pub async fn next(&mut self) -> Option<FollowedOf<T, S>> {
        poll_fn(|context| lock(&self.dock).poll_next(self.number, context)).await
    }

    /// What asking about one's tickets has cost so far, and what it was good for.
    pub fn counts(&self) -> Counts {
        lock(&self.dock).fleet.counts_of(self.number)
    }

    /// Ends following one of one's tickets and gives it back; see [`Fleet::cancel`].
    pub fn cancel(&mut self, seat: Seat) -> Option<Left<T, S::Ticket>> {
        let mut dock = lock(&self.dock);
        if dock.fleet.group(seat) != Some(self.number) {
            return None;
        }
        let Left { tag: (_, tag), checkpoint } = dock.fleet.cancel(seat)?;
        if let Some(berth) = dock.shares.get_mut(&self.number) {
            berth.open -= 1;
        }
        Some(Left { tag, checkpoint })
    }

    /// Those of one's tickets that have ended and were not taken, without asking about any.
    pub fn take_ended(&mut self) -> Vec<FollowedOf<T, S>> {
        let mut dock = lock(&self.dock);
        dock.shares.get_mut(&self.number).map(|berth| berth.ended.drain(..).collect()).unwrap_or_default()
    }

    /// Adds a ticket that was followed before, here or in another process: it goes on where that ended.
    pub fn resume(&mut self, tag: T, checkpoint: Checkpoint<S::Ticket>, policy: impl Into<Pace>) -> Seat {
        let mut dock = lock(&self.dock);
        let seat = dock.fleet.resume_in(self.number, (self.number, tag), checkpoint, policy);
        dock.added(self.number);
        let wakers = dock.wakers.clone();
        drop(dock);
        Wake::wake(wakers);
        seat
    }

    /// Ends following all of one's tickets and gives them back, with what is known of them; see [`Fleet::cancel_all`].
    pub fn cancel_all(&mut self) -> Vec<Left<T, S::Ticket>> {
        let mut dock = lock(&self.dock);
        let left = dock.fleet.cancel_group(self.number);
        if let Some(berth) = dock.shares.get_mut(&self.number) {
            berth.open -= left.len();
        }
        left.into_iter().map(|Left { tag: (_, tag), checkpoint }| Left { tag, checkpoint }).collect()
    }
}

impl<T, S: Source + ?Sized + 'static> Drop for Share<T, S> {
    fn drop(&mut self) {
        let mut dock = lock(&self.dock);
        if dock.shares.remove(&self.number).is_some_and(|berth| berth.open > 0) {
            drop(dock.fleet.cancel_group(self.number));
        }
        dock.fleet.forget_group(self.number);
        dock.wakers.lock().remove(&self.number);
    }
}

impl<T, S: Source + ?Sized + 'static> fmt::Debug for Share<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("number", &self.number)
            .field("tickets", &self.len())
            .finish_non_exhaustive()
    }
}

impl<T, S: Source + ?Sized + 'static> Dock<T, S> {
    fn added(&mut self, share: u32) {
        if let Some(berth) = self.shares.get_mut(&share) {
            berth.open += 1;
        }
    }

    fn poll_next(&mut self, share: u32, context: &mut Context<'_>) -> Poll<Option<FollowedOf<T, S>>> {
        self.wakers.lock().insert(share, context.waker().clone());
        let all = Waker::from(self.wakers.clone());
        while let Poll::Ready(Some(followed)) = self.fleet.poll_ended(&mut Context::from_waker(&all)) {
            let (owner, followed) = untagged(followed);
            if let Some(berth) = self.shares.get_mut(&owner) {
                berth.open -= 1;
                berth.ended.push_back(followed);
            }
            if owner != share {
                self.wakers.wake_one(owner);
            }
        }
        let Some(berth) = self.shares.get_mut(&share) else { return Poll::Ready(None) };
        match berth.ended.pop_front() {
            None if berth.open > 0 => Poll::Pending,
            ended => {
                self.wakers.lock().remove(&share);
                Poll::Ready(ended)
            }
        }
    }
}

fn untagged<T, K, O>(followed: Followed<(u32, T), K, O>) -> (u32, Followed<T, K, O>) {
    let Followed { tag: (owner, tag), ticket, outcome, polls, trouble, progress, at } = followed;
    (owner, Followed { tag, ticket, outcome, polls, trouble, progress, at })
}

fn lock<T, S: Source + ?Sized>(dock: &Mutex<Dock<T, S>>) -> MutexGuard<'_, Dock<T, S>> {
    dock.lock().unwrap_or_else(PoisonError::into_inner)
}
