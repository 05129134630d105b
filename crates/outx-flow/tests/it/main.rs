//! The tests of this crate, in one binary.

mod cel_spec;
mod check;
mod cost;
mod engine;
mod explain;
mod expr;
mod facts;
mod inputs;
mod journal;
mod kinds;
mod lab;
mod picture;
mod scenarios;
mod schema;
mod sim;
mod state;
mod suite;
mod table;
mod types;
mod yaml;
