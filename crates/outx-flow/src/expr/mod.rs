//! The expressions of a workflow: CEL, its values shared instead of copied, its cost bounded.
//!
//! This is the one module that knows the `cel` crate. What it adds to it:
//!
//! * [`Value`], a JSON value whose clone is one reference count and which the interpreter reads in place;
//! * [`Expr`], compiled once, with the paths that it reads ([`Expr::references`]) and the functions that it
//!   calls ([`Expr::functions`]), so that a checker can judge it before anything runs;
//! * limits on size, nesting and cost, so that no expression hangs or overflows the stack;
//! * the functions of the workflow language ([`known_functions`]), two-variable comprehensions, `cel.bind`
//!   and fields in backticks;
//! * [`Expr::types`], what an expression gives, told before anything runs;
//! * [`Template`], a text with `${{ … }}` in it.
//!
//! A plain path such as `steps.profile.output.full_name` and a plain literal never touch the interpreter,
//! whose environment takes most of a millisecond to build.
//!
//! ```
//! use outx_flow::expr::{Scope, Template, Value};
//! use serde_json::json;
//!
//! let scope = Scope::new().with("lead", Value::from_json(json!({ "name": "Ada", "city": null })));
//! let text = Template::parse("Hello ${{ lead.name }} from ${{ default(lead.city, 'afar') }}")?;
//! assert_eq!(text.evaluate(&scope)?.as_str(), Some("Hello Ada from afar"));
//! # Ok::<(), outx_flow::expr::ExprError>(())
//! ```

mod bridge;
mod compile;
mod condition;
mod contacts;
mod convert;
mod environment;
mod error;
mod fallback;
mod functions;
mod limits;
mod macros;
mod meter;
mod outcome;
mod path;
mod program;
mod references;
mod rewrite;
mod scan;
mod scope;
mod shared;
mod template;
mod types;
mod value;

pub use compile::Expr;
pub use contacts::{Contacts, LastContacts, with_contacts};
pub use error::{ExprError, ExprErrorKind};
pub use functions::{KnownFunction, known_functions};
pub(crate) use references::TYPES as TYPE_NAMES;
pub use references::{FunctionCall, Reference};
pub use scope::Scope;
pub use template::Template;
pub use types::{Record, Shape, Type, TypeFinding, TypeFindingKind, TypeScope, Typed};
pub use value::Value;
