//! The handle that others hold.

use crate::db::Db;
use crate::driver::Driver;
use crate::error::StoreError;
use crate::job::Access;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who runs the operations of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The caller, at once, on its own thread: for tests and simulations, where nothing may depend on how
    /// threads are scheduled.
    Inline,
    /// One thread that owns the file and commits in groups: for programs.
    Threaded,
}

/// A store. Handles are cheap to clone and share one connection; the file is closed with the last one, after
/// everything that was asked of it is done.
#[derive(Debug, Clone)]
pub struct Store {
    driver: Arc<Driver>,
    commits: Arc<AtomicU64>,
    /// The file, if there is one: an error says where it happened.
    path: Option<Arc<Path>>,
}

impl Store {
    /// Opens the store in a file. A file that does not exist is created, with its folder, for its owner only;
    /// one of an older version is brought to the present one. Several processes may have it open.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is not a store, was written by a newer version, or is on a network file
    /// system; in the latter three cases it was not changed.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let path = Arc::from(path);
        let opened = Db::open(&path).and_then(|db| Self::over(db, mode)).map_err(|error| error.at(&path))?;
        Ok(Self { path: Some(path), ..opened })
    }

    /// A store that ends with its last handle, inline.
    ///
    /// # Errors
    ///
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::over(Db::in_memory()?, Mode::Inline)
    }

    fn over(db: Db, mode: Mode) -> Result<Self, StoreError> {
        let commits = db.commits();
        let driver = match mode {
            Mode::Inline => Driver::inline(db),
            Mode::Threaded => Driver::threaded(db)?,
        };
        Ok(Self { driver: Arc::new(driver), commits, path: None })
    }

    /// How many transactions were committed through this handle and its clones: each cost one
    /// synchronisation of the disk, for one operation or for a group.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.driver.run(Access::Read, work).await.map_err(|error| self.placed(error))
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.driver.run(Access::Write, work).await.map_err(|error| self.placed(error))
    }

    fn placed(&self, error: StoreError) -> StoreError {
        match &self.path {
            Some(path) => error.at(path),
            None => error,
        }
    }
}
