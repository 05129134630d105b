//! A service that many callers share and whose records are kept.

use crate::command::{Command, CommandError};
use crate::config::ServiceConfig;
use crate::fault::{Delivery, Injection};
use crate::line::{Line, Place};
use crate::message::Request;
use crate::record::Record;
use crate::service::{Exchange, Service};
use crate::store::{ServiceStore, ServiceStoreError};
use jiff::Timestamp;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A [`Service`] that many callers share. It answers only when the records on which the answer rests are
/// durable. They reach the store in the order in which they were decided, many with one append, so that a
/// service that is opened again is the one that was.
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
    line: Option<Line>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("durable", &self.line.is_some()).finish_non_exhaustive()
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
        Ok(Self { service, line: Some(Line::new(store)) })
    }

    /// A new service whose state ends with it.
    pub fn in_memory(config: ServiceConfig) -> Self {
        Self { service: Mutex::new(Service::new(config)), line: None }
    }

    /// Lets something go wrong with the next requests of a sort. Wishes queue; those for a request's own
    /// sort come before those for any. Unlike a [`Command::Inject`] it is forgotten at a restart.
    pub fn inject(&self, injection: Injection) {
        self.with(|service| service.inject(injection));
    }

    /// Carries out a tester's command.
    ///
    /// # Errors
    ///
    /// When it means nobody, or could not be kept.
    pub async fn command(&self, command: Command, now: Timestamp) -> Result<(), CommandError> {
        let place = self.with(|service| Ok(self.remember(service.command(command, now)?)))?;
        self.kept(place).await.map_err(CommandError::NotKept)
    }

    /// Lets the service's times count from a moment, unless they do already: those of its scenario and of
    /// its extensions. Without it they count from the first request that leaves a record.
    ///
    /// # Errors
    ///
    /// When it could not be kept.
    pub async fn begin(&self, now: Timestamp) -> Result<(), ServiceStoreError> {
        let place = self.with(|service| self.remember(service.begin(now)));
        self.kept(place).await
    }

    /// Begins with a scenario that is kept, as [`Service::begin_with`] says.
    ///
    /// # Errors
    ///
    /// When the scenario cannot be taken, or could not be kept.
    pub async fn begin_with(&self, scenario: &Value, now: Timestamp) -> Result<(), CommandError> {
        let begun = self.with(|service| Ok(self.remember(service.begin_with(scenario, now)?)));
        let place = begun.map_err(CommandError::Unusable)?;
        self.kept(place).await.map_err(CommandError::NotKept)
    }

    /// The latest moment of its records: a clock that begins before it would turn time back.
    pub fn last_moment(&self) -> Option<Timestamp> {
        self.with(|service| service.last_moment())
    }

    /// Takes one request, and says what comes back to the caller. When the store fails the answer is a 500,
    /// and a task may or may not exist then, as it is with a real service.
    pub async fn handle(&self, request: &Request, now: Timestamp) -> Delivery {
        let (fault, response, place) = self.with(|service| {
            let Exchange { fault, response, records } = service.exchange(request, now);
            (fault, response, self.remember(records))
        });
        let kept = self.kept(place).await;
        let response = response.map(|response| match &kept {
            Ok(()) => response,
            Err(_) => self.with(|service| service.store_failed()),
        });
        if let Err(error) = kept {
            tracing::error!(path = request.path, error = &error as &dyn std::error::Error, "no record kept");
        }
        match (fault, response) {
            (None, Some(response)) => Delivery::Answer(response),
            (None, None) => Delivery::Broken,
            (Some(fault), response) => fault.deliver(response),
        }
    }

    /// Puts records into the line, while the service that decided them is still held.
    fn remember(&self, records: Vec<Record>) -> Option<Place> {
        self.line.as_ref().filter(|_| !records.is_empty()).map(|line| line.join(records))
    }

    async fn kept(&self, place: Option<Place>) -> Result<(), ServiceStoreError> {
        match (&self.line, place) {
            (Some(line), Some(place)) => line.kept(place).await,
            _ => Ok(()),
        }
    }

    /// Looks at the service, or changes it. No request is answered meanwhile.
    pub fn with<T>(&self, f: impl FnOnce(&mut Service) -> T) -> T {
        f(&mut self.service.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
