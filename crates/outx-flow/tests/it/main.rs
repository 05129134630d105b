//! The tests of this crate, in one binary.

mod cel_spec;
mod check;
mod cost;
mod engine;
mod explain;
mod expr;
mod expr_cost;
mod facts;
mod fuzz;
mod generated;
mod inputs;
mod journal;
mod kinds;
mod lab;
mod mending;
mod picture;
mod protocol;
mod reference;
mod scenarios;
mod schema;
mod sim;
mod state;
mod suite;
mod table;
mod types;
mod yaml;
