//! What is wrong with a text, where, and what to do about it.
//!
//! A [`Diagnostic`] points into a [`Source`] by bytes; lines and columns are computed when somebody looks.
//! This module knows no YAML and no workflow: whoever reads a text a person wrote reports through it.
//!
//! ```
//! use outx_flow::diagnostic::{Diagnostic, Source, Span, render};
//!
//! let source = Source::new("intro.yaml", "steps:\n  你好: { useß: x }\n");
//! let start = source.text().find("useß").unwrap_or_default();
//! let found = Diagnostic::error("OX000", "unknown key `useß`", Span::new(start, start + 5))
//!     .with_help("write `uses`");
//! assert!(render(&source, &[found], false).contains("--> intro.yaml:2:9\n"));
//! ```

mod catalogue;
mod fix;
mod message;
mod nearest;
mod render;
mod source;

pub use catalogue::{Explanation, FINDINGS, explain, explanations};
pub use fix::{Edit, Fix, Mended, mend};
pub use message::{Diagnostic, Severity};
pub use nearest::{nearest, surely_meant};
pub use render::render;
pub use source::{Place, Source, Span};
