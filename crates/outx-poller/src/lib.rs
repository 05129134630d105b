//! When to ask again: polling policies as data, a poller for one task and a fleet for many.
//!
//! ```
//! use outx_model::Ticket;
//! use outx_poller::{Outcome, Pause, Phase, Policy, Poller, Seen, Source};
//! use outx_transport::{Clock, VirtualClock};
//! use serde_json::{Value, json};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! /// A task that takes 20 s. `outx_transport::Client` is the source for real ones.
//! struct TwentySeconds(VirtualClock);
//!
//! #[async_trait::async_trait]
//! impl Source for TwentySeconds {
//!     type Ticket = Ticket;
//!     type Output = Value;
//!
//!     async fn poll(&self, ticket: &Ticket) -> Seen {
//!         let done = self.0.now() >= ticket.created_at + Duration::from_secs(20);
//!         if done { Seen::Completed(json!({ "sent": true })) } else { Seen::Alive(Phase::Pending) }
//!     }
//! }
//!
//! let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse()?);
//! let ticket: Ticket = serde_json::from_value(json!({
//!     "id": "a-task", "endpoint": "like-post", "account": "sales", "created_at": clock.now(),
//! }))?;
//! let source = Arc::new(TwentySeconds(clock.clone()));
//! let poller = |policy| Poller::new(source.clone(), Arc::new(clock.clone()), policy);
//!
//! // Patience that ends is no failure: the ticket comes back and is as good as before.
//! let hasty = Policy::fixed(Duration::from_secs(2), Duration::from_secs(9))?;
//! let first = clock.simulate(poller(hasty).follow(&ticket))?;
//! assert_eq!(first.outcome, Outcome::StillPending(Pause::Patience));
//!
//! let second = clock.simulate(poller(Policy::default()).follow(&first.ticket))?;
//! assert_eq!(second.outcome, Outcome::Completed(json!({ "sent": true })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ideas
//!
//! * **A policy is pure**: it is given what is known of the task ([`Progress`]) and the moment, and says when to ask or
//!   that no more is asked. [`Policy`] is data; a [`Pacing`] of your own works wherever that does.
//! * **One decision, two drivers.** [`Follow`] decides from what was seen; [`Poller`] drives it for one
//!   ticket, [`Fleet`] for many, and an engine with timers of its own may drive it too.
//! * **Errors while polling are not the task's errors.** A task fails only when the service says so. All else
//!   is [`Outcome::StillPending`] with a [`Pause`] that says what holds it up, and the ticket in hand.
//! * **How long tasks take is learned** ([`law`]), when to ask is computed from it ([`schedule`], [`Hazard`]), and why
//!   is told ([`explain`]).
//! * **Nothing is lost by dropping.** A [`Following`] keeps its state in itself, and a [`Checkpoint`] takes it to another
//!   process.
//! * **Any service's jobs.** A [`Source`] has its own [ticket](Handle) and output; OutX's are what is meant where nothing is
//!   said.
//!
//! # Clocks
//!
//! | clock | whose | what its end means |
//! | --- | --- | --- |
//! | connect | the transport's | a poll that nobody answered |
//! | attempt | the transport's | the same |
//! | silence | the policy's [`Tolerance`] | [`Pause::Network`] |
//! | patience | the policy's `timeout` | [`Pause::Patience`] |
//!
//! While the account is [paused](AccountPause) and that is waited out, neither of the last two runs.
//!
//! Nothing here reads the machine's clock, draws random numbers or starts a task.

mod account_pause;
mod checkpoint;
mod counts;
mod error;
pub mod explain;
mod fleet;
mod follow;
mod following;
mod heard;
pub mod law;
mod moment;
mod outcome;
mod policy;
mod poller;
mod prior;
mod progress;
pub mod schedule;
mod source;

pub use account_pause::AccountPause;
pub use checkpoint::Checkpoint;
pub use counts::Counts;
pub use error::{PolicyError, PolicyErrorKind};
pub use fleet::{
    Circuit, CircuitLaw, Events, Fleet, FleetEvent, FleetEventOf, Left, Order, Polled, Seat, Share,
    SharedFleet, wait_all,
};
pub use follow::{Follow, Step};
pub use following::{Event, EventOf, Following};
pub use outcome::{Followed, Outcome, Pause};
pub use policy::{
    Factor, Hazard, Jittered, Limited, Pace, Pacing, Pattern, Policy, Stretch, Tolerance, Tolerant, Verdict,
    Why, Within, clipped, deadline_after,
};
pub use poller::Poller;
pub use progress::{Phase, Progress};
pub use source::{FollowedOf, Handle, Seen, Source, TaskSource};
