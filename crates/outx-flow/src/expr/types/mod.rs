//! What an expression gives, told before anything runs.
//!
//! Each name has a [`Type`]; what is not known is *anything*, and nothing is ever said about that. What is found
//! is certain: an expression with a finding that is an error fails whenever it is computed.

mod calls;
mod equality;
mod finding;
mod logic;
mod loops;
mod operators;
mod paths;
mod scope;
mod shape;
mod signatures;
mod spans;
mod walk;

pub use finding::{TypeFinding, TypeFindingKind, Typed};
pub use scope::TypeScope;
pub use shape::{Record, Shape, Type};
pub(super) use walk::infer;
