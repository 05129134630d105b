//! The words of OutX, without any I/O: the endpoint catalogue, inputs and typed views of outputs, the
//! status of a task, the reading of answers, and the life of one action as a pure state machine.
//!
//! ```
//! use outx_model::{Endpoint, TaskStatus};
//! use serde_json::json;
//!
//! let spec = Endpoint::FetchProfile.spec();
//! // What a person types is brought to the form that the API takes, and checked against the table.
//! let input = spec.prepare(&json!({ "profile_slug": "https://www.linkedin.com/in/ada-example/" }))?;
//! assert_eq!(input, json!({ "profile_slug": "ada-example" }));
//!
//! // What cannot be meant is refused with a remedy.
//! let error = spec.prepare(&json!({ "profile_slug": "linkedin.com/company/fjord-labs" })).unwrap_err();
//! assert!(error.problems[0].remedy.contains("the address of a company, and a person is wanted"));
//!
//! // Whatever generation of the API answered, the view has one shape.
//! let old = spec.view(&json!({ "name": "Ada Example", "followers": 980 }));
//! let new = spec.view(&json!({ "profile": { "full_name": "Ada Example" } }));
//! assert_eq!(old["full_name"], new["full_name"]);
//!
//! // An unknown word is kept and never counts as done.
//! assert!(!TaskStatus::from("paused").is_end());
//! # Ok::<(), outx_model::InputError>(())
//! ```
//!
//! # Ideas
//!
//! * **One table.** [`CATALOGUE`] holds all that distinguishes one endpoint from another. The client, the
//!   service model, the emulator's routes, the workflow kinds, the JSON Schemas and the [`openapi`] document
//!   are made from it.
//! * **Strict on the way out, lenient on the way in.** [`EndpointSpec::prepare`] takes what people paste and
//!   refuses what cannot be meant, before anything is sent; [`EndpointSpec::validate`] is what the service
//!   itself takes. Reading never fails: what is missing is absent, and what is not known is kept.
//! * **Evidence is a set.** [`Action`] keeps what is known about every attempt and derives its state from
//!   it, so that the order in which evidence arrives does not matter and a task id is never forgotten.
//! * **Answers are classified once**, by [`classify_create`], [`classify_poll`] and [`classify_auth`], into what
//!   they mean.
//!
//! This crate has no async, reads no clock and draws no random numbers.

mod action;
mod address;
mod answer;
mod auth;
mod call;
mod catalogue;
mod check;
mod duration;
mod endpoint;
mod field;
mod hash;
mod hint;
mod id;
mod input;
mod openapi;
mod output;
mod person;
mod schema;
mod status;
mod target;
mod ticket;
mod typed;
mod url;
mod view;
pub mod words;

pub use action::{Action, ActionFact, ActionState, Attempt, Proof, TaskOutcome, Word};
pub use answer::{
    ApiError, CreateVerdict, Doubt, PollAnswer, Refusal, RefusalReason, RetryAfter, TaskSnapshot,
    classify_create, classify_poll, failure_text,
};
pub use auth::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, AuthSpec, classify_auth};
pub use call::{Call, CallName, UnusableName};
pub use catalogue::{CATALOGUE, EndpointSpec, Once, Portion, TargetRule};
pub use check::OverMax;
pub use duration::parse_duration;
pub use endpoint::{Effect, Endpoint, Method, STATUS_PATH, UnknownEndpoint};
pub use field::{FieldSpec, FieldType, InputError, InputProblem, Reference};
pub use hash::ContentHash;
pub use hint::{Hint, HintRead, HintRule, ReadRule};
pub use id::{AccountId, ActionKey, EntryKey, TaskId, Token};
pub use input::{
    CommentPost, FetchCompany, FetchCompanyPosts, FetchConnections, FetchProfile, FetchProfilesPosts,
    LikePost, SearchProfiles, SendConnectionRequest, SendMessage, TaskInput,
};
pub use openapi::openapi;
pub use output::{
    Company, Connection, Connections, Done, FoundProfile, Position, Post, Posts, Profile, Profiles,
};
pub use person::PersonName;
pub use status::TaskStatus;
pub use target::{Target, person_key};
pub use ticket::Ticket;
pub use typed::ReadError;
pub use url::{company_slug, is_person_id, person_urn, post_urn, profile_slug};
pub use view::{View, ViewField, ViewType, WriteDone, write_done};
