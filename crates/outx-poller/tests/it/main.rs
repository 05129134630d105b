//! Policies, laws and schedules, what is made of each answer, and the two drivers, on a clock that jumps.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(clippy::unnecessary_wraps, reason = "observations are results, whatever they hold")]

mod client;
mod cutting;
mod dropping;
mod explaining;
mod fleet;
mod following;
mod hazard;
mod law;
mod machine;
mod policies;
mod poller;
mod scheduling;
mod support;
mod tracing_log;
