//! The effect runner: begin, send, record. Every task of a run is created here, and nowhere else.
//!
//! The ledger's entry is the write-ahead record. Between any two steps of the [runner](EffectRunner) the
//! program may be killed; [`FaultPoint`] names those moments, so that tests can be at each of them.

mod act;
mod assume;
mod entry;
mod fault;
mod meaning;
mod retry;
mod runner;
mod words;

pub use act::{Act, Acted};
pub use entry::entry_of;
pub use fault::{FaultPoint, Faults, NoFaults};
pub use retry::{Retry, Setback};
pub use runner::{EffectRunner, Tokens};
pub use words::{Kept, Settled, StepEnd, Submitted, Waiting};
