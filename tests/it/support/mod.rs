//! What the tests are made of.

mod kept;
mod laws;
mod process;
mod report;
mod service;
mod wire;
mod world;

pub(crate) use kept::{Kept, requests_kept};
pub(crate) use laws::{Baseline, judge, twice};
pub(crate) use process::{Done, Process};
pub(crate) use report::Report;
pub(crate) use service::{Service, free_port};
pub(crate) use wire::{Heard, ask};
pub(crate) use world::{World, bad_folder, workflow};
