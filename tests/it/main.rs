//! The whole program from outside: what it promises, whatever happens to it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests fail and speak as tests do")]

mod support;

mod bad_input;
mod canary;
mod care;
mod cassette;
mod conformance;
mod crash_anywhere;
mod crash_points;
mod emulated;
mod emulator;
mod emulator_crash;
mod exit_codes;
mod looking;
mod proxies;
mod secrets;
mod strange_answers;
mod tasks;
mod writes_ask;
