//! Tables that people give as files: CSV, JSON, JSON Lines, or text with one value a line.
//!
//! ```
//! use outx_flow::table::{BadRows, Column, ColumnType, read_rows};
//!
//! let columns = [
//!     Column { required: true, ..Column::new("url", ColumnType::Person) },
//!     Column { from: Some("First".into()), ..Column::new("first_name", ColumnType::Text) },
//! ];
//! let file = b"URL;first;Team\r\nhttps://www.linkedin.com/in/Ada-Example/;Ada;blue\r\n";
//! let table = read_rows("leads.csv", file, &columns, BadRows::Refuse).map_err(|bad| bad[0].to_string())?;
//! assert_eq!(serde_json::json!(table.rows), serde_json::json!([
//!     { "url": "ada-example", "first_name": "Ada", "Team": "blue" }
//! ]));
//!
//! let bad = read_rows("leads.csv", b"url\nexample.com/in/ada\n", &columns, BadRows::Refuse).err();
//! assert!(bad.is_some_and(|bad| bad[0].to_string().starts_with("leads.csv:2:1: ")));
//! # Ok::<(), String>(())
//! ```

mod cell;
mod column;
mod delimited;
mod header;
mod json;
mod lines;
mod problem;
mod rows;

pub(crate) use cell::read as read_cell;
pub use column::{Column, ColumnType};
pub use problem::RowProblem;
pub use rows::{BadRows, Table, check_rows, read_rows};

/// One row: the declared columns in their order, then the others of the file.
pub type Row = serde_json::Map<String, serde_json::Value>;
