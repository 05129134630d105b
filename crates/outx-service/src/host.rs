//! A service that many callers share and whose records are kept.

use crate::answer;
use crate::config::ServiceConfig;
use crate::fault::{Delivery, Injected, Injection};
use crate::message::{Request, Response};
use crate::service::Service;
use crate::store::{ServiceStore, ServiceStoreError};
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A [`Service`] that many callers share. It answers only when the records on which the answer rests are
/// durable.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// use outx_model::{Endpoint, Method};
/// use outx_service::{Delivery, Host, Request, ServiceConfig};
///
/// let host = Host::in_memory(ServiceConfig::default());
/// let now = "2026-03-02T09:00:00Z".parse()?;
/// let request = Request::new(Method::Post, Endpoint::FetchConnections.spec().path).with_key("k");
/// let Delivery::Answer(answer) = host.handle(&request, now).await else { return Err("no answer".into()) };
/// assert_eq!(answer.status, 200);
/// assert_eq!(host.with(|service| service.tasks().len()), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Host {
    service: Mutex<Service>,
    injected: Mutex<Injected>,
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
        Ok(Self { service, injected: Mutex::default(), store: Some(store) })
    }

    /// A new service whose state ends with it.
    pub fn in_memory(config: ServiceConfig) -> Self {
        Self { service: Mutex::new(Service::new(config)), injected: Mutex::default(), store: None }
    }

    /// Lets something go wrong with the next requests of a sort. Wishes queue; those for a request's own
    /// sort come before those for any.
    pub fn inject(&self, injection: Injection) {
        self.injected().add(injection);
    }

    /// Takes one request, and says what comes back to the caller.
    pub async fn handle(&self, request: &Request, now: Timestamp) -> Delivery {
        let fault = self.injected().take(request);
        match fault {
            None => Delivery::Answer(self.answer(request, now).await),
            Some(fault) if fault.is_served() => fault.deliver(Some(self.answer(request, now).await)),
            Some(fault) => fault.deliver(None),
        }
    }

    /// Answers one request. When the store fails the answer is a 500, and a task may or may not exist
    /// then, as it is with a real service.
    async fn answer(&self, request: &Request, now: Timestamp) -> Response {
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

    fn injected(&self) -> MutexGuard<'_, Injected> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
