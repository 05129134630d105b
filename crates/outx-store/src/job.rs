//! One operation on its way to the connection and back.

use crate::error::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

/// What an operation does to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It takes no lock that keeps another process from writing.
    Read,
    /// It waits its turn among all processes, and is synchronised to disk.
    Write,
}

/// An operation of any result. It runs first and answers later: when its group is durable.
pub(crate) trait Job: Send {
    fn access(&self) -> Access;

    /// Runs the operation. After an error, what it wrote must be undone.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;

    /// Tells the caller, who may have gone. `saved` is what became of the whole group.
    fn answer(self: Box<Self>, saved: Result<(), StoreError>);
}

/// The operation `F` with the result `T`.
pub(crate) struct Operation<T, F> {
    access: Access,
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

/// Where an answer arrives. An error of the channel itself means that the store has stopped.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

impl<T, F> Operation<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
{
    /// The operation, and where its answer arrives.
    pub(crate) fn boxed(access: Access, work: F) -> (Box<dyn Job>, Answer<T>) {
        let (caller, answer) = oneshot::channel();
        (Box::new(Self { access, work: Some(work), result: None, caller }), answer)
    }
}

impl<T, F> Job for Operation<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn access(&self) -> Access {
        self.access
    }

    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let result = work(connection);
        let verdict = result.as_ref().map(|_| ()).map_err(StoreError::clone);
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, saved: Result<(), StoreError>) {
        let answer = match (self.result, saved) {
            // Its own failure says more than that of its group.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::stopped()),
        };
        drop(self.caller.send(answer));
    }
}
