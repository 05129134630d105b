//! The work of a fleet: taking answers, bringing forward what is due, starting polls, and sleeping until the next moment.

use super::circuit::is_there;
use super::event::{FleetEvent, FleetEventOf, Polled};
use super::lanes::Turn;
use super::member::{Key, Member, Stage};
use super::{Fleet, Followed, FollowedOf, Seat};
use crate::account_pause::AccountPause;
use crate::counts::Counts;
use crate::follow::Step;
use crate::following::Following;
use crate::heard::{heard, overlooked};
use crate::moment::later;
use crate::outcome::{Outcome, Pause};
use crate::source::{Handle, Seen, Source};
use futures_util::stream::StreamExt;
use jiff::Timestamp;
use std::sync::Arc;
use std::task::{Context, Poll};
use tracing::Instrument;

/// What came of a poll.
pub(super) struct Answered<K, O> {
    turn: Turn,
    ticket: K,
    seen: Seen<O>,
    /// A span of the task's for this poll: for one that lives as long as the task there is no room.
    span: tracing::Span,
}

impl<T, S: Source + ?Sized + 'static> Fleet<T, S> {
    /// The next end; whatever else happened is passed over.
    pub(super) fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<Option<FollowedOf<T, S>>> {
        self.watched = false;
        loop {
            match self.poll_event(context) {
                Poll::Ready(Some(FleetEvent::Ended(followed))) => return Poll::Ready(Some(followed)),
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// The next thing that happened; nothing when no ticket is left.
    pub(super) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<FleetEventOf<T, S>>> {
        loop {
            self.work(context);
            if let Some(event) = self.ready.pop_front() {
                self.ended -= usize::from(matches!(event, FleetEvent::Ended(_)));
                return Poll::Ready(Some(event));
            }
            if self.members.len() == 0 {
                return Poll::Ready(None);
            }
            if !self.slept(context) {
                return Poll::Pending;
            }
        }
    }

    /// Works until there is nothing to do at this moment; true when none is left whose end was not seen.
    pub(super) fn poll_all(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.work(context);
            if self.members.len() == 0 {
                return Poll::Ready(());
            }
            if !self.slept(context) {
                return Poll::Pending;
            }
        }
    }

    /// All ends that were seen and not taken, in their order.
    pub(super) fn take_ended(&mut self) -> Vec<FollowedOf<T, S>> {
        self.ended = 0;
        let ends = self.ready.drain(..).filter_map(|event| match event {
            FleetEvent::Ended(followed) => Some(followed),
            _ => None,
        });
        ends.collect()
    }

    fn work(&mut self, context: &mut Context<'_>) {
        loop {
            while let Poll::Ready(Some(answered)) = self.polls.poll_next_unpin(context) {
                self.land(answered, self.clock.now());
            }
            let now = self.clock.now();
            self.bring_due(now);
            self.end_held(now);
            // What was just started must be looked at once, or nobody would wake us for it.
            if !self.start(now) {
                return;
            }
        }
    }

    /// A poll is over: what it says of the origin, of the account, and of its task.
    fn land(&mut self, Answered { turn, ticket, seen, span }: Answered<S::Ticket, S::Output>, at: Timestamp) {
        let lane = &mut self.lanes.list[turn.lane];
        lane.spent.in_flight -= 1;
        let (origin, there) = (lane.origin, is_there(&seen));
        let circuit = &mut self.circuits[origin];
        let was_closed = circuit.is_closed();
        match there {
            Some(true) => circuit.answered(),
            Some(false) if circuit.failed(turn.probe, at) => {
                let until = circuit.probe_at().unwrap_or(at);
                self.tell(|fleet| FleetEvent::Down { origin: fleet.origin_name(origin), until });
            }
            None if turn.probe => circuit.inconclusive(at),
            Some(false) | None => {}
        }
        let is_closed = self.circuits[origin].is_closed();
        if is_closed && !was_closed {
            self.tell(|fleet| FleetEvent::Up { origin: fleet.origin_name(origin) });
        }
        let refused = self.holding && matches!(seen, Seen::Paused(Pause::Extension, _));
        self.land_on_account(turn, refused, there, at);
        let is_held = self.lanes.list[turn.lane].hold.is_paused();
        if is_closed != was_closed {
            self.open_and_shut(|lane| lane.origin == origin);
        }

        let index = turn.key.index;
        let Some(member) = self.members.get_mut(index) else { return };
        if !member.is_named_by(turn.key) || member.stage != Stage::Asked {
            return;
        }
        let (group, mut counted) = (member.group, Counts::default());
        let (follow, counts) = (&mut member.follow, &mut counted);
        let step = span.in_scope(|| match seen {
            Seen::Paused(Pause::Extension, why) if refused => {
                // It goes on when the account does, with what it has; and no probe is sooner than its policy says.
                let next = later(at, follow.pace().pause());
                follow.hold(why, next);
                counts.probed();
                Step::PollAt(next)
            }
            // Whether the account is awake is as open as before, and so long no clock of its tickets runs.
            Seen::Unanswered(why) | Seen::Unreadable(why) if is_held => {
                let next = later(at, follow.pace().pause());
                follow.hold(why, next);
                counts.probed();
                Step::PollAt(next)
            }
            Seen::Unanswered(why) | Seen::Unreadable(why) if !was_closed => {
                overlooked(follow, &ticket, why, at, counts)
            }
            seen => heard(follow, &ticket, seen, at, counts),
        });
        self.counts += counted;
        *self.of_groups.entry(group).or_default() += counted;
        match step {
            Step::PollAt(next) => {
                member.stage = Stage::Later;
                let (key, seat) = (member.key(index), Seat { index, place: member.place });
                let (progress, trouble) = (*member.follow.progress(), member.follow.trouble());
                if self.watched {
                    let trouble = trouble.map(str::to_owned);
                    self.ready.push_back(FleetEvent::Polled(Polled {
                        seat,
                        ticket,
                        progress,
                        trouble,
                        next,
                    }));
                }
                self.later.insert(key);
            }
            Step::Done(outcome) => self.end(index, outcome, at),
        }
    }

    /// What a poll says of its account: a refusal begins a pause or goes on with it, any other answer ends it.
    fn land_on_account(&mut self, turn: Turn, refused: bool, there: Option<bool>, at: Timestamp) {
        let lane = &mut self.lanes.list[turn.lane];
        if refused {
            if lane.hold.refused(turn.probe, at) {
                let (account, until) = (lane.account.clone(), lane.hold.probe_at().unwrap_or(at));
                self.open_and_shut(|lane| lane.account == account);
                self.tell(|_| FleetEvent::Paused { account, until });
            }
        } else if there == Some(true) {
            let Some(since) = lane.hold.over() else { return };
            let account = lane.account.clone();
            for (_, member) in self.members.iter_mut() {
                if self.commons.lane(member.common) == turn.lane {
                    member.follow.excuse(since, at);
                }
            }
            self.open_and_shut(|lane| lane.account == account);
            self.tell(|_| FleetEvent::Resumed { account });
        } else if turn.probe {
            lane.hold.inconclusive(at);
        }
    }

    /// Moves those that are due to where they belong, after lanes were opened or shut.
    fn open_and_shut(&mut self, which: impl Fn(&super::lanes::Lane) -> bool) {
        for lane in self.lanes.list.iter_mut().filter(|lane| which(lane)) {
            let shut = lane.is_shut(&self.circuits);
            let moved: Vec<Key> = if shut {
                lane.drain().collect()
            } else {
                std::mem::take(&mut lane.held).into_iter().collect()
            };
            for key in moved {
                let Some(member) = self.members.get_mut(key.index).filter(|member| member.is_named_by(key))
                else {
                    continue;
                };
                if shut {
                    member.stage = Stage::Held;
                    lane.held.insert(member.held_key(key.index));
                } else {
                    member.stage = Stage::Due;
                    lane.push(member.group, member.key(key.index), member.is_in_trouble());
                }
            }
        }
    }

    fn bring_due(&mut self, now: Timestamp) {
        while let Some(key) = self.later.first().copied().filter(|key| key.moment() <= now) {
            self.later.pop_first();
            let Some(member) = self.members.get_mut(key.index).filter(|member| member.is_named_by(key))
            else {
                continue;
            };
            let lane = &mut self.lanes.list[self.commons.lane(member.common)];
            if lane.is_shut(&self.circuits) {
                member.stage = Stage::Held;
                lane.held.insert(member.held_key(key.index));
            } else {
                member.stage = Stage::Due;
                lane.push(member.group, key, member.is_in_trouble());
            }
        }
    }

    /// Patience ends also for those that are held because their origin is down; in a paused account no clock runs.
    fn end_held(&mut self, now: Timestamp) {
        for number in 0..self.lanes.list.len() {
            loop {
                let lane = &mut self.lanes.list[number];
                let first = lane.first_deadline().filter(|key| key.moment() <= now);
                let Some(key) = first else { break };
                lane.held.remove(&key);
                if self.members.get(key.index).is_some_and(|member| member.is_named_by(key)) {
                    self.end(key.index, Outcome::StillPending(Pause::Network), now);
                }
            }
        }
    }

    /// Ends following before it was asked about at all.
    pub(super) fn end_now(&mut self, index: u32, outcome: Outcome<S::Output>) {
        if let Some(member) = self.members.get(index) {
            self.withdraw(index, member.common);
        }
        self.end(index, outcome, self.clock.now());
    }

    /// Takes over the pause of a member's account.
    pub(super) fn pause_account(&mut self, index: u32, pause: AccountPause) {
        let Some(member) = self.members.get(index) else { return };
        let lane = &mut self.lanes.list[self.commons.lane(member.common)];
        lane.hold.adopt(pause);
        let account = lane.account.clone();
        self.open_and_shut(|lane| lane.account == account);
    }

    fn end(&mut self, index: u32, outcome: Outcome<S::Output>, at: Timestamp) {
        let Some((Member { tag, follow, .. }, ticket)) = self.take(index) else { return };
        let (polls, progress) = (follow.polls(), *follow.progress());
        let trouble = follow.trouble().map(str::to_owned);
        self.ended += 1;
        self.ready.push_back(FleetEvent::Ended(Followed {
            tag,
            ticket,
            outcome,
            polls,
            trouble,
            progress,
            at,
        }));
    }

    /// Starts what may be started; true if anything was.
    fn start(&mut self, now: Timestamp) -> bool {
        let mut started = false;
        while self.polls.len() < self.most {
            let members = &self.members;
            let rank = |key: Key| members.get(key.index).map_or(0.0, |member| member.rank(now));
            let popped = self.lanes.pop(&mut self.circuits, &self.budget, self.ordering, now, &rank);
            let Some(turn) = popped else { break };
            started |= self.ask(turn, now);
        }
        started
    }

    fn ask(&mut self, turn: Turn, now: Timestamp) -> bool {
        let Some(member) = self.members.get_mut(turn.key.index).filter(|member| member.is_named_by(turn.key))
        else {
            // Its deadline has moved while it was held, so that it was not found when it went.
            self.land_nobody(turn, now);
            return true;
        };
        let ticket = S::Ticket::joined(self.commons.get(member.common), &member.own);
        member.follow.ask(now);
        member.stage = Stage::Asked;
        let source = Arc::clone(&self.source);
        let span = Following::<S>::span(&ticket);
        let own = span.clone();
        let asked = async move {
            let seen = source.poll(&ticket).await;
            Answered { turn, ticket, seen, span: own }
        };
        self.polls.push(Box::pin(asked.instrument(span)));
        true
    }

    fn land_nobody(&mut self, turn: Turn, now: Timestamp) {
        let lane = &mut self.lanes.list[turn.lane];
        lane.spent.in_flight -= 1;
        if turn.probe {
            self.circuits[lane.origin].inconclusive(now);
            lane.hold.inconclusive(now);
        }
    }

    /// Sees to it that somebody wakes us when the next moment comes; true if it has come.
    fn slept(&mut self, context: &mut Context<'_>) -> bool {
        let Some(next) = self.next_moment() else {
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

    fn next_moment(&self) -> Option<Timestamp> {
        let deadlines = self.lanes.list.iter().filter_map(|lane| Some(lane.first_deadline()?.moment())).min();
        // While all places are taken, an answer wakes us before anything could be started.
        if self.polls.len() >= self.most {
            return deadlines;
        }
        let lanes = self.lanes.list.iter();
        let starts = lanes.filter_map(|lane| lane.next_start(&self.circuits, &self.budget)).min();
        let later = self.later.first().map(Key::moment);
        later.into_iter().chain(starts).chain(deadlines).min()
    }

    /// Tells of something, if anybody wants to hear it.
    fn tell(&mut self, event: impl FnOnce(&Self) -> FleetEventOf<T, S>) {
        if self.watched {
            let event = event(self);
            self.ready.push_back(event);
        }
    }

    fn origin_name(&self, number: usize) -> Box<str> {
        let mut names = self.origins.iter();
        names.find(|(_, other)| **other == number).map(|(name, _)| name.clone()).unwrap_or_default()
    }
}
