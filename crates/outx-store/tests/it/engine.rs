//! The suite of engines over this store: each history has a store of its own for journal and ledger.

use outx_flow::suite::{LocalSubject, Stores, run};
use outx_store::Store;
use std::sync::Arc;

#[test]
fn the_local_engine_over_this_store_holds_all_of_it() {
    let stores = || {
        let store = Arc::new(Store::in_memory().unwrap());
        Stores { journal: store.clone(), ledger: store }
    };
    let matrix = run(&[&LocalSubject::new("SQLite", stores)]);
    assert!(matrix.check().is_ok(), "{matrix}");
}
