//! Follows many tickets from one queue.

mod budget;
mod circuit;
mod crowd;
mod drive;
mod event;
mod hold;
mod lanes;
mod member;
mod pages;
mod share;
mod turns;
mod wait;

pub use circuit::{Circuit, CircuitLaw};
pub use crowd::Order;
pub use event::{Events, FleetEvent, FleetEventOf, Polled};
pub use share::{Share, SharedFleet};
pub use wait::{Left, wait_all};

use crate::checkpoint::Checkpoint;
use crate::counts::Counts;
use crate::follow::Follow;
use crate::outcome::{Followed, Outcome, Pause};
use crate::policy::Pace;
use crate::source::{FollowedOf, Handle, Source, TaskSource};
use budget::{Budget, Rate};
use crowd::Ordering;
use drive::Answered;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use lanes::Lanes;
use member::{Commons, Key, Member, Stage};
use outx_transport::Clock;
use pages::Pages;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

/// Follows any number of tickets from one queue. Each is polled when its policy says, or later: never sooner, and never
/// more than the budgets allow.
///
/// * A rate of polls for each account, and how many are in flight; of the rate, polls after errors may take a share.
/// * When more is due than may be asked, accounts take turns, and within an account the groups do. Within a group whoever
///   is expected to gain most is first; whoever has waited too long past its moment goes before.
/// * An origin that answers nobody is left alone but for a probe ([`Circuit`]), and a paused account may be held.
///
/// There is no task and no timer for a ticket: the fleet works only while [`next`](Self::next), or one of its streams, is
/// awaited. All its state is in itself, so that dropping that future, as `select!` does, loses nothing.
pub struct Fleet<T, S: Source + ?Sized = TaskSource> {
    source: Arc<S>,
    clock: Arc<dyn Clock>,
    most: usize,
    budget: Budget,
    ordering: Ordering,
    circuit: CircuitLaw,
    /// Whether accounts whose extension sleeps are held here until it wakes.
    holding: bool,
    /// How many were ever added, counted round: the place in the queue where times are equal.
    added: u32,
    members: Pages<Member<T, S::Ticket>>,
    commons: Commons<<S::Ticket as Handle>::Common>,
    origins: BTreeMap<Box<str>, usize>,
    /// By the number of the origin.
    circuits: Vec<Circuit>,
    /// Those whose moment has not come.
    later: BTreeSet<Key>,
    /// Those whose moment has come, by account.
    lanes: Lanes,
    polls: FuturesUnordered<BoxFuture<'static, Answered<S::Ticket, S::Output>>>,
    sleep: Option<(Timestamp, BoxFuture<'static, ()>)>,
    /// What was not taken yet.
    ready: VecDeque<FleetEventOf<T, S>>,
    /// How many of these are ends.
    ended: usize,
    counts: Counts,
    of_groups: BTreeMap<u32, Counts>,
    /// Whether anybody wants to see more than ends.
    watched: bool,
}

/// A member that has left, with its ticket.
type Taken<T, K> = (Member<T, K>, K);

/// Names a ticket within the fleet to which it was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    index: u32,
    place: u32,
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
    /// The share of an account's rate, in percent, that polls after errors may take, if nothing else is said.
    pub const RETRIES: u32 = 20;
    /// How long somebody waits past its moment while others are preferred, if nothing else is said.
    pub const STALENESS: Duration = Duration::from_secs(15);

    /// An empty fleet for the tasks of any source.
    pub fn over(source: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        let rate = Rate { each: Duration::from_secs(1) / Self::RATE, together: Self::TOGETHER };
        Self {
            source,
            clock,
            most: Self::IN_FLIGHT,
            budget: Budget { rate, retries: Self::RETRIES, in_flight: usize::MAX },
            ordering: Ordering { order: Order::default(), cap: Self::STALENESS },
            circuit: CircuitLaw::default(),
            holding: false,
            added: 0,
            members: Pages::new(),
            commons: Commons::new(),
            origins: BTreeMap::new(),
            circuits: Vec::new(),
            later: BTreeSet::new(),
            lanes: Lanes::default(),
            polls: FuturesUnordered::new(),
            sleep: None,
            ready: VecDeque::new(),
            ended: 0,
            counts: Counts::default(),
            of_groups: BTreeMap::new(),
            watched: false,
        }
    }

