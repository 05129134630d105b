//! Whose a run is: what the lock on it stands for in the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of the process that holds a run; it grows with each that takes it.
#[derive(Clone, Default)]
pub(super) struct Lock(Arc<AtomicU64>);

/// A process's hold on a run.
#[derive(Clone)]
pub(super) struct Owned {
    lock: Lock,
    number: u64,
}

impl Lock {
    /// Takes the run from whoever has it.
    pub(super) fn take(&self) -> Owned {
        Owned { lock: self.clone(), number: self.0.fetch_add(1, Relaxed) + 1 }
    }
}

impl Owned {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// False when another process took the run since.
    pub(super) fn holds(&self) -> bool {
        self.lock.0.load(Relaxed) == self.number
    }
}
