//! When to poll under a law, so that polls and waiting together cost least.
//!
//! ```
//! use outx_poller::law::Law;
//! use outx_poller::schedule::{Aim, Bounds, Schedule, every, expected};
//! use std::time::Duration;
//!
//! let (law, patience) = (Law::prior(), Duration::from_mins(10));
//! let fixed = expected(&law, every(Duration::from_secs(5), patience));
//! let best = Schedule::new(&law, Aim::Polls(fixed.polls), Bounds::default()).expected(&law, patience);
//! // With as many polls, an end is known sooner.
//! assert!((fixed.latency - 2.5).abs() < 0.01 && best.latency < 1.85, "{fixed:?}, {best:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ideas
//!
//! * **One number to trade by**: how many seconds of waiting a poll is worth. The schedule of least cost is found exactly,
//!   on a grid of ages (sixteen to each bin of the law), by a dynamic programme.
//! * **A schedule is a function of the age** at which a task was last seen pending, and of nothing else. So a poll that
//!   comes late is followed by what is best from there on, and 10,000 tasks share one schedule.

mod aim;
mod cache;
mod expected;
mod grid;
mod programme;
mod table;

pub use aim::{Aim, Bounds};
pub use cache::Schedules;
pub use expected::{Expected, every, expected};
pub use table::Schedule;
