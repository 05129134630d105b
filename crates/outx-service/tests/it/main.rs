//! The service, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod consequences;
mod contract;
mod determinism;
mod host;
mod life;
mod restore;
mod robustness;
mod support;
mod validation;
mod world;
