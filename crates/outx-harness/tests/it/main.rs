//! Test files and what comes of them.

mod data;
mod exploring;
mod page;
mod recording;
mod support;
mod surprises;