    /// With so many polls in flight at most; at least one.
    pub fn with_max_in_flight(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// With so many polls of one account in flight at most; at least one. As many as of all, if nothing else is said.
    pub fn with_max_of_account(mut self, most: usize) -> Self {
        self.budget.in_flight = most.max(1);
        self
    }

    /// With a rate for each account: over any time no more than `per_second` polls are started, beyond
    /// `together` that may start at once after a quiet time. Both are at least one.
    pub fn with_rate(mut self, per_second: u32, together: u32) -> Self {
        self.budget.rate =
            Rate { each: Duration::from_secs(1) / per_second.max(1), together: together.max(1) };
        self
    }

    /// With a share of each account's rate, in percent (1 to 100), for polls after errors: when everything goes wrong, no
    /// more than that is asked. What they ask counts against the rate like all else.
    pub fn with_retries(mut self, percent: u32) -> Self {
        self.budget.retries = percent.clamp(1, 100);
        self
    }

    /// In this order when more is due than may be asked.
    pub fn with_order(mut self, order: Order) -> Self {
        self.ordering.order = order;
        self
    }

    /// With a cap on how long somebody waits past its moment while others are preferred. Those beyond it are asked about
    /// in the order of their moments.
    pub fn with_staleness(mut self, cap: Duration) -> Self {
        self.ordering.cap = cap;
        self
    }

    /// With another law for the circuits of origins. Those of tickets that were added before stay as they are.
    pub fn with_circuit(mut self, law: CircuitLaw) -> Self {
        self.circuit = law;
        self
    }

    /// Holds the tickets of an account whose browser extension sleeps, until it is awake again, instead of giving them
    /// back with [`Pause::Extension`](crate::Pause::Extension). One of them is polled now and then to see that
    /// ([`AccountPause`](crate::AccountPause)); the time counts in no clock of theirs.
    pub fn holding_accounts(mut self) -> Self {
        self.holding = true;
        self
    }

    /// Adds a ticket; `tag` comes back with what became of it. Its patience begins now.
    pub fn add(&mut self, tag: T, ticket: S::Ticket, policy: impl Into<Pace>) -> Seat {
        self.add_in(0, tag, ticket, policy)
    }

    /// Adds a ticket of a group, such as a run: the groups of an account take turns, so that a large one does not hold up
    /// a small one.
    pub fn add_in(&mut self, group: u32, tag: T, ticket: S::Ticket, policy: impl Into<Pace>) -> Seat {
        let follow = Follow::new(policy, &ticket, self.clock.now());
        self.enter(group, tag, ticket, follow)
    }

    /// Adds a ticket of a group that was followed before, here or in another process: it goes on where that ended.
    pub fn resume_in(
        &mut self,
        group: u32,
        tag: T,
        checkpoint: Checkpoint<S::Ticket>,
        policy: impl Into<Pace>,
    ) -> Seat {
        let follow = Follow::resume(policy, &checkpoint);
        let (is_spent, pause, ticket) = (follow.is_spent(), checkpoint.pause, checkpoint.ticket);
        let seat = self.enter(group, tag, ticket, follow);
        if is_spent {
            self.end_now(seat.index, Outcome::StillPending(Pause::Polls));
        } else if let (true, Some(pause)) = (self.holding, pause) {
            self.pause_account(seat.index, pause);
        }
        seat
    }

    fn enter(&mut self, group: u32, tag: T, ticket: S::Ticket, follow: Follow) -> Seat {
        let origin = self.origin(&ticket);
        let lane = self.lanes.number(ticket.account(), origin);
        let (common, own) = ticket.split();
        let (place, common) = (self.added, self.commons.number(common, lane));
        self.added = self.added.wrapping_add(1);
        let (due, stage) = (follow.due(), Stage::Later);
        let index = self.members.insert(Member { tag, follow, own, place, group, common, stage });
        self.later.insert(Key::new(due, place, index));
        Seat { index, place }
    }

    fn origin(&mut self, ticket: &S::Ticket) -> usize {
        let name = self.source.origin(ticket);
        if let Some(number) = self.origins.get(name) {
            return *number;
        }
        let number = self.circuits.len();
        self.origins.insert(name.into(), number);
        self.circuits.push(Circuit::new(self.circuit));
        number
    }

    /// How many tickets were added and not yet given back.
    pub fn len(&self) -> usize {
        self.members.len() + self.ended
    }

    /// True when nothing is left to give back.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many polls are in flight.
    pub fn in_flight(&self) -> usize {
        self.polls.len()
    }

    /// The circuit of an origin, as [`Source::origin`] names it; nothing before a ticket of it was added.
    pub fn circuit(&self, origin: &str) -> Option<&Circuit> {
        self.circuits.get(*self.origins.get(origin)?)
    }

    /// Waits until following one of the tickets ends, and gives it back; nothing when none is left.
    ///
    /// Cancel-safe: dropping the future before it is ready loses neither a ticket nor an answer.
    pub async fn next(&mut self) -> Option<FollowedOf<T, S>> {
        poll_fn(|context| self.poll_ended(context)).await
    }

    /// Ends following a ticket and gives it back, with what is known of it; nothing when it has come back already, or its
    /// end waits to be taken. A poll that is on its way goes on and still counts as in flight, but nobody hears of it.
    pub fn cancel(&mut self, seat: Seat) -> Option<Left<T, S::Ticket>> {
        let key = Key::named(seat.place, seat.index);
        let member = self.members.get(seat.index).filter(|member| member.is_named_by(key))?;
        self.withdraw(seat.index, member.common);
        self.leave(seat.index)
    }

    /// The group of a ticket that is followed.
    fn group(&self, seat: Seat) -> Option<u32> {
        let member = self.members.get(seat.index)?;
        member.is_named_by(Key::named(seat.place, seat.index)).then_some(member.group)
    }

    /// Ends following all tickets of a group and gives them back, in the order in which they were added.
    fn cancel_group(&mut self, group: u32) -> Vec<Left<T, S::Ticket>> {
        let members = self.members.iter_mut().filter(|(_, member)| member.group == group);
        let mut seats: Vec<Seat> =
            members.map(|(index, member)| Seat { index, place: member.place }).collect();
        seats.sort_by_key(|seat| seat.place);
        seats.into_iter().filter_map(|seat| self.cancel(seat)).collect()
    }

    /// Forgets what asking for a group has cost; in the sum of all it stays.
    fn forget_group(&mut self, group: u32) {
        self.of_groups.remove(&group);
    }

    /// Ends following all tickets and gives them back, with what is known of them. Ends that were not taken yet stay.
    pub fn cancel_all(&mut self) -> Vec<Left<T, S::Ticket>> {
        let mut all: Vec<u32> = self.members.iter_mut().map(|(index, _)| index).collect();
        all.sort_by_key(|index| self.members.get(*index).map(|member| member.place));
        self.later.clear();
        for lane in &mut self.lanes.list {
            lane.clear();
        }
        all.into_iter().filter_map(|index| self.leave(index)).collect()
    }

    /// Takes a member out of whatever sorts it.
    fn withdraw(&mut self, index: u32, common: u32) {
        let Some(member) = self.members.get(index) else { return };
        let (key, lane) = (member.key(index), &mut self.lanes.list[self.commons.lane(common)]);
        match member.stage {
            Stage::Later => drop(self.later.remove(&key)),
            Stage::Due => drop(lane.remove(member.group, &key, member.is_in_trouble())),
            Stage::Held => drop(lane.held.remove(&member.held_key(index))),
            Stage::Asked => {}
        }
    }

    fn leave(&mut self, index: u32) -> Option<Left<T, S::Ticket>> {
        let (Member { tag, follow, common, .. }, ticket) = self.take(index)?;
        let pause = self.lanes.list[self.commons.lane(common)].hold.pause();
        Some(Left { tag, checkpoint: Checkpoint::new(ticket, &follow).with_pause(pause) })
    }

    fn take(&mut self, index: u32) -> Option<Taken<T, S::Ticket>> {
        let member = self.members.take(index)?;
        let ticket = S::Ticket::joined(self.commons.get(member.common), &member.own);
        Some((member, ticket))
    }

    /// What asking has cost so far, and what it was good for.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What asking for a group has cost so far.
    pub fn counts_of(&self, group: u32) -> Counts {
        self.of_groups.get(&group).copied().unwrap_or_default()
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
