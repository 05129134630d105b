//! The service, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod choices;
mod command_words;
mod commands;
mod consequences;
mod contract;
mod cost;
mod determinism;
mod host;
mod laws_of_time;
mod life;
mod old_records;
mod order;
mod other_endpoints;
mod restore;
mod robustness;
mod scenario;
mod scenario_files;
mod scenario_schema;
mod signing_in;
mod support;
mod teams;
mod validation;
mod world;
