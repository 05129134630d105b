//! The suite that holds every back end to the API's behaviour and to the laws of [`Transport`].
//!
//! ```
//! use outx_transport::conformance::{FakeSubject, run};
//!
//! let matrix = FakeSubject::simulate(|fake| async move { run(&[&fake]).await })?;
//! matrix.check()?;
//! println!("{matrix}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A back end of one's own is a [`Subject`]: for each [`Behaviour`] it is asked for a fresh service as the
//! behaviour's [`Wish`] describes it. What it cannot do it says ([`Unsupported`]), and the matrix shows it as
//! *not offered*, which is neither held nor broken.
//!
//! [`Transport`]: crate::Transport

mod account;
mod behaviour;
mod contract;
mod fake;
mod host;
mod matrix;
mod seam;
mod stand;
mod subject;
#[cfg(feature = "cassette")]
mod tape;
mod world;

pub use behaviour::{Behaviour, behaviours, run};
pub use fake::FakeSubject;
pub use host::HostControl;
pub use matrix::{Cell, Matrix, NotConformant};
pub use subject::{Control, Stage, Subject, Unsupported, Wish, WishedTeam};
#[cfg(feature = "cassette")]
pub use tape::{PlayedSubject, RecordedSubject};
