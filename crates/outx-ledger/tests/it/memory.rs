//! The store in memory keeps every promise.

use outx_ledger::{Ledger, MemoryLedger, suite};
use std::sync::Arc;

#[tokio::test]
async fn it_passes_the_suite() {
    suite::run(|| Arc::new(MemoryLedger::new())).await.unwrap();
}

#[tokio::test]
async fn the_suite_takes_a_store_behind_the_seam() {
    suite::run(|| Arc::new(MemoryLedger::new()) as Arc<dyn Ledger>).await.unwrap();
}
