//! How long tasks take: completion laws, and how they are learned.
//!
//! ```
//! use outx_poller::law::{AccountSort, Learned, Sample};
//! use outx_poller::schedule::{Aim, Bounds, Schedule};
//! use outx_poller::Progress;
//! use std::time::Duration;
//!
//! // Tasks of this account take about 40 s; each was seen to end between two polls.
//! let mut learned = Learned::default();
//! let begun: jiff::Timestamp = "2026-03-02T09:00:00Z".parse()?;
//! for n in 0..50 {
//!     let created = begun + Duration::from_secs(60 * n);
//!     let new = Progress::new(created, created, 0);
//!     let seen = created + Duration::from_secs(38 + n % 4);
//!     let pending = new.polled().saw(outx_poller::Phase::Pending, seen);
//!     learned.learn(Sample::ended(AccountSort::Live, &pending, &pending.polled(), seen + Duration::from_secs(3)));
//! }
//!
//! // So the first poll is not long before, and few are needed.
//! let schedule = Schedule::new(&learned.law(), Aim::default(), Bounds::default());
//! assert!((30..42).contains(&schedule.first().as_secs()), "{:?}", schedule.first());
//! assert!(schedule.expected(&learned.law(), Duration::from_mins(5)).polls < 4.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ideas
//!
//! * **A [`Law`] is data**: shares by bins of the age. It has a version, which stands in the ticket, so that a schedule can
//!   be made again.
//! * **A [`Sample`] is censored**: a task ended between two looks, or was pending at the last one. None can be made for an
//!   account that is not live.
//! * **[`Statistics`] merge**, in any order, and are bounded. [`Learned`] makes laws of them.
//! * **Few samples, many, and wrong ones.** With few the prior has the say. With many the samples have. A guard holds the
//!   law against others with each of the newest samples, and mixes them in as they become likelier.
//! * **[`Laws`] is the seam** by which it is kept.

mod bins;
mod data;
mod error;
mod fit;
mod guard;
mod learned;
mod memory;
mod sample;
mod shape;
mod statistics;
mod store;
#[cfg(feature = "suite")]
pub mod suite;

pub(crate) use bins::{BINS, EDGES, duration};
pub use data::{Law, LawError};
pub use error::{LawsError, LawsErrorKind};
pub use learned::Learned;
pub use memory::MemoryLaws;
pub use sample::{AccountSort, Sample};
pub use statistics::Statistics;
pub use store::{LawKey, Laws};
