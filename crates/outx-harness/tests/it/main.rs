//! Test files and what comes of them.

mod again;
mod exploring;
mod laws;
mod page;
mod support;
