//! Text with one value a line, for tables of one column.

use super::RowProblem;
use super::rows::Builder;
use crate::diagnostic::{Source, Span};
use serde_json::Value;

#[expect(clippy::unnecessary_wraps, reason = "the same form as the readers of other formats")]
pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), RowProblem> {
    let mut start = 0;
    let mut first = true;
    for line in source.text().split_inclusive('\n') {
        let value = line.trim();
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        if value.is_empty() {
            continue;
        }
        // A list saved from a spreadsheet keeps its header.
        let header = std::mem::take(&mut first) && builder.column(value).is_some();
        if !header {
            builder.row(&[Some(Value::from(value))], Vec::new(), &|_| span);
        }
    }
    Ok(())
}
