//! A service that many callers share and whose records are kept.

use crate::answer;
use crate::config::ServiceConfig;
use crate::message::{Request, Response};
use crate::service::Service;
use crate::store::{ServiceStore, ServiceStoreError};
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A [`Service`] that many callers share. It answers only when the records on which the answer rests are
/// durable.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// use outx_model::{Endpoint, Method};
/// use outx_service::{Host, Request, ServiceConfig};
///
/// let host = Host::in_memory(ServiceConfig::default());
/// let now = "2026-03-02T09:00:00Z".parse()?;
/// let request = Request::new(Method::Post, Endpoint::FetchConnections.spec().path).with_key("k");
/// assert_eq!(host.handle(&request, now).await.status, 200);
/// assert_eq!(host.with(|service| service.tasks().len()), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Host {
    service: Mutex<Service>,
    store: Option<Arc<dyn ServiceStore>>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("durable", &self.store.is_some()).finish_non_exhaustive()
    }
}

impl Host {
    /// The service as the store remembers it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn open(
        config: ServiceConfig,
        store: Arc<dyn ServiceStore>,
    ) -> Result<Self, ServiceStoreError> {
        let service = Mutex::new(Service::restore(config, store.load().await?));
        Ok(Self { service, store: Some(store) })
    }

    /// A new service whose state ends with it.
    pub fn in_memory(config: ServiceConfig) -> Self {
        Self { service: Mutex::new(Service::new(config)), store: None }
    }

    /// Answers one request. When the store fails the answer is a 500, and a task may or may not exist
    /// then, as it is with a real service.
    pub async fn handle(&self, request: &Request, now: Timestamp) -> Response {
        let step = self.with(|service| service.step(request, now));
        if let Some(store) = self.store.as_ref().filter(|_| !step.records.is_empty())
            && let Err(error) = store.append(step.records).await
        {
            tracing::error!(path = request.path, error = &error as &dyn std::error::Error, "no record kept");
            return answer::error(500, answer::STORE_FAILED);
        }
        step.response
    }

    /// Looks at the service, or changes it. No request is answered meanwhile.
    pub fn with<T>(&self, f: impl FnOnce(&mut Service) -> T) -> T {
        f(&mut self.service.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
