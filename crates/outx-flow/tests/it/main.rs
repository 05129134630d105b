//! The tests of this crate, in one binary.

mod check;
mod expr;
mod table;
mod yaml;
