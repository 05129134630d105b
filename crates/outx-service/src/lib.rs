//! The OutX service as a pure model: `step(request, now)` gives the answer, and nothing else happens.
//!
//! ```
//! use jiff::{Timestamp, ToSpan};
//! use outx_model::{Endpoint, Method, STATUS_PATH};
//! use outx_service::{LatencyLaw, Request, Service, ServiceConfig};
//! use serde_json::json;
//! use std::time::Duration;
//!
//! let latency = LatencyLaw::Fixed(Duration::from_secs(20));
//! let mut service = Service::new(ServiceConfig { latency, ..ServiceConfig::default() });
//! let monday: Timestamp = "2026-03-02T09:00:00Z".parse()?;
//!
//! // A create makes a task and answers with its id.
//! let create = Request::new(Method::Post, Endpoint::FetchProfile.spec().path)
//!     .with_key("any-key")
//!     .with_json(&json!({ "profile_slug": "ada-example" }));
//! let created = service.step(&create, monday).response;
//! assert_eq!(created.status, 200);
//! let created = created.value();
//! let id = created["api_agent_task_id"].as_str().unwrap_or_default();
//!
//! // Whoever has the key asks what became of it. What is answered depends on the moment alone.
//! let poll = Request::new(Method::Get, STATUS_PATH).with_key("any-key").with_query("api_agent_task_id", id);
//! let early = service.step(&poll, monday).response;
//! assert_eq!(early.value()["data"]["status"], "pending");
//! let late = service.step(&poll, monday + 20.seconds()).response;
//! assert_eq!(late.value()["data"]["status"], "completed");
//! assert_eq!(late.value()["data"]["task_output"]["profile"]["full_name"], "Ada Example");
//! # Ok::<(), jiff::Error>(())
//! ```
//!
//! # Ideas
//!
//! * **The catalogue is the contract.** Routes, methods, validation and the texts of errors come from
//!   [`outx_model::CATALOGUE`], which the client reads too.
//! * **State is a fold.** Each [`Step`] says which [`Record`]s it made; [`Service::restore`] over them is the
//!   same service again. [`Host`] writes them to a [`ServiceStore`] before it answers.
//! * **Outputs are invented, not stored.** What a task found is computed when it is read, from the task's
//!   record and the world's seed: small, repeatable, and consistent, so that a person found by a search has
//!   the same name and URN when the profile is fetched.
//!
//! # What it is not
//!
//! No sockets (see `outx-emulator`), no clock, no randomness but its seeds.

mod answer;
mod choices;
mod command;
mod config;
mod extension;
mod fault;
mod host;
mod input;
mod limits;
mod memory;
mod message;
mod otp;
mod record;
mod scenario;
mod service;
mod shape;
mod store;
mod task;
mod team;
mod teams;
mod wishes;
mod world;

pub use choices::{
    Choices, CompanyShape, FailedOutput, Limit, ProfileShape, ReadWithoutAdmin, Repeat, Statuses, Texts,
};
pub use command::{Command, CommandError, ExtensionState};
pub use config::{LatencyLaw, ServiceConfig};
pub use fault::{Delivery, Fault, Injection, On};
pub use host::Host;
pub use input::Input;
pub use memory::MemoryServiceStore;
pub use message::{Request, Response};
pub use otp::Mail;
pub use record::{Record, RequestRecord, TaskRecord};
pub use scenario::{Scenario, ScenarioError, ScenarioProblem, Script};
pub use service::{Service, Step};
pub use store::{ServiceStore, ServiceStoreError};
pub use team::{MemberConfig, Role, Team, TeamConfig};
pub use world::{Does, Laws, PersonLaw, Span, UnknownPeople};
