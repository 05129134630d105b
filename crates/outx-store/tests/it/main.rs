//! The store from outside: the file, and each seam over both drivers.

#![cfg(any(feature = "ledger", feature = "journal", feature = "service", feature = "laws"))]
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

#[cfg(all(feature = "journal", unix))]
mod crash;
#[cfg(all(feature = "ledger", feature = "journal"))]
mod engine;
#[cfg(feature = "service")]
mod file;
#[cfg(all(feature = "ledger", feature = "journal"))]
mod forget;
#[cfg(feature = "journal")]
mod journal;
#[cfg(feature = "service")]
mod keeper;
#[cfg(feature = "laws")]
mod laws;
#[cfg(feature = "ledger")]
mod ledger;
#[cfg(feature = "journal")]
mod seen;
#[cfg(feature = "service")]
mod service;

#[cfg(feature = "journal")]
mod sweep;

use outx_store::{Mode, Store};
use tempfile::TempDir;

/// A new store in a folder that ends with the test.
fn store(mode: Mode) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("outx.db"), mode).unwrap();
    (dir, store)
}
