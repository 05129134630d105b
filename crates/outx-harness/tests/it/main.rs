//! Test files and what comes of them.

mod again;
mod exploring;
mod laws;
mod others;
mod page;
mod support;
