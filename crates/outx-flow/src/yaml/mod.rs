//! Workflow files as trees that know their places.
//!
//! YAML 1.2 with its core schema, so that `no`, `on` and `y` are text, read by a parser that keeps the bytes of
//! every event; it is named in this module only. Files are shared between people, so whatever makes a small
//! file cost much is bounded: [`MAX_BYTES`], [`MAX_DEPTH`], [`MAX_NODES`], [`MAX_COPIED`]. What YAML would
//! quietly change or drop is refused: equal keys, tags, numbers that do not fit, anchors nobody uses.
//!
//! ```
//! use outx_flow::{diagnostic::Source, yaml::{NodeValue, load}};
//!
//! let source = Source::new("x.yaml", "greeting: \"Hello ${{ name }}\"\nagain: no\n");
//! let node = load(&source).map_err(|findings| findings[0].message.clone())?;
//! let text = node.get("greeting").and_then(|node| node.as_text()).ok_or("a text")?;
//! // An error inside the expression is placed exactly, though the value has no quotes.
//! assert_eq!(source.place(text.place_in_source(source.text(), 6)).column, 18);
//! assert_eq!(node.to_json(), serde_json::json!({ "greeting": "Hello ${{ name }}", "again": "no" }));
//! # Ok::<(), String>(())
//! ```

mod aliases;
mod load;
mod mistake;
mod node;
mod open;
mod place;
mod refusal;
mod scalar;
mod words;

pub use aliases::MAX_COPIED;
pub use load::{MAX_BYTES, MAX_DEPTH, MAX_NODES, load};
pub use node::{Key, Node, NodeValue, Text, TextStyle};
