//! Where tests may stop the world.

use outx_model::ActionKey;

/// Moments of the effect runner at which a test may stop the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// The step's start is recorded; the ledger was not asked yet.
    BeforeBegin,
    /// The ledger says *sending*; nothing left yet.
    AfterBegin,
    /// An answer came, or its absence was noticed; nothing of it is recorded.
    AfterSend,
    /// The ledger has the evidence.
    AfterRecord,
    /// A task's end is known; nothing of it is recorded.
    AfterPoll,
}

impl FaultPoint {
    /// All of them, in the order in which a task passes them.
    pub const ALL: [Self; 5] =
        [Self::BeforeBegin, Self::AfterBegin, Self::AfterSend, Self::AfterRecord, Self::AfterPoll];
}

/// Where tests hook in. The default does nothing.
pub trait Faults: Send + Sync {
    /// The runner is at this point. A test may kill the process here.
    fn at(&self, point: FaultPoint) {
        let _ = point;
    }

    /// The same for a point of one action, where it is known which; nothing but [`at`](Self::at) by default.
    fn of(&self, point: FaultPoint, action: &ActionKey) {
        let _ = action;
        self.at(point);
    }
}

/// No faults.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {}
