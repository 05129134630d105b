//! What to do next: the workflow language, its checker, and the engine that runs it.

pub mod diagnostic;
pub mod expr;
pub mod journal;
mod run;
pub mod table;
pub mod yaml;

pub use run::{Path, RunId, RunStatus, StepStatus};
