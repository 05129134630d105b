//! What the benchmarks share: workflows of any size, an engine over memory, and the bare loop beside it.

mod baseline;
mod setup;
mod workflows;

pub use baseline::{bare_chain, bare_fan_out};
pub use setup::{Run, prepare};
pub use workflows::{chain, fan_out};
