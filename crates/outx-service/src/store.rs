//! The seam to wherever the service's state is kept.

use crate::record::Record;
use async_trait::async_trait;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Where the records of a service are kept: an append-only log that is read back once, at the start.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// All records, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or holds something that cannot be understood.
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError>;

    /// Adds records; they are durable when it returns. A [`Host`](crate::Host) asks for one append at a time.
    ///
    /// # Errors
    ///
    /// When the store cannot be written. None of the records is kept then, and the answer that rests on them
    /// must not be given. They are tried again with the next ones.
    async fn append(&self, records: Vec<Record>) -> Result<(), ServiceStoreError>;
}

/// The service's state could not be read or written. All who waited for the same append are told the same.
#[derive(Debug, Clone)]
pub struct ServiceStoreError {
    message: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ServiceStoreError {
    /// An error; `message` is one lower-case sentence without the source's text.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// With what caused it.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }
}

impl fmt::Display for ServiceStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ServiceStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
