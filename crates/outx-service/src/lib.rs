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
//! * **Time is a function.** A task ends when its worker's browser has been open for as long as the task
//!   takes, counted from its creation: closed time does not count. So a status never goes back, and a poll
//!   changes nothing.
//! * **One door for testers.** A [`Command`] opens, closes or silences extensions, injects faults, lets tasks
//!   fail, or resets all. Each is a [`Record`], so that a restart changes nothing.
//!
//! # What was written can be read
//!
//! Likes and comments are counted on their posts. An invitation is accepted after a while, by a seeded law
//! ([`Laws`]) or by what a scenario lays down, or never; then the person stands first among the connections,
//! a search shows degree 1, and a message arrives. A message to anybody else fails when its task ends. Of a
//! person whom the caller knows by a URN that the world never gave, the world cannot know better: by default
//! messages arrive ([`UnknownPeople`]). A profile is found by the slug, or by the id that its URN ends with in the
//! slug's place, which keeps its case. Each answer is a function of the tasks before it and of its own
//! task's end, so that it never changes.
//!
//! # Posts appear
//!
//! Every person and every company writes. All time is cut into spans of an author's own length, drawn by the world's
//! seed between half a day and four days, and in each span the author writes one post, at a drawn second of it. A task
//! that ends at a moment finds the newest three to six (an author's own number) of those with `posted_at` up to that
//! moment. So the same seed gives the same posts at the same moment, whenever the service was started; a post never
//! changes but for its likes and comments; and whoever looks again after some days, or turns the clock forward, sees
//! new ones.
//!
//! # Scenarios
//!
//! A [`Scenario`] lays down answers, faults and times by endpoint, when the extension sleeps, and what people
//! do. Whatever it does not say is left to the world.
//!
//! # Teams and extensions
//!
//! A [`TeamConfig`] has one key, which all its members share, and of its admins the one who joined first
//! acts; without an admin a write is a 404. A call of any sort is a 403 unless the heartbeat of one member,
//! whoever it is, was heard within 48 hours. Apart from that a task waits while the browser of *the acting
//! member* is closed. Without configured teams any key is a team of its own, whose admin is always awake.
//!
//! Which of several errors is told: path (404), method (405), key (401), extension (403), the first wrong
//! field (400), for writes the admin (404), the limits (429).
//!
//! # What nobody outside knows
//!
//! Each fact that OutX does not document is one field of [`Choices`]:
//!
//! | unknown | field | by default |
//! | --- | --- | --- |
//! | the HTTP status of a create | `create-status` | 200 |
//! | a `count` over its maximum | `over-max` | refused, 400; or clamped |
//! | whether `processing` is shown | `statuses` | all four words |
//! | a failed task's output | `failed-output` | `{"error": REASON}`; or the text, or null |
//! | the shape of a profile | `profile` | nested, version B; or flat, version A |
//! | the shape of a company | `company` | under `company`; or flat |
//! | the container of a search | `search-container` | `profiles` |
//! | the container of connections | `connections-container` | `connections` |
//! | a second like, a second comment | `second-like`, `second-comment` | succeeds; or fails with a text |
//! | a second invitation, one of a connection | `second-invitation`, `already-connected` | succeeds; or fails with a text |
//! | how many invitations are allowed | `invitation-limit` | any number; or a count in a rolling span |
//! | whether its 429 has a Retry-After | `invitation-retry-after` | no |
//! | the older general limit | `rate-limit`, `rate-retry-after` | none, as the newest page says |
//! | a read of a team without an admin | `read-without-admin` | the oldest member does it; or 404 |
//! | the 48-hour rule for a team that shares its data | `sharing-is-exempt` | exempt |
//! | a mailed code used twice | `code-can-be-used-again` | no |
//! | the extension of a new account | `extension-of-new-account` | open |
//! | texts that no page shows | `texts` | see [`Texts`] |
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
mod line;
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
