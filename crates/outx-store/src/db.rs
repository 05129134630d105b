//! The synchronous core: a connection, and groups of operations on it.

use crate::error::StoreError;
use crate::job::{Access, Job};
use crate::{damage, file, schema};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An open store, used by one thread at a time.
#[derive(Debug)]
pub(crate) struct Db {
    connection: Connection,
    commits: Arc<AtomicU64>,
}

impl Db {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let db = Self::over(file::open(path)?)?;
        damage::refuse_cut(path)?;
        Ok(db)
    }

    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        Self::over(file::in_memory()?)
    }

    fn over(connection: Connection) -> Result<Self, StoreError> {
        schema::prepare(&connection)?;
        Ok(Self { connection, commits: Arc::default() })
    }

    /// The count of transactions that wrote, for others to look at.
    pub(crate) fn commits(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commits)
    }

    /// Runs some operations in one transaction and answers when they are durable.
    pub(crate) fn group(&self, mut jobs: Vec<Box<dyn Job>>) {
        let saved = self.transact(&mut jobs);
        for job in jobs {
            job.answer(saved.clone());
        }
    }

    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        if jobs.iter().all(|job| job.access() == Access::Read) {
            // A transaction nevertheless: several statements of one operation must see one state.
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
            for job in jobs {
                // Each keeps its own failure; there is nothing to undo.
                drop(job.run(&transaction));
            }
            return Ok(());
        }
        // Immediate, because a transaction that reads before it writes could not wait for another process.
        let mut transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for job in jobs {
            let savepoint = transaction.savepoint()?;
            match job.run(&savepoint) {
                Ok(()) => savepoint.commit()?,
                // A full or failing disk ends the whole transaction, and so the group.
                Err(error) if self.connection.is_autocommit() => return Err(error),
                Err(_) => savepoint.finish()?,
            }
        }
        transaction.commit()?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
