//! The suite that holds every engine to the promises: no task is lost, no write is sent twice, every run can be
//! stopped, killed and continued.
//!
//! ```
//! use outx_flow::suite::{LocalSubject, Stores, run};
//!
//! let matrix = run(&[&LocalSubject::new("local", Stores::default)]);
//! matrix.check()?;
//! println!("{matrix}");
//! # Ok::<(), outx_flow::suite::NotConformant>(())
//! ```
//!
//! It is stated in the [fault points](crate::FaultPoint) of the effect runner and in restarts of the engine: at each
//! point, each time that it is passed, the engine is dropped, and another one over the same stores goes on. What the
//! service saw is counted on the way to it. Each behaviour has new stores and a new service, `outx-service` in this
//! process; time is virtual, so that a suite of hours takes moments, and nothing here may wait for another thread.
//!
//! An engine of one's own is a [`Subject`]. One that runs effects by its own means passes the points to
//! [`Parts::faults`] and asks the other [`Parts`] for everything: from the moment at which it is dropped none of
//! them does anything for it, as if its process had been killed.

mod behaviour;
mod owners;
mod past;
mod process;
mod restart;
mod service;
mod stand;
mod subject;
mod submitting;

pub use behaviour::{Behaviour, behaviours, run};
pub use outx_transport::conformance::{Cell, Matrix, NotConformant};
pub use subject::{LocalSubject, Parts, Stores, Subject};
