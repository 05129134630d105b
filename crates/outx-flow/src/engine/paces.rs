//! When the tasks of a run are asked about, and what their ends teach.

use super::Observer;
use crate::definition::Polling;
use crate::learning::Learning;
use outx_model::{AccountId, Call, Ticket};
use outx_poller::law::{Law, LawsError, Learned, Sample};
use outx_poller::schedule::{Aim, Bounds, Schedules};
use outx_poller::{Checkpoint, Followed, Hazard, Pace};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many samples of an endpoint are kept together: a law is written as a whole. A process that is killed has lost fewer
/// than these, and nothing depends on them.
const TOGETHER: usize = 16;

/// So many policies are shared at a time.
const SHARED: usize = 64;

/// The policies of a run's tasks, and what was learned.
pub(super) struct Paces {
    learning: Option<Learning>,
    account: AccountId,
    observer: Arc<dyn Observer>,
    schedules: Arc<Schedules>,
    known: Arc<Mutex<HashMap<Call, Arc<Learned>>>>,
    /// Steps with the same policy share one.
    made: HashMap<(Polling, Option<(Call, u32)>), Pace>,
    samples: HashMap<Call, Vec<Sample>>,
    is_told: Arc<AtomicBool>,
}

impl Paces {
    pub(super) fn new(
        learning: Option<Learning>,
        account: AccountId,
        observer: Arc<dyn Observer>,
        schedules: Arc<Schedules>,
    ) -> Self {
        let (known, made, samples, is_told) = Default::default();
        Self { learning, account, observer, schedules, known, made, samples, is_told }
    }

    /// Reads what was learned of an endpoint, where that is asked for the first time. What cannot be read is the prior.
    pub(super) async fn look_up(&self, endpoint: Call) {
        let Some(learning) = &self.learning else { return };
        if known(&self.known).contains_key(&endpoint) {
            return;
        }
        let learned = learning.laws.learned(&learning.key(&self.account, endpoint)).await;
        let learned = learned.unwrap_or_else(|why| {
            tell_once(&self.is_told, &*self.observer, &why);
            Arc::default()
        });
        known(&self.known).insert(endpoint, learned);
    }

    /// The version of the law by which a new task is asked about, which its ticket is to name.
    pub(super) fn law(&self, polling: &Polling, endpoint: Call) -> u32 {
        let known = known(&self.known);
        known.get(&endpoint).filter(|_| polling.is_learned).map_or(0, |learned| learned.law().version())
    }

    /// The policy by which a task is asked about. Its law is the one that its ticket names, in whatever process that is; where
    /// so old a law is kept no more, it is the one in force.
    pub(super) fn of(&mut self, polling: Polling, ticket: &Ticket) -> Pace {
        let law = polling.is_learned.then_some((ticket.endpoint, ticket.law));
        if let Some(pace) = self.made.get(&(polling, law)) {
            return pace.clone();
        }
        let by_law = law.and_then(|(endpoint, version)| {
            let learned = known(&self.known).get(&endpoint).cloned();
            let law = learned.map_or_else(|| Arc::new(Law::prior()), |learned| learned.of_ticket(version));
            let schedule = self.schedules.get(&law, Aim::default(), Bounds::default());
            Hazard::new(schedule, polling.timeout()).ok()
        });
        let pace = by_law.map_or_else(|| polling.policy.into(), Pace::from);
        // A run of many tasks sees many laws come and go; whoever is asked about by one holds it.
        if self.made.len() >= SHARED {
            self.made.clear();
        }
        self.made.insert((polling, law), pace.clone());
        pace
    }

    /// Takes what a following has shown; some of it is then to be kept.
    #[must_use]
    pub(super) fn saw<T>(
        &mut self,
        polling: Polling,
        followed: &Followed<T>,
    ) -> Option<impl Future<Output = ()> + Send + use<T>> {
        let learning = self.learning.clone()?;
        let endpoint = followed.ticket.endpoint;
        let sample = learning.sample(followed, &self.of(polling, &followed.ticket))?;
        let samples = self.samples.entry(endpoint).or_default();
        samples.push(sample);
        let samples = (samples.len() >= TOGETHER).then(|| std::mem::take(samples))?;
        self.learn(endpoint, samples)
    }

    /// Takes what the following of a task has shown that is followed no more; it is kept with the rest.
    pub(super) fn left(&mut self, polling: Polling, checkpoint: &Checkpoint) {
        let (Some(learning), ticket) = (self.learning.clone(), checkpoint.ticket()) else { return };
        let sample = learning.left(checkpoint.progress(), &self.of(polling, ticket));
        self.samples.entry(ticket.endpoint).or_default().extend(sample);
    }

    /// What is left to be kept.
    #[must_use]
    pub(super) fn rest(&mut self) -> Vec<impl Future<Output = ()> + Send + use<>> {
        let mut rest: Vec<_> = std::mem::take(&mut self.samples).into_iter().collect();
        rest.retain(|(_, samples)| !samples.is_empty());
        rest.sort_by_key(|(endpoint, _)| *endpoint);
        rest.into_iter().filter_map(|(endpoint, samples)| self.learn(endpoint, samples)).collect()
    }

    fn learn(&self, endpoint: Call, samples: Vec<Sample>) -> Option<impl Future<Output = ()> + Send + use<>> {
        let learning = self.learning.clone()?;
        let (all, is_told) = (self.known.clone(), self.is_told.clone());
        let (key, observer) = (learning.key(&self.account, endpoint), self.observer.clone());
        Some(async move {
            match learning.laws.learn(&key, &samples).await {
                Ok(learned) => drop(known(&all).insert(endpoint, learned)),
                Err(why) => tell_once(&is_told, &*observer, &why),
            }
        })
    }
}

/// No task is lost by it, so that it is said once and not with each.
fn tell_once(is_told: &AtomicBool, observer: &dyn Observer, why: &LawsError) {
    if !is_told.swap(true, Ordering::Relaxed) {
        observer.unlearned(why);
    }
}

fn known(all: &Mutex<HashMap<Call, Arc<Learned>>>) -> MutexGuard<'_, HashMap<Call, Arc<Learned>>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
