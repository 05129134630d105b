//! The emulator, seen over a socket.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod admin;
mod clock;
mod deliveries;
mod http;
mod limits;
mod shutdown;
mod support;
