//! The ledger's rules over its store in memory, and the suite over stores that break a promise.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly; the lint exempts test functions only")]

mod broken;
mod guarded;
mod histories;
mod limits;
mod memory;
mod older;
