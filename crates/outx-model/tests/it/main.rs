//! The laws of an action's life, the reading of answers, and the agreement of the catalogue with its types.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod answers;
mod arbitrary;
mod hints;
mod histories;
mod inputs;
mod laws;
mod openapi;
mod polls;
mod schemas;
mod typed;
mod validation;
mod views;
