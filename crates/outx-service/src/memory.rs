//! A store for tests and for services that need not outlive their process.

use crate::record::Record;
use crate::store::{ServiceStore, ServiceStoreError};
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};

/// Keeps records in memory. Shared with the next [`Host`](crate::Host), it lets a test restart a service.
#[derive(Debug, Default)]
pub struct MemoryServiceStore {
    records: Mutex<Vec<Record>>,
}

impl MemoryServiceStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl ServiceStore for MemoryServiceStore {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        Ok(self.records.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), ServiceStoreError> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).extend(records);
        Ok(())
    }
}
