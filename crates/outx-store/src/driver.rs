//! Who runs the operations: the caller, or a thread that owns the connection.

use crate::db::Db;
use crate::error::{StoreError, StoreErrorKind};
use crate::job::{Access, Answer, Job, Operation};
use rusqlite::Connection;
use std::fmt;
use std::future::poll_fn;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread::{self, JoinHandle};

/// The way of an operation to the core.
#[derive(Debug)]
pub(crate) enum Driver {
    Inline(Inline),
    Threaded(Writer),
}

impl Driver {
    pub(crate) fn inline(db: Db) -> Self {
        Self::Inline(Inline { db: Mutex::new(db), queue: Mutex::default() })
    }

    pub(crate) fn threaded(db: Db) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel();
        let thread = thread::Builder::new().name("outx-store".to_owned()).spawn(move || serve(&db, &jobs));
        let thread = thread.map_err(|error| {
            let message = "the system gave no thread for the store; end other programs and try again";
            StoreError::new(StoreErrorKind::Open, message).with_source(error)
        })?;
        Ok(Self::Threaded(Writer { queue: Some(queue), thread: Some(thread) }))
    }

    /// Runs an operation and waits until it is durable.
    pub(crate) async fn run<T, F>(&self, access: Access, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let answer = self.start(access, work)?;
        if let Self::Inline(inline) = self {
            inline.commit_together().await;
        }
        // A channel that closes without an answer is a thread that ended: nobody waits for ever.
        answer.await.unwrap_or_else(|_| Err(StoreError::stopped()))
    }

    /// Hands an operation over; from here on it happens, whether or not somebody waits.
    fn start<T, F>(&self, access: Access, work: F) -> Result<Answer<T>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Operation::boxed(access, work);
        match self {
            Self::Inline(inline) => inline.queue().push(job),
            Self::Threaded(writer) => writer.send(job)?,
        }
        Ok(answer)
    }
}

/// The connection, and what waits for the next commit.
pub(crate) struct Inline {
    db: Mutex<Db>,
    queue: Mutex<Vec<Box<dyn Job>>>,
}

impl Inline {
    fn queue(&self) -> MutexGuard<'_, Vec<Box<dyn Job>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets all others of the caller's thread that have something to write hand it over first; whoever comes back
    /// first commits it for all. So what is asked for together is one commit, as it is with a thread that writes.
    async fn commit_together(&self) {
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.commit();
    }

    fn commit(&self) {
        // After a panic the transaction was rolled back on the way, so the connection is good.
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = std::mem::take(&mut *self.queue());
        if !jobs.is_empty() {
            db.group(jobs);
        }
    }
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inline").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Drop for Inline {
    /// Whoever stopped waiting did not stop the operation.
    fn drop(&mut self) {
        self.commit();
    }
}

/// The thread that writes, and the queue before it.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(StoreError::stopped)?;
        queue.send(job).map_err(|_| StoreError::stopped())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The queue ends after what is in it, and the thread with it.
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        // An answer wakes its caller on the writer's thread, and what a waker drops may hold the last handle.
        if thread.thread().id() != thread::current().id() {
            // If it panicked, those who waited have been told.
            drop(thread.join());
        }
    }
}

/// How often the writer looks once more whether something follows. Whoever writes two things at once hands
/// over the second one within microseconds; a commit of its own would cost it a hundred times that.
const LOOKS: usize = 16;

/// Takes all that is queued, as one group, until nobody can ask any more.
fn serve(db: &Db, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        for _ in 0..LOOKS {
            match jobs.try_recv() {
                Ok(next) => group.push(next),
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Disconnected) => break,
            }
        }
        group.extend(jobs.try_iter());
        db.group(group);
    }
}

#[cfg(test)]
mod tests;
