//! Test files and what comes of them.

mod again;
mod data;
mod exploring;
mod laws;
mod others;
mod page;
mod recording;
mod scenarios;
mod schema;
mod support;
mod surprises;
