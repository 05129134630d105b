//! Schedules that are shared.

use super::aim::{Aim, Bounds};
use super::table::Schedule;
use crate::law::Law;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The schedules that are in use, each made once: ten thousand tasks under one law share one.
///
/// ```
/// use outx_poller::law::Law;
/// use outx_poller::schedule::{Aim, Bounds, Schedules};
/// use std::sync::Arc;
///
/// let schedules = Schedules::new();
/// let (one, other) = (Law::prior(), Law::prior());
/// let first = schedules.get(&one, Aim::default(), Bounds::default());
/// assert!(Arc::ptr_eq(&first, &schedules.get(&other, Aim::default(), Bounds::default())));
/// ```
#[derive(Debug, Default)]
pub struct Schedules {
    /// The one that was used last comes last.
    kept: Mutex<VecDeque<(Key, Arc<Schedule>)>>,
}

/// What a law says, its version, whether polls are meant and not their cost, and how much; the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(u64, u32, bool, u64, Bounds);

impl Schedules {
    /// So many schedules are kept, about 5 KB each; the one that was not used for the longest goes.
    pub const KEPT: usize = 256;

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The schedule of a law and an aim, made where it is not there yet.
    pub fn get(&self, law: &Law, aim: Aim, bounds: Bounds) -> Arc<Schedule> {
        let (polls, much) = match aim {
            Aim::Cost(cost) => (false, cost),
            Aim::Polls(polls) => (true, polls),
        };
        let key = Key(law.fingerprint(), law.version(), polls, much.to_bits(), bounds);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(other, _)| *other == key).and_then(|at| kept.remove(at));
        let schedule =
            found.map_or_else(|| Arc::new(Schedule::new(law, aim, bounds)), |(_, schedule)| schedule);
        kept.push_back((key, Arc::clone(&schedule)));
        if kept.len() > Self::KEPT {
            kept.pop_front();
        }
        schedule
    }
}
