//! The OutX service as a pure model: step(request, now) -> response.

mod message;
mod record;
mod store;

pub use message::{Request, Response};
pub use record::{Record, RequestRecord, TaskRecord};
pub use store::{ServiceStore, ServiceStoreError};
