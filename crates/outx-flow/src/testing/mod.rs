//! A whole account in memory and in virtual time, in which tests run workflows, or programs of their own.
//!
//! ```
//! use outx_flow::testing::Harness;
//! use outx_service::Scenario;
//! use serde_json::json;
//!
//! let scenario = Scenario::read(&json!({
//!     "outx-scenario": 1,
//!     "service": {
//!         "fetch-profile": [{ "takes": "20s", "output": { "profile": { "full_name": "Ada L.", "profile_urn": "urn:li:fsd_profile:A" } } }],
//!         "send-connection-request": [{ "fault": "answer-lost" }],
//!     },
//! }))?;
//! let harness = Harness::scripted(scenario);
//! let workflow = harness.check("invite.yaml", r#"
//! outx: 1
//! name: invite
//! steps:
//!   profile: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }
//!   invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
//! "#)?;
//!
//! // The answer to the invitation is lost, so nobody knows whether it was sent: it is not sent again.
//! let report = harness.run(&workflow, &json!({}))?;
//! assert_eq!(report.status.word(), "needs_attention");
//! let writes = harness.writes();
//! assert_eq!(writes.len(), 1);
//! assert_eq!(writes[0].input["profile_urn"], "urn:li:fsd_profile:A");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ideas
//!
//! * **Nothing is mocked that decides.** Engine, ledger, client and the model of the service are the real ones; time and
//!   the way between them are not. A fortnight passes in milliseconds, and equal runs are equal to the last step.
//! * **What is not scripted is refused** in a harness made by [`Harness::scripted`], and told by
//!   [`Harness::unscripted`]: a test does not rest on answers that nobody wrote down.
//! * **What was sent is what arrived**: [`Harness::sent`] is the service's own log, with requests to others and programs
//!   in their places among it.
//! * **Kills are a part of life.** [`Harness::killed_at`] ends the engine's process at each moment of a step's effect in
//!   turn and goes on with another over the same stores.

mod crash;
mod error;
mod harness;
mod programs;
mod sent;
mod way;
mod web;

pub use crash::Moment;
pub use error::{TestingError, TestingErrorKind};
pub use harness::Harness;
pub use programs::AnsweringPrograms;
pub use sent::Sent;
pub use way::Unscripted;
pub use web::{AnsweringWeb, Reply, told};
