//! The suite of what was seen, over the store.

use outx_flow::seen_suite;
use outx_store::Store;

#[tokio::test]
async fn the_suite_holds_in_memory() {
    seen_suite(|| Store::in_memory().unwrap()).await.unwrap();
}
