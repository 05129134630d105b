//! Records on their way to the store, in the order in which they were decided.

use crate::record::Record;
use crate::store::{ServiceStore, ServiceStoreError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The place of a record among all that its line ever held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u64);

/// The line before a store. One append is under way at a time, and takes all that wait: so the store holds at
/// any moment the first of what was decided, without a gap, and many callers share one append.
pub(crate) struct Line {
    store: Arc<dyn ServiceStore>,
    queue: Arc<Mutex<Queue>>,
}

struct Queue {
    /// What the store does not hold yet, as far as anybody knows. The first of it may be on its way.
    waiting: Vec<Record>,
    /// The place of the last record that the store holds.
    kept: Place,
    writing: Option<Writing>,
}

/// An append that is under way, up to this place. Whoever waits for it drives it, and it stays here if nobody
/// does: a caller who goes away neither stops it nor lets it happen twice.
#[derive(Clone)]
struct Writing {
    to: Place,
    done: Shared<BoxFuture<'static, Result<(), ServiceStoreError>>>,
}

impl Line {
    pub(crate) fn new(store: Arc<dyn ServiceStore>) -> Self {
        let queue = Queue { waiting: Vec::new(), kept: Place(0), writing: None };
        Self { store, queue: Arc::new(Mutex::new(queue)) }
    }

    /// Puts records at the end. Whoever calls it still keeps others from deciding anything.
    pub(crate) fn join(&self, records: Vec<Record>) -> Place {
        let mut queue = lock(&self.queue);
        queue.waiting.extend(records);
        queue.last()
    }

    /// Waits until all up to a place are durable.
    ///
    /// What an append could not keep is decided all the same. It stays in the line, and the next append tries
    /// it again, before all that came later.
    ///
    /// # Errors
    ///
    /// When the append failed that they were in.
    pub(crate) async fn kept(&self, place: Place) -> Result<(), ServiceStoreError> {
        while let Some(Writing { to, done }) = self.writing(place) {
            match done.await {
                Err(error) if place <= to => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The append that is under way, or a new one; none if a place is kept.
    fn writing(&self, place: Place) -> Option<Writing> {
        let mut queue = lock(&self.queue);
        if queue.kept >= place {
            return None;
        }
        let writing = queue.writing.take().unwrap_or_else(|| self.write(&queue));
        queue.writing = Some(writing.clone());
        Some(writing)
    }

    fn write(&self, queue: &Queue) -> Writing {
        let (store, batch, to) = (Arc::clone(&self.store), queue.waiting.clone(), queue.last());
        // An append that is never driven to its end must not keep its own queue alive.
        let queue = Arc::downgrade(&self.queue);
        let done = async move {
            let count = batch.len();
            let done = store.append(batch).await;
            if let Some(queue) = queue.upgrade() {
                let mut queue = lock(&queue);
                queue.writing = None;
                if done.is_ok() {
                    queue.waiting.drain(..count);
                    queue.kept = to;
                }
            }
            done
        };
        Writing { to, done: done.boxed().shared() }
    }
}

impl Queue {
    /// The place of the last record in the line.
    fn last(&self) -> Place {
        Place(self.kept.0 + self.waiting.len() as u64)
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
