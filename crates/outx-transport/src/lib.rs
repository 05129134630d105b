//! How a request to OutX travels, and what it says when no answer comes: the [`Transport`] seam with its
//! back ends, the [`Clock`], and the typed [`Client`].
//!
//! ```
//! use outx_model::{AccountId, FetchProfile, PollAnswer, TaskStatus};
//! use outx_service::{Host, LatencyLaw, ServiceConfig};
//! use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, VirtualClock};
//! use std::{sync::Arc, time::Duration};
//!
//! // A service in the same process, whose tasks take 20 s, and a clock that jumps.
//! let latency = LatencyLaw::Fixed(Duration::from_secs(20));
//! let host = Arc::new(Host::in_memory(ServiceConfig { latency, ..ServiceConfig::default() }));
//! let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse()?);
//! let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
//! let client = Client::new(transport, Arc::new(clock.clone()), AccountId::from("test"), Some(ApiKey::new("k")?));
//!
//! let answer = clock.simulate(async {
//!     let input = FetchProfile { profile_slug: "ada-example".into() };
//!     let Created::Accepted(ticket) = client.fetch_profile(&input).await? else {
//!         return Err("not accepted".into());
//!     };
//!     clock.sleep_until(ticket.created_at + Duration::from_secs(20)).await;
//!     Ok::<_, Box<dyn std::error::Error>>(client.poll(&ticket.id).await?)
//! })??;
//! let PollAnswer::Snapshot(task) = answer else { return Err("no snapshot".into()) };
//! assert_eq!(task.status, TaskStatus::Completed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Against the real service, the transport is `HttpTransport::new("https://api.outx.ai")` and the clock
//! [`SystemClock`].
//!
//! # Ideas
//!
//! * **One call is at most one request on the wire.** No back end sends again by itself or follows a
//!   redirect. Whether to try again is decided above, where it is known what the request does to people.
//! * **Not sent is proved, or it is not said.** A [`TransportError`] carries [`Sent::No`] with a
//!   [`Proof`](outx_model::Proof), or [`Sent::Maybe`]. The proof of the HTTP back end is a body that can be
//!   sealed: whoever wins the seal after an error knows that no byte of the request's body was, or will
//!   be, handed to a connection.
//! * **The ambiguous create is a type.** [`Created::Unknown`] is not an error to be retried.
//! * **A method and types for each endpoint**, such as [`Client::fetch_profile`], and [`Client::create`] for any.
//!   [`Client::send_otp`] and [`Client::verify_otp`] get a key by mail; no key travels with them.
//! * **Others than OutX are reached by the same rules.** [`Web`] sends any request and says of it what a [`Transport`]
//!   would; of a [`WebUrl`] only the origin shows.
//! * **An answer of any status is an answer.** What it means is said once, by `outx-model`.
//!
//! # Features
//!
//! `reqwest` (default): `HttpTransport`, `HttpWeb`, `Seal` and `SealedBody`. Without it there is no HTTP and no TLS in
//! the tree.
//! `http2`: HTTP/2 beside HTTP/1.1, with `Protocol::Http2` and `Protocol::Negotiated`.
//! `cassette`: recording and replaying. `conformance`: the suite for back ends.
//!
//! # What it is not
//!
//! It does not retry, poll, limit or remember: see `outx-poller` and `outx-ledger`.

#[cfg(feature = "cassette")]
pub mod cassette;
pub mod chaos;
mod client;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod fake;
#[cfg(feature = "reqwest")]
mod http;
mod message;
mod transport;
mod web;

pub use chaos::{ChaosEntry, ChaosLaw, ChaosLawError, ChaosTransport, Mishap};
pub use client::{Client, Created, Login, LoginError, Probe, Team, User};
pub use clock::{Clock, Stalled, SystemClock, VirtualClock};
pub use error::{ErrorKind, Sent, TransportError};
pub use fake::FakeTransport;
#[cfg(feature = "reqwest")]
pub use http::{AlreadyDecided, HttpTransport, HttpTransportBuilder, HttpWeb, Protocol, Seal, SealedBody};
pub use message::{ApiKey, Context, Request, Response};
pub use outx_service::Fault;
pub use transport::Transport;
pub use web::{Web, WebMethod, WebRequest, WebUrl};
