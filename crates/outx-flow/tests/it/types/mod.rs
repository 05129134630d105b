//! What an expression gives, told before anything runs.

mod interpreter;
mod written;
