//! One binary for all integration tests of the crate.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly; the lint exempts test functions only")]

mod cassette;
mod chaos;
mod clock;
mod conformance;
mod fake;
#[cfg(feature = "reqwest")]
mod hostile;
mod outcomes;
#[cfg(feature = "reqwest")]
mod points;
mod typed;

#[cfg(feature = "reqwest")]
mod base_url;
#[cfg(feature = "reqwest")]
mod canary;
#[cfg(feature = "reqwest")]
mod cancel;
#[cfg(feature = "reqwest")]
mod cost;
#[cfg(feature = "reqwest")]
mod endpoints;
#[cfg(feature = "reqwest")]
mod faults;
#[cfg(feature = "reqwest")]
mod login;
#[cfg(feature = "reqwest")]
mod server;
#[cfg(feature = "reqwest")]
mod tls;
#[cfg(feature = "reqwest")]
mod web;
mod wire;
