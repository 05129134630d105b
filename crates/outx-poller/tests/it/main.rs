//! Policies, what is made of each answer, and the two drivers, on a clock that jumps.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(clippy::unnecessary_wraps, reason = "observations are results, whatever they hold")]

mod client;
mod cutting;
mod dropping;
mod fleet;
mod following;
mod policies;
mod poller;
mod support;
