//! Cassettes: exchanges recorded in a file that a person can read, and played again without a network.
//!
//! ```
//! use outx_model::{AccountId, FetchProfile};
//! use outx_service::{Host, ServiceConfig};
//! use outx_transport::cassette::{Cassette, Keep, Matching, Recorder, Replay};
//! use outx_transport::{ApiKey, Client, Created, FakeTransport, VirtualClock};
//! use std::sync::Arc;
//!
//! let clock = Arc::new(VirtualClock::new("2026-03-02T09:00:00Z".parse()?));
//! let fake = FakeTransport::new(Arc::new(Host::in_memory(ServiceConfig::default())), clock.clone());
//! let input = FetchProfile { profile_slug: "ada-example".into() };
//! let account = AccountId::from("test");
//!
//! let recorder = Arc::new(Recorder::new(Arc::new(fake), clock.clone(), Vec::new(), Keep::default())?);
//! let client = Client::new(recorder.clone(), clock.clone(), account.clone(), Some(ApiKey::new("secret")?));
//! let first = clock.simulate(client.create_typed(&input))??;
//!
//! let text = String::from_utf8(recorder.sink())?;
//! assert!(text.contains("profile_slug: ada-example") && !text.contains("secret"));
//!
//! let replay = Replay::new(Cassette::read(&text)?, clock.clone(), Matching::Strict);
//! let client = Client::new(Arc::new(replay), clock.clone(), account, None);
//! let again = clock.simulate(client.create_typed(&input))??;
//! let (Created::Accepted(first), Created::Accepted(again)) = (first, again) else { return Err("no id".into()) };
//! assert_eq!(first.id, again.id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What stands in a cassette
//!
//! What is *allowed*, and nothing else: the headers `content-type` and `retry-after`, the input fields of the
//! endpoint's own row in the catalogue, the fields of the API's envelope, and those output fields that the
//! catalogue's views read. All else, texts that are no JSON included, is replaced by a mark that says so.
//! [`Keep`] allows more. Keys and sign-in codes are no such fields, and where one that was asked with, or that
//! the answer gives, stands in a text that is kept, it is blanked. What people wrote and are called *is* kept: a cassette is as personal
//! as the answers were.

mod allow;
mod error;
mod exchange;
mod record;
mod replay;
mod secrets;

pub use allow::{Keep, LEFT_OUT};
pub use error::CassetteError;
pub use exchange::Cassette;
pub use record::Recorder;
pub use replay::{Matching, Replay};
