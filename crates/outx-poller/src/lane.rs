//! Those of a fleet whose moment has come, by account, so that one account's crowd does not hold up another.

use crate::follow::Follow;
use crate::rate::{Rate, Used};
use crate::source::Handle;
use jiff::Timestamp;
use std::collections::VecDeque;

/// One ticket of a fleet.
pub(crate) struct Member<T, K> {
    pub(crate) place: u64,
    pub(crate) tag: T,
    pub(crate) ticket: K,
    pub(crate) follow: Follow,
}

/// The accounts take turns; within one, whoever was due first is first.
pub(crate) struct Lanes<T, K> {
    /// In the order of their first ticket. A process has few accounts, so they are walked through.
    lanes: Vec<Lane<T, K>>,
    turn: usize,
}

struct Lane<T, K> {
    account: Box<str>,
    used: Used,
    due: VecDeque<Member<T, K>>,
}

impl<T, K: Handle> Lanes<T, K> {
    pub(crate) fn new() -> Self {
        Self { lanes: Vec::new(), turn: 0 }
    }

    pub(crate) fn push(&mut self, member: Member<T, K>) {
        let account = member.ticket.account();
        if let Some(lane) = self.lanes.iter_mut().find(|lane| *lane.account == *account) {
            lane.due.push_back(member);
        } else {
            let account = Box::from(account);
            self.lanes.push(Lane { account, used: Used::default(), due: VecDeque::from([member]) });
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.due.len()).sum()
    }

    /// Takes the next one that may be started now, and notes its start.
    pub(crate) fn pop(&mut self, rate: Rate, now: Timestamp) -> Option<Member<T, K>> {
        for _ in 0..self.lanes.len() {
            let lanes = self.lanes.len();
            let lane = &mut self.lanes[self.turn];
            self.turn = (self.turn + 1) % lanes;
            if rate.next(lane.used) <= now
                && let Some(member) = lane.due.pop_front()
            {
                rate.start(&mut lane.used, now);
                return Some(member);
            }
        }
        None
    }

    /// The earliest moment at which one of those that are due may be started.
    pub(crate) fn next_start(&self, rate: Rate) -> Option<Timestamp> {
        let waiting = self.lanes.iter().filter(|lane| !lane.due.is_empty());
        waiting.map(|lane| rate.next(lane.used)).min()
    }
}
