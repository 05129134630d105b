//! The whole of outx but its process and its disk, in one thread and in virtual time: whatever happens, the laws hold.
//!
//! A seed makes a case: workflows and runs, limits and a block list, faults on the way, crashes of a store that loses
//! its unsynced tail, processes that take a run from one another, a clock that is set, a person who answers. The case
//! is played, and judged from what the service saw and what the store holds. `OUTX_SEEDS` says which seeds: a number
//! of them, or `FROM..TO`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod allowed;
mod defects;
mod dice;
mod disk;
mod draw;
mod edit;
mod folding;
mod handle;
mod ids;
mod owners;
mod person;
mod plan;
mod planted;
mod play;
mod seeds;
mod sent;
mod shrink;
mod skew;
mod story;
mod text;
mod verdict;
mod wire;
mod world;
