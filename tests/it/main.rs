//! The whole program from outside: what it promises, whatever happens to it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests fail and speak as tests do")]

mod support;

mod accounts;
mod bad_input;
mod bad_rows;
mod beginning;
mod canary;
mod care;
mod cassette;
mod commands;
mod commits;
mod conformance;
mod contacted;
mod crash_anywhere;
mod crash_matrix;
mod crash_points;
mod doctor;
mod doubts;
mod emulated;
mod emulator;
mod emulator_crash;
mod emulator_teams;
mod exit_codes;
mod forget;
mod history;
mod keeping;
mod learning;
mod library;
mod login;
mod looking;
mod mending;
mod naming;
mod notices;
mod other_endpoints;
/// The example itself, so that what it shows stands in the matrix.
#[path = "../../examples/examples/own_back_end.rs"]
#[allow(dead_code, reason = "its main prints the matrix, which is compared here")]
mod own_back_end;
mod own_kinds;
mod plans;
mod preview;
mod proxies;
mod recording;
mod schedules;
mod secrets;
mod serving;
mod store_faults;
mod strange_answers;
mod taken_over;
mod tasks;
mod testing;
mod web_kind;
mod writes_ask;
