//! Follows many tickets from one queue.

use crate::follow::{Follow, Step};
use crate::lane::{Lanes, Member};
use crate::outcome::Followed;
use crate::policy::Pace;
use crate::rate::Rate;
use crate::source::{FollowedOf, Handle, Seen, Source, TaskSource};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use outx_transport::Clock;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Follows any number of tickets: one queue by due time, first in first out where times are equal, a bounded
/// number of polls in flight, and a rate for each account, fair between accounts.
///
/// There is no task and no timer for a ticket: the fleet works only while [`next`](Self::next) is awaited.
/// All its state is in itself, so that dropping that future, as `select!` does, loses nothing.
pub struct Fleet<T, S: Source + ?Sized = TaskSource> {
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    most: usize,
    rate: Rate,
    /// How many were ever added: the place in the queue where times are equal.
    added: u64,
    /// Those whose moment has not come.
    later: BTreeMap<(Timestamp, u64), Member<T, S::Ticket>>,
    /// Those whose moment has come, by account.
    due: Lanes<T, S::Ticket>,
    /// Those that are being asked about.
    asked: BTreeMap<u64, Member<T, S::Ticket>>,
    polls: FuturesUnordered<BoxFuture<'static, (u64, Seen<S::Output>)>>,
    sleep: Option<(Timestamp, BoxFuture<'static, ()>)>,
    /// Those that are done and were not yet taken.
    done: VecDeque<FollowedOf<T, S>>,
}

impl<T> Fleet<T> {
    /// An empty fleet for OutX's tasks.
    pub fn new(source: Arc<TaskSource>, clock: Arc<dyn Clock>) -> Self {
        Self::over(source, clock)
    }
}

impl<T, S: Source + ?Sized + 'static> Fleet<T, S> {
    /// How many polls are in flight at most, if nothing else is said.
    pub const IN_FLIGHT: usize = 16;
    /// How many polls an account starts a second, if nothing else is said: far above what a person's tasks
    /// need, and low enough that a mistake is no attack.
    pub const RATE: u32 = 100;
    /// How many of them may start together after a quiet time, if nothing else is said.
    pub const TOGETHER: u32 = 20;

    /// An empty fleet for the tasks of any source.
    pub fn over(source: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            most: Self::IN_FLIGHT,
            rate: Rate { each: Duration::from_secs(1) / Self::RATE, together: Self::TOGETHER },
            added: 0,
            later: BTreeMap::new(),
            due: Lanes::new(),
            asked: BTreeMap::new(),
            polls: FuturesUnordered::new(),
            sleep: None,
            done: VecDeque::new(),
        }
    }

    /// With so many polls in flight at most; at least one.
    pub fn with_max_in_flight(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// With a rate for each account: over any time no more than `per_second` polls are started, beyond
    /// `together` that may start at once after a quiet time. Both are at least one.
    pub fn with_rate(mut self, per_second: u32, together: u32) -> Self {
        self.rate = Rate { each: Duration::from_secs(1) / per_second.max(1), together: together.max(1) };
        self
    }

    /// Adds a ticket; `tag` comes back with what became of it. Its patience begins now.
    pub fn add(&mut self, tag: T, ticket: S::Ticket, policy: impl Into<Pace>) {
        let follow = Follow::new(policy, &ticket, self.clock.now());
        let place = self.added;
        self.added += 1;
        self.later.insert((follow.due(), place), Member { place, tag, ticket, follow });
    }

    /// How many tickets were added and not yet given back.
    pub fn len(&self) -> usize {
        self.later.len() + self.due.len() + self.asked.len() + self.done.len()
    }

    /// True when nothing is left to give back.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many polls are in flight.
    pub fn in_flight(&self) -> usize {
        self.asked.len()
    }

    /// Waits until following one of the tickets ends, and gives it back; nothing when none is left.
    ///
    /// Cancel-safe: dropping the future before it is ready loses neither a ticket nor an answer.
    pub async fn next(&mut self) -> Option<FollowedOf<T, S>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<FollowedOf<T, S>>> {
        loop {
            self.take_answers(context);
            if let Some(done) = self.done.pop_front() {
                return Poll::Ready(Some(done));
            }
            if self.is_empty() {
                return Poll::Ready(None);
            }
            let now = self.clock.now();
            self.bring_due(now);
            if self.start(now) {
                // What was just started must be looked at once, or nobody would wake us for it.
                continue;
            }
            if !self.slept(context) {
                return Poll::Pending;
            }
        }
    }

    fn take_answers(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(Some((place, seen))) = self.polls.poll_next_unpin(context) {
            let Some(mut member) = self.asked.remove(&place) else { continue };
            let at = self.clock.now();
            match member.follow.observe(seen, at) {
                Step::PollAt(moment) => drop(self.later.insert((moment, place), member)),
                Step::Done(outcome) => {
                    let (polls, progress) = (member.follow.polls(), *member.follow.progress());
                    let trouble = member.follow.trouble().map(str::to_owned);
                    let Member { tag, ticket, .. } = member;
                    self.done.push_back(Followed { tag, ticket, outcome, polls, trouble, progress, at });
                }
            }
        }
    }

    fn bring_due(&mut self, now: Timestamp) {
        while let Some(first) = self.later.first_entry()
            && first.key().0 <= now
        {
            self.due.push(first.remove());
        }
    }

    /// Starts what may be started; true if anything was.
    fn start(&mut self, now: Timestamp) -> bool {
        let mut started = false;
        while self.asked.len() < self.most
            && let Some(mut member) = self.due.pop(self.rate, now)
        {
            let (source, ticket, place) = (Arc::clone(&self.source), member.ticket.clone(), member.place);
            tracing::trace!(task = ticket.id(), polls = member.follow.polls() + 1, "polling");
            member.follow.ask(now);
            self.asked.insert(place, member);
            self.polls.push(Box::pin(async move { (place, source.poll(&ticket).await) }));
            started = true;
        }
        started
    }

    /// Sees to it that somebody wakes us when the next moment comes; true if it has come.
    fn slept(&mut self, context: &mut Context<'_>) -> bool {
        let first = self.later.first_key_value().map(|((moment, _), _)| *moment);
        // While all places are taken, an answer wakes us before anything could be started.
        let full = self.asked.len() >= self.most;
        let next = first.into_iter().chain(self.due.next_start(self.rate)).min().filter(|_| !full);
        let Some(next) = next else {
            self.sleep = None;
            return false;
        };
        if self.sleep.as_ref().is_none_or(|(moment, _)| *moment != next) {
            self.sleep = Some((next, self.clock.sleep_until(next)));
        }
        let woken = self.sleep.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(context).is_ready());
        if woken {
            self.sleep = None;
        }
        woken
    }
}

impl<T, S: Source + ?Sized + 'static> fmt::Debug for Fleet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("tickets", &self.len())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
