//! What an expression gives, told before anything runs.

mod generated;
mod interpreter;
mod written;
