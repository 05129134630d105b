//! The ledger's rules over its store in memory, and the suite over stores that break a promise.

mod broken;
mod histories;
mod memory;
